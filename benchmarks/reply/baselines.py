"""The baselines: two ways to edit that are common among other bots.

Both edit in the loop that reads the answer, so that a slow edit, or one that discord.py delays because of a rate limit,
stops the reading. Both wait one second after the end of an edit: if they waited from its beginning, each text that came
during a slow edit would be shown by itself, and they would never catch up. Both break pages at a space.
"""

import asyncio
import time

import discord

from benchmarks.reply.client import Question
from benchmarks.reply.streamed_answer import StreamedAnswer

_INTERVAL = 1.0  # seconds between two edits
_PAGE = 2000  # characters
_Message = discord.Message | discord.InteractionMessage | discord.WebhookMessage


class InlineEdits:
    """`await message.edit` in the reading loop, once a second: the command's response, or a message in the channel."""

    name = "inline edit each second"
    answers_commands = True

    async def show(self, question: Question, answer: StreamedAnswer) -> None:
        """See `Writer`."""
        pages, edited_at, text = _Pages(question), -_INTERVAL, ""
        async for text in answer.read():
            if time.monotonic() - edited_at >= _INTERVAL:
                await pages.write(text)
                edited_at = time.monotonic()
        await pages.write(text)


class SharedThrottle:
    """One clock for all answers of the process, like llmcord's (d0aa8d2, lines 303 to 319), and messages only.

    An answer is edited if the last edit of *any* answer is a second ago; the final edit waits for that.
    """

    name = "process-wide throttle"
    answers_commands = False

    def __init__(self) -> None:
        self._edited_at = -_INTERVAL

    async def show(self, question: Question, answer: StreamedAnswer) -> None:
        """See `Writer`."""
        pages, text = _Pages(question), ""
        async for text in answer.read():
            if pages.empty or time.monotonic() - self._edited_at >= _INTERVAL:
                await self._write(pages, text)
        await asyncio.sleep(self._edited_at + _INTERVAL - time.monotonic())
        await self._write(pages, text)

    async def _write(self, pages: "_Pages", text: str) -> None:
        await pages.write(text)
        self._edited_at = time.monotonic()


class _Pages:
    """One answer's messages."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._messages: list[_Message] = []
        self._contents: list[str] = []

    @property
    def empty(self) -> bool:
        return not self._contents

    async def write(self, text: str) -> None:
        """Send and edit messages until they contain this text."""
        for number, page in enumerate(_break(text)):
            if number == len(self._messages):
                self._messages.append(await self._send(page))
                self._contents.append(page)
            elif page != self._contents[number]:
                await self._messages[number].edit(content=page)
                self._contents[number] = page

    async def _send(self, page: str) -> _Message:
        question = self._question
        if not isinstance(question, discord.Interaction):
            return await question.reply(page, silent=True)
        if not self._messages:
            return await question.edit_original_response(content=page)
        return await question.followup.send(page, wait=True)


def _break(text: str) -> list[str]:
    pages: list[str] = []
    while len(text) > _PAGE:
        end = text.rfind(" ", 0, _PAGE) + 1
        pages.append(text[:end])
        text = text[end:]
    return [*pages, text]
