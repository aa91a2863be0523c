"""The memory of a whole bot that asks by the API, in a process of its own, without a browser."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.poe.poe_process import PoeProcess
from benchmarks.processes import Memory, memory_of
from sandbox.discord.sandbox import DiscordSandbox

_ASKS = 20
_SETTLING = 3.0  # seconds until a bot that has just started, or answered, has nothing left to do
_LIMIT = 60.0


async def memory_of_a_bot(poe: PoeProcess) -> tuple[Memory, Memory]:
    """Return the memory of a bot before its first ask, and after 20 asks."""
    url, key = await poe.open_api()
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordSandbox() as discord, _running(discord, url, key, Path(folder)) as process:
            await asyncio.sleep(_SETTLING)
            before = memory_of(process)
            for number in range(_ASKS):
                asked = await discord.command("alice", "general", "ask", prompt=f"Question {number}?")
                await discord.wait(lambda asked=asked: _is_done(asked.response), _LIMIT)
            await asyncio.sleep(_SETTLING)
            return before, memory_of(process)


@asynccontextmanager
async def _running(discord: DiscordSandbox, url: str, key: str, folder: Path) -> AsyncGenerator[int]:
    environment = {
        "PATH": os.environ["PATH"],
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "POE_API_URL": url,
        "POE_API_KEY": key,
        "API_PER_MINUTE": "0",
        "POE_PROFILE_DIR": str(folder / "none"),
        "DATABASE_PATH": str(folder / "quoth.sqlite3"),
        "LOG_LEVEL": "ERROR",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "run", env=environment)
    try:
        await discord.ready()
        yield process.pid
    finally:
        process.terminate()
        await process.wait()


def _is_done(response: object) -> bool:
    return "done" in str(getattr(response, "content", "")).rpartition("-# ")[2]
