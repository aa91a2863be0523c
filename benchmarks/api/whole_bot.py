"""The memory of a whole bot that asks by the API, in a process of its own, without a browser."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.poe.poe_process import PoeProcess
from sandbox.discord.sandbox import DiscordSandbox

_ASKS = 20
_SETTLING = 3.0  # seconds until a bot that has just started, or answered, has nothing left to do
_LIMIT = 60.0


@dataclass(frozen=True, slots=True)
class Memory:
    """A process's memory in MB: with its part of what it shares with others, and with all of that."""

    pss: float
    rss: float


async def memory_of_a_bot(poe: PoeProcess) -> tuple[Memory, Memory]:
    """Return the memory of a bot before its first ask, and after 20 asks."""
    url, key = await poe.open_api()
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordSandbox() as discord, _running(discord, url, key, Path(folder)) as process:
            await asyncio.sleep(_SETTLING)
            before = _memory(process)
            for number in range(_ASKS):
                asked = await discord.command("alice", "general", "ask", prompt=f"Question {number}?")
                await discord.wait(lambda asked=asked: _is_done(asked.response), _LIMIT)
            await asyncio.sleep(_SETTLING)
            return before, _memory(process)


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


def _memory(process: int) -> Memory:
    found = psutil.Process(process).memory_full_info()
    return Memory(found.pss / 1e6, found.rss / 1e6)
