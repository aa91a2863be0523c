"""Quoth's side. The one file that knows how Quoth's reply is called."""

from collections.abc import Callable

import discord

from benchmarks.reply.answers import Answer
from benchmarks.reply.client import Asked
from bot.conversation import Snapshot, State
from bot.markdown.convert import Converter
from bot.markdown.pages import Planner
from bot.reply.editor import Reply
from bot.reply.pacing import RateLimiters
from bot.reply.surfaces import ChannelSurface, InteractionSurface

_MODEL = "Sandbox"
_QUESTION = "How many ravens are there?"


class Quoth:
    """Quoth's reply: each snapshot is noted, one task of the reply's own edits."""

    name = "Quoth"
    commands = True

    def __init__(self) -> None:
        self._limiters = RateLimiters()

    async def show(self, asked: Asked, answer: Answer) -> None:
        """See Side."""
        async with self._reply(asked, answer.number) as reply:
            reply.show(Snapshot(state=State.ASKING), _MODEL)
            async for text in answer.read():
                reply.show(Snapshot(text, State.STREAMING), _MODEL)
            reply.finish(State.DONE)

    def _reply(self, asked: Asked, number: int) -> Reply:
        if isinstance(asked, discord.Interaction):
            return Reply(InteractionSurface(asked, self._limiters), number, _QUESTION)
        return Reply(ChannelSurface(asked, self._limiters), number)


def planner() -> Callable[[str], object]:
    """Gives what makes pages of one answer's growing text."""
    converter, pages = Converter(), Planner()
    return lambda text: pages.plan(converter.convert(text), growing=True)
