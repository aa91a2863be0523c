"""The unmodified bot, run in this process against the stand-in Discord."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Literal, Self

from bot import bootstrap
from sandbox.discord.sandbox import DiscordSandbox

Backend = Literal["browser", "api"]

_READY = 30.0  # seconds for the bot to log in


@asynccontextmanager
async def running_bot(settings: bootstrap.Settings, discord: DiscordSandbox) -> AsyncGenerator[bootstrap.QuothBot]:
    """Run the unmodified bot in this process, logged in to a stand-in Discord, and close it afterwards."""
    async with bootstrap.open_bot(settings) as bot:
        serving = asyncio.create_task(bot.start(settings.discord_token), name="bot")
        ready = asyncio.create_task(discord.ready(_READY), name="ready")
        try:
            await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
            await (ready if ready.done() else serving)
            yield bot
        finally:
            ready.cancel()
            await bot.close()
            await asyncio.wait({serving})


class RestartableBot:
    """The running bot, which can be stopped and started again.

    Args:
        settings: The bot's settings, for each of its backends.
        backend: The one to begin with.
        discord: The stand-in Discord.
    """

    def __init__(
        self, settings: Mapping[Backend, bootstrap.Settings], backend: Backend, discord: DiscordSandbox
    ) -> None:
        self._settings = settings
        self.backend: Backend = backend
        self._discord = discord
        self._running = AsyncExitStack()
        self._bot: bootstrap.QuothBot | None = None
        self._restarting: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._restarting:
            await asyncio.wait({self._restarting})
        await self._running.aclose()

    def go_on(self) -> None:
        """Have the bot ask Poe again at once: what held its questions back is over."""
        if self._bot:
            self._bot.poe.go_on()

    async def restart(self) -> None:
        """Stop the bot and start it again; if that is being done already, wait for it.

        Raises:
            QuothError: It could not start.
            TimeoutError: It did not log in.
        """
        if self._restarting is None or self._restarting.done():
            self._restarting = asyncio.create_task(self._restart(), name="restart")
        await asyncio.shield(self._restarting)

    async def use(self, backend: Backend) -> None:
        """Restart the bot with another backend.

        Raises:
            What `restart` raises.
        """
        while self._restarting and not self._restarting.done():
            await asyncio.wait({self._restarting})
        self.backend = backend
        await self.restart()

    async def _start(self) -> None:
        self._bot = await self._running.enter_async_context(running_bot(self._settings[self.backend], self._discord))

    async def _restart(self) -> None:
        self._bot = None
        await self._running.aclose()
        await self._discord.wait(lambda: not self._discord.gateway.connected)
        await self._start()
