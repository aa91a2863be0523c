"""Quoth's own way to show a streaming answer."""

from collections.abc import Callable

import discord

from benchmarks.reply.client import Question
from benchmarks.reply.streamed_answer import StreamedAnswer
from bot.conversation import Snapshot, State
from bot.markdown.convert import Converter
from bot.markdown.pages import Planner
from bot.reply.editor import Reply
from bot.reply.pacing import RateLimiters
from bot.reply.surfaces import ChannelSurface, InteractionSurface

_MODEL = "Sandbox"
_QUESTION = "How many ravens are there?"


class QuothReply:
    """Quoth's reply: it remembers the newest snapshot, and a task of its own edits."""

    name = "Quoth"
    answers_commands = True

    def __init__(self) -> None:
        self._limiters = RateLimiters()

    async def show(self, question: Question, answer: StreamedAnswer) -> None:
        """See `Writer`."""
        async with self._reply(question, answer.number) as reply:
            reply.show(Snapshot(state=State.ASKING), _MODEL)
            async for text in answer.read():
                reply.show(Snapshot(text, State.STREAMING), _MODEL)
            reply.finish(State.DONE)

    def _reply(self, question: Question, number: int) -> Reply:
        if isinstance(question, discord.Interaction):
            return Reply(InteractionSurface(question, self._limiters), number, _QUESTION)
        return Reply(ChannelSurface(question, self._limiters), number)


def page_planner() -> Callable[[str], object]:
    """Return a function that plans the pages of one answer's growing text."""
    converter, planner = Converter(), Planner()
    return lambda text: planner.plan(converter.convert(text, growing=True))
