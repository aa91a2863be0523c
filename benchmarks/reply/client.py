"""A bot of discord.py alone, through which each writer shows its answers: a command, and messages."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Protocol

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from benchmarks.reply.discord_process import COMMAND, DiscordProcess
from benchmarks.reply.streamed_answer import StreamedAnswer
from bot.reply.rate_limit_headers import header_trace

Question = discord.Interaction[discord.Client] | discord.Message
"""What is answered: a command's interaction, which is deferred already, or a message."""


class Writer(Protocol):
    """A way to show a streaming answer in Discord."""

    name: str
    answers_commands: bool
    """Whether it can answer commands, or only messages."""

    async def show(self, question: Question, answer: StreamedAnswer) -> None:
        """Show an answer while it streams, and return when all of it was sent."""
        ...


class BenchClient(discord.Client):
    """The bot.

    Attributes:
        writer: who shows the answers.
        answers: the answers that can be asked for, by number.
    """

    def __init__(self) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, messages=True, message_content=True),
            allowed_mentions=discord.AllowedMentions.none(),
            http_trace=header_trace(),
        )
        self.writer: Writer
        self.answers: dict[int, StreamedAnswer] = {}
        self._tree = app_commands.CommandTree(self)
        self._tree.command(name=COMMAND, description="Show an answer")(self._command)

    async def setup_hook(self) -> None:
        """Register the command."""
        await self._tree.sync()

    async def _command(self, interaction: discord.Interaction[discord.Client], number: int) -> None:
        await self._show(interaction, number)

    async def on_message(self, message: discord.Message) -> None:
        """Show the answer whose number a person wrote."""
        if not message.author.bot:
            await self._show(message, int(message.content))

    async def _show(self, question: Question, number: int) -> None:
        answer = self.answers[number]
        try:
            if isinstance(question, discord.Interaction):
                await question.response.defer(thinking=True)
            await self.writer.show(question, answer)
        except Exception as error:
            if answer.shown.done():
                raise  # the bench has stopped waiting for it
            answer.shown.set_exception(error)
        else:
            if not answer.shown.done():
                answer.shown.set_result(None)


@asynccontextmanager
async def connected(discord_process: DiscordProcess) -> AsyncGenerator[BenchClient]:
    """Connect the bot to the sandbox, and close it in the end."""
    addresses = await discord_process.addresses()
    # discord.py has no option for its addresses, but reads both each time it connects.
    Route.BASE = addresses["api"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(addresses["gateway"])
    client = BenchClient()
    running = asyncio.create_task(client.start(addresses["token"]))
    ready = asyncio.create_task(discord_process.wait_for_bot())
    try:
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        await (ready if ready.done() else running)
        await client.wait_until_ready()
        yield client
    finally:
        ready.cancel()
        await client.close()
        await asyncio.wait({running, ready})
