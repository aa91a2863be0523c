"""What the soak sees of the browser from outside: its memory, its processes and its open pages."""

import asyncio
import json
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import ProxyHandler, build_opener

from benchmarks.processes import descendants, memory
from bot.poe.web.browser.disk import size_of

_INTERVAL = 5.0  # seconds between two samples
_WARM_UP = 60.0  # seconds in which memory still grows to its level
_LEAST_SAMPLES = 60  # with fewer a level can't be told: after a crash it takes a while to return
_ENDING = 15.0  # seconds in which processes may end
_GROWTH_FACTOR = 1.25  # the last third may need so many times as much as the first, and
_GROWTH = 60.0  # so many MB more
_PROFILE_LIMIT = 150.0  # MB, the cache's 100 among them
_TEMPORARY_LIMIT = 20.0  # MB, while the browser runs
_INTERNAL_PAGES = ("devtools://", "chrome-extension://")
_DIRECTLY = build_opener(ProxyHandler({}))  # never by the environment's proxy


class BrowserMonitor:
    """Samples the memory of all descendants of this process, and what they leave on the disk.

    From then on all temporary files of this process and of its descendants are in the folder.

    Args:
        folder: an empty folder with a short name.
    """

    def __init__(self, folder: Path) -> None:
        self.profile = folder / "profile"
        """The browser's profile directory, in which Chromium notes the port of its DevTools."""
        self.largest_profile = self.largest_temporary = 0.0
        """MB at the most."""
        self._temporary = folder / "t"
        self._temporary.mkdir()
        os.environ["TMPDIR"] = tempfile.tempdir = str(self._temporary)
        self._began = time.monotonic()
        self._samples: list[float] = []

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            await asyncio.to_thread(self._measure_disk)
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

    def temporary_files(self) -> list[str]:
        """Return the names of the temporary files and folders that are there now."""
        return [path.name for path in self._temporary.iterdir()]

    def disk_grew(self) -> bool:
        """Return whether the profile or the temporary files took more than they may."""
        return self.largest_profile > _PROFILE_LIMIT or self.largest_temporary > _TEMPORARY_LIMIT

    def _measure_disk(self) -> None:
        self.largest_profile = max(self.largest_profile, size_of(self.profile) / 1e6)
        self.largest_temporary = max(self.largest_temporary, size_of(self._temporary) / 1e6)

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
            port = int((self.profile / "DevToolsActivePort").read_text().split()[0])
            with _DIRECTLY.open(f"http://127.0.0.1:{port}/json/list", timeout=10) as reply:
                targets: list[dict[str, Any]] = json.load(reply)
        except OSError:
            return 0
        return sum(t["type"] == "page" and not t["url"].startswith(_INTERNAL_PAGES) for t in targets)
