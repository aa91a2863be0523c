"""What the soak sees of the browser from outside: its memory, its processes and its open pages."""

import asyncio
import json
import time
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

from benchmarks.processes import descendants, memory

_INTERVAL = 5.0  # seconds between two samples
_WARM_UP = 60.0  # seconds in which memory still grows to its level
_LEAST_SAMPLES = 60  # with fewer a level can't be told: after a crash it takes a while to return
_ENDING = 15.0  # seconds in which processes may end
_GROWTH_FACTOR = 1.25  # the last third may need so many times as much as the first, and
_GROWTH = 60.0  # so many MB more
_INTERNAL_PAGES = ("devtools://", "chrome-extension://")


class BrowserMonitor:
    """Samples the memory of all descendants of this process.

    Args:
        profile: the browser's profile directory, in which Chromium notes the port of its DevTools.
    """

    def __init__(self, profile: Path) -> None:
        self._profile = profile
        self._began = time.monotonic()
        self._samples: list[float] = []

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            used = await asyncio.to_thread(memory)
            if time.monotonic() - self._began > _WARM_UP and used:
                self._samples.append(used)
            await asyncio.sleep(_INTERVAL)

    def memory_levels(self) -> tuple[float, float] | None:
        """Return the median memory (PSS) of the first and the last third in MB; None with too few samples."""
        third = len(self._samples) // 3
        if len(self._samples) < _LEAST_SAMPLES:
            return None
        return median(self._samples[:third]), median(self._samples[-third:])

    def memory_grew(self) -> bool:
        """Return whether the memory was not level."""
        levels = self.memory_levels()
        return levels is not None and levels[1] > levels[0] * _GROWTH_FACTOR + _GROWTH

    async def open_pages(self) -> int:
        """Return how many pages the browser has open, 0 if none runs."""
        return await asyncio.to_thread(self._open_pages)

    async def remaining_processes(self) -> int:
        """Return how many processes still run, once all of them have had time to end."""
        deadline = time.monotonic() + _ENDING
        while (count := len(descendants())) and time.monotonic() < deadline:  # noqa: ASYNC110  # there is no event
            await asyncio.sleep(0.1)
        return count

    def _open_pages(self) -> int:
        try:
            port = int((self._profile / "DevToolsActivePort").read_text().split()[0])
            with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as reply:
                targets: list[dict[str, Any]] = json.load(reply)
        except OSError:
            return 0
        return sum(t["type"] == "page" and not t["url"].startswith(_INTERNAL_PAGES) for t in targets)
