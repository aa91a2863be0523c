"""A bot of discord.py alone, through which each side shows its answers: a command, and messages."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Protocol

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from benchmarks.reply.answers import Answer
from benchmarks.reply.site import COMMAND, Site
from bot.reply.rate_limit_headers import header_trace

Asked = discord.Interaction[discord.Client] | discord.Message
"""What asks: a command's interaction, deferred before it is answered, or a message."""


class Side(Protocol):
    """Somebody who shows answers."""

    name: str
    commands: bool
    """Whether it answers commands; messages where not."""

    async def show(self, asked: Asked, answer: Answer) -> None:
        """Shows an answer while it comes, and comes back when all of it was sent."""
        ...


class BenchClient(discord.Client):
    """The bot. `side` shows; `answers` are those that may be asked for, by number."""

    def __init__(self) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, messages=True, message_content=True),
            allowed_mentions=discord.AllowedMentions.none(),
            http_trace=header_trace(),
        )
        self.side: Side
        self.answers: dict[int, Answer] = {}
        self._tree = app_commands.CommandTree(self)
        self._tree.command(name=COMMAND, description="Show an answer")(self._command)

    async def setup_hook(self) -> None:
        """Registers the command."""
        await self._tree.sync()

    async def _command(self, interaction: discord.Interaction[discord.Client], number: int) -> None:
        await self._show(interaction, number)

    async def on_message(self, message: discord.Message) -> None:
        """Answers people's messages, which are numbers."""
        if not message.author.bot:
            await self._show(message, int(message.content))

    async def _show(self, asked: Asked, number: int) -> None:
        answer = self.answers[number]
        try:
            if isinstance(asked, discord.Interaction):
                await asked.response.defer(thinking=True)
            await self.side.show(asked, answer)
        except Exception as error:
            if answer.over.done():
                raise  # nobody waits any longer
            answer.over.set_exception(error)
        else:
            if not answer.over.done():
                answer.over.set_result(None)


@asynccontextmanager
async def connected(site: Site) -> AsyncGenerator[BenchClient]:
    """Logs a bot in to a site, and closes it in the end."""
    where = await site.where()
    # discord.py has no option for it, but reads both at each connection (discord.md section 5).
    Route.BASE = where["api"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(where["gateway"])
    client = BenchClient()
    serving = asyncio.create_task(client.start(where["token"]))
    ready = asyncio.create_task(site.ready())
    try:
        await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
        await (ready if ready.done() else serving)
        await client.wait_until_ready()
        yield client
    finally:
        ready.cancel()
        await client.close()
        await asyncio.wait({serving, ready})
