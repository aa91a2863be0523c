"""The unmodified bot, run in this process against the stand-in Discord."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot import bootstrap
from sandbox.discord.sandbox import DiscordSandbox

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
