"""What Quoth is compared with: two ways of editing that are common among peers (peers.md section 2).

Both edit in the loop that reads the answer, so that an edit which takes long, or for which discord.py waits until the
rate limit allows it, stalls the reading. Their second begins when an edit is over: were it to begin with the edit, each
text that came during a long one would be shown by itself, and they would never catch up. Both cut pages at a space.
"""

import asyncio
import time

import discord

from benchmarks.reply.answers import Answer
from benchmarks.reply.client import Asked

EVERY = 1.0
"""Seconds between two edits."""
_PAGE = 2000  # characters
_Message = discord.Message | discord.InteractionMessage | discord.WebhookMessage


class Inline:
    """An inline `await message.edit` each second: of the command's answer, or of a message in the channel."""

    name = "inline edit each second"
    commands = True

    async def show(self, asked: Asked, answer: Answer) -> None:
        """See Side."""
        pages, edited, text = _Pages(asked), -EVERY, ""
        async for text in answer.read():
            if time.monotonic() - edited >= EVERY:
                await pages.say(text)
                edited = time.monotonic()
        await pages.say(text)


class Throttle:
    """One clock for the process, as llmcord has it (d0aa8d2, lines 303 to 319): messages by bot token only.

    An answer edits where the last edit of *any* answer is a second ago; the final edit waits until it is.
    """

    name = "process-wide throttle"
    commands = False

    def __init__(self) -> None:
        self._edited = -EVERY

    async def show(self, asked: Asked, answer: Answer) -> None:
        """See Side."""
        pages, text = _Pages(asked), ""
        async for text in answer.read():
            if pages.empty or time.monotonic() - self._edited >= EVERY:
                await self._say(pages, text)
        await asyncio.sleep(self._edited + EVERY - time.monotonic())
        await self._say(pages, text)

    async def _say(self, pages: "_Pages", text: str) -> None:
        await pages.say(text)
        self._edited = time.monotonic()


class _Pages:
    """One answer's messages."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._messages: list[_Message] = []
        self._said: list[str] = []

    @property
    def empty(self) -> bool:
        return not self._said

    async def say(self, text: str) -> None:
        """Makes the messages say a text."""
        for number, page in enumerate(_cut(text)):
            if number == len(self._messages):
                self._messages.append(await self._send(page))
                self._said.append(page)
            elif page != self._said[number]:
                await self._messages[number].edit(content=page)
                self._said[number] = page

    async def _send(self, page: str) -> _Message:
        asked = self._asked
        if not isinstance(asked, discord.Interaction):
            return await asked.reply(page, silent=True)
        if not self._messages:
            return await asked.edit_original_response(content=page)
        return await asked.followup.send(page, wait=True)


def _cut(text: str) -> list[str]:
    pages: list[str] = []
    while len(text) > _PAGE:
        end = text.rfind(" ", 0, _PAGE) + 1
        pages.append(text[:end])
        text = text[end:]
    return [*pages, text]
