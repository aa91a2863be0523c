"""How long Quoth takes to start and to end, and what it costs while nobody asks, by both backends."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.numbered_text import UPDATE_INTERVAL
from benchmarks.poe.poe_process import PoeProcess
from benchmarks.poe.scripted_answer import ScriptedAnswer
from benchmarks.processes import descendants
from benchmarks.quoth_process import QuothProcess
from benchmarks.scale.discord_process import ManyServers
from benchmarks.table import Row, table

_ASKS = 8
_MARKER = "at-the-end"
_SECONDS = 60.0  # that an answer would stream
_STREAMING = 8.0  # seconds from the asks to SIGTERM
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
    """One start and its end: seconds to ready, and from SIGTERM to gone; and what was left over."""

    ready: float
    gone: float
    endless: int
    left: int
    memory: tuple[float, float] = (0.0, 0.0)
    cpu: float = 0.0


async def run(idle: float) -> str:
    """Measure and return the table.

    Args:
        idle: seconds for which Quoth is watched while nobody asks.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with PoeProcess() as poe:
            await poe.script(ScriptedAnswer(_MARKER, 0, int(_SECONDS / UPDATE_INTERVAL), hold=False))
            url, key = await poe.open_api()
            api = _API | {"POE_API_URL": url, "POE_API_KEY": key}
            browser = _BROWSER | {"POE_URL": await poe.open_account()}
            by_api = await _live(api, Path(folder), poe, idle)
            await _live(browser, Path(folder), poe, 0.0)  # makes the profile
            by_browser = await _live(browser, Path(folder), poe, 0.0)
    ends = f"SIGTERM with {_ASKS} answers streaming → gone"
    rows = [
        Row("start → ready, by API", "s", by_api.ready, (), 2),
        Row("start → ready, by browser with a warm profile", "s", by_browser.ready, (), 5),
        Row(f"CPU while nobody asks, over {idle:.0f} s", "%", 100 * by_api.cpu, (), 1),
        Row("memory while nobody asks, by API, as PSS", "MB", min(by_api.memory), (), 75),
        Row(f"{ends}, by API", "s", by_api.gone, (), 10),
        Row(f"{ends}, by browser", "s", by_browser.gone, (), 10),
        Row("their answers without an end", "", by_api.endless + by_browser.endless, (), 0),
        Row("processes left", "", by_api.left + by_browser.left, (), 0),
    ]
    return table(rows, [], [f"- As RSS the memory is {max(by_api.memory):.0f} MB."])


async def _live(given: dict[str, str], folder: Path, poe: PoeProcess, idle: float) -> _Life:
    """Start Quoth, watch it for so many seconds, and end it while answers stream."""
    async with ManyServers() as discord:
        addresses = await discord.open(_ASKS, 1, 1)
        environment = given | {
            "DISCORD_TOKEN": addresses["token"],
            "DISCORD_API_URL": addresses["api"],
            "DISCORD_GATEWAY_URL": addresses["gateway"],
            "LIMIT_AT_ONCE": "0",
        }
        async with QuothProcess(environment, folder) as quoth:
            await asyncio.sleep(_SETTLING)
            before = quoth.cpu()
            await asyncio.sleep(idle)
            cpu, memory = (quoth.cpu() - before) / max(idle, 1.0), quoth.memory()
            for _ in range(_ASKS):
                await discord.ask(0, f"{_MARKER}: how many ravens?")
            await asyncio.sleep(_STREAMING)
            gone = await quoth.end()
        ended = [line.rpartition(" · ")[2] for _, _, line in await discord.replies()]
        left = len(descendants([poe.pid, discord.pid]))
    final = ("done", "stopped", "failed", "interrupted")
    return _Life(quoth.seconds, gone, sum(end not in final for end in ended), left, memory, cpu)
