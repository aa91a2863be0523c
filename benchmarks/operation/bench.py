"""How long Quoth takes to start and to end, and what it costs while nobody asks, by both backends."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.numbered_text import UPDATE_INTERVAL
from benchmarks.poe.poe_process import PoeProcess
from benchmarks.poe.scripted_answer import ScriptedAnswer
from benchmarks.processes import Memory, descendants
from benchmarks.quoth_process import LOGGED_IN, WARM, QuothProcess
from benchmarks.scale.discord_process import ManyServers
from benchmarks.table import Row, table

_ASKS = 8
_MARKER = "at-the-end"
_SECONDS = 60.0  # that an answer would stream
_BEGINNING = 30.0  # seconds within which all answers should have begun
_STREAMING = 3.0  # seconds from then on to SIGTERM
_POLL = 0.1
_SETTLING = 15.0  # seconds until a Quoth that has just started has nothing left to do
_API = {"POE_BACKEND": "api", "API_PER_MINUTE": "0", "API_CONCURRENCY": str(_ASKS)}
_BROWSER = {
    "POE_BACKEND": "browser",
    "POE_CONCURRENCY": str(_ASKS),
    "POE_MIN_GAP": "0",
    "POE_HOURLY_CAP": "0",
}


@dataclass(frozen=True, slots=True)
class _Life:
    """One start and its end.

    Seconds to ready, and from SIGTERM to gone; what it took while nobody asked, of one core; how many answers had text
    at SIGTERM, and how many have no end; and how many processes were left over.
    """

    ready: float
    gone: float
    cpu: float
    memory: Memory
    with_text: int
    endless: int
    left: int


async def run(idle: float) -> str:
    """Measure and return the table.

    Args:
        idle: seconds for which Quoth is watched while nobody asks.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with PoeProcess() as poe:
            await poe.script(ScriptedAnswer(_MARKER, 0, int(_SECONDS / UPDATE_INTERVAL), hold=False))
            url, key = await poe.open_api()
            given = _API | {"POE_API_URL": url, "POE_API_KEY": key}
            api = await _live(given, LOGGED_IN, Path(folder), poe, idle)
            given = _BROWSER | {"POE_URL": await poe.open_account()}
            await _live(given, WARM, Path(folder), poe, 0.0)  # makes the profile
            browser = await _live(given, WARM, Path(folder), poe, idle)
    ends = f"SIGTERM with {_ASKS} answers streaming"
    rows = [
        Row("start → ready, by API", "s", api.ready, (), 2),
        Row("start → a page of Poe is ready, by browser with a warm profile", "s", browser.ready, (), 5),
        *_ways(f"CPU while nobody asks, over {idle:.0f} s", "%", 100 * api.cpu, 100 * browser.cpu, 1),
        *_ways("memory while nobody asks", "MB", api.memory.rss, browser.memory.rss, 75),
        *_ways(f"{ends} → gone", "s", api.gone, browser.gone, 10),
        *(
            Row(f"answers with text at SIGTERM, by {way}", "", life.with_text, (), least=_ASKS)
            for way, life in (("API", api), ("browser", browser))
        ),
        Row("their answers without an end", "", api.endless + browser.endless, (), 0),
        Row("processes left", "", api.left + browser.left, (), 0),
    ]
    pss = f"- As PSS the memory is {api.memory.pss:.0f} MB by API, and {browser.memory.pss:.0f} MB by browser."
    return table(rows, [], [pss])


def _ways(figure: str, unit: str, api: float, browser: float, most: float) -> tuple[Row, Row]:
    return Row(f"{figure}, by API", unit, api, (), most), Row(f"{figure}, by browser", unit, browser, (), most)


async def _live(given: dict[str, str], ready: bytes, folder: Path, poe: PoeProcess, idle: float) -> _Life:
    """Start Quoth, watch it for so many seconds, and end it while answers stream."""
    async with ManyServers() as discord:
        addresses = await discord.open(_ASKS, 1, 1)
        environment = given | {
            "DISCORD_TOKEN": addresses["token"],
            "DISCORD_API_URL": addresses["api"],
            "DISCORD_GATEWAY_URL": addresses["gateway"],
            "LIMIT_AT_ONCE": "0",
        }
        async with QuothProcess(environment, folder, ready) as quoth:
            await asyncio.sleep(_SETTLING)
            before = quoth.cpu()
            await asyncio.sleep(idle)
            cpu, memory = (quoth.cpu() - before) / max(idle, 1.0), quoth.memory()
            for _ in range(_ASKS):
                await discord.ask(0, f"{_MARKER}: how many ravens?")
            until = time.monotonic() + _BEGINNING
            while await discord.with_text() < _ASKS and time.monotonic() < until:  # noqa: ASYNC110  # in a process
                await asyncio.sleep(_POLL)
            await asyncio.sleep(_STREAMING)
            with_text = await discord.with_text()
            gone = await quoth.end()
        ended = [line.rpartition(" · ")[2] for _, _, line in await discord.replies()]
        left = len(descendants([poe.pid, discord.pid]))
    endless = sum(end not in ("done", "stopped", "failed", "interrupted") for end in ended)
    return _Life(quoth.seconds, gone, cpu, memory, with_text, endless, left)
