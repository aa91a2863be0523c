"""The time from a question to the first visible words, with the whole bot as a process between the two sandboxes."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

from benchmarks.numbered_text import marks
from benchmarks.percentiles import ms, percentile
from benchmarks.poe.poe_process import PoeProcess
from benchmarks.poe.scripted_answer import ScriptedAnswer
from benchmarks.reply.discord_process import LATENCY, DiscordProcess
from benchmarks.table import Row, table

_MARKER = "first-text"
_UPDATES = 20  # of an answer: it streams for a second after its first words
_LIMIT = 30.0  # seconds for the first words
_POLL = 0.02  # seconds between two looks at what is visible; the time is Discord's own
_CHANNELS = 8


async def run(asks: int, waiting: float) -> str:
    """Measure and return the table.

    Args:
        asks: how many questions are asked in each way while everything is warm.
        waiting: seconds from the start of the bot to the first question.
    """
    async with PoeProcess() as poe, DiscordProcess() as discord:
        await poe.script(ScriptedAnswer(_MARKER, 0, _UPDATES, hold=False))
        async with _bot(await _environment(poe, discord)):
            await discord.wait_for_bot()
            await asyncio.sleep(waiting)
            first = await _first_words(discord, 0, by_command=True)
            warm = {
                by_command: [await _warm(poe, discord, number, by_command) for number in range(1, asks + 1)]
                for by_command in (True, False)
            }
        limited = await discord.rate_limited()
    return table(list(_rows(first, warm, limited, waiting)), [], list(_notes(warm)))


def _rows(first: float, warm: dict[bool, list[float]], limited: int, waiting: float) -> list[Row]:
    latency = f"{LATENCY * 1000:.0f} ms to Discord and back"
    return [
        Row(f"`/ask` → first visible words, warm, {latency}: median", "ms", ms(median(warm[True])), (), 350),
        Row("mention → first visible words, likewise: median", "ms", ms(median(warm[False])), (), 350),
        Row(f"the first `/ask`, {waiting:.0f} s after the start", "ms", ms(first), (), 600),
        Row("requests answered with 429", "", limited, (), 0),
    ]


def _notes(warm: dict[bool, list[float]]) -> list[str]:
    commands, mentions = warm[True], warm[False]
    return [
        f"- `/ask`: {len(commands)} questions, p95 {ms(percentile(commands, 95)):.0f} ms, "
        f"worst {ms(max(commands)):.0f} ms; mentions: p95 {ms(percentile(mentions, 95)):.0f} ms, "
        f"worst {ms(max(mentions)):.0f} ms."
    ]


async def _warm(poe: PoeProcess, discord: DiscordProcess, number: int, by_command: bool) -> float:
    await poe.wait_for_warm_page()
    return await _first_words(discord, number % _CHANNELS, by_command=by_command)


async def _first_words(discord: DiscordProcess, channel: int, *, by_command: bool) -> float:
    """Ask, wait until the answer is over, and return the seconds until its first words were visible.

    Raises:
        TimeoutError: they were not visible in time.
    """
    asked = await discord.ask_quoth(channel, f"{_MARKER}: how many ravens?", by_command=by_command)
    async with asyncio.timeout(_LIMIT):
        while True:
            for revisions in await discord.revisions(asked):
                seen = [at for at, content in revisions if marks(content)]
                if seen and revisions[-1][1].endswith("done"):
                    return seen[0] - asked
            await asyncio.sleep(_POLL)


async def _environment(poe: PoeProcess, discord: DiscordProcess) -> dict[str, str]:
    addresses = await discord.addresses()
    return {
        "DISCORD_TOKEN": addresses["token"],
        "DISCORD_API_URL": addresses["api"],
        "DISCORD_GATEWAY_URL": addresses["gateway"],
        "POE_URL": await poe.open_account(),
        "POE_MIN_GAP": "0",
        "POE_HOURLY_CAP": "0",
    }


@asynccontextmanager
async def _bot(environment: dict[str, str]) -> AsyncGenerator[None]:
    """Run Quoth as its operator does, with a profile and a database of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = {"POE_PROFILE_DIR": str(Path(folder) / "profile"), "DATABASE_PATH": str(Path(folder) / "quoth.sqlite3")}
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env={**os.environ, **environment, **place}, stdout=quiet, stderr=quiet
        )
        try:
            yield
        finally:
            process.terminate()
            await process.wait()
