"""Looks at the browser from outside during the soak: its memory, its processes, its open pages."""

import asyncio
import json
import time
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

from benchmarks.processes import below, memory

_EVERY = 5.0  # seconds between two samples
_WARM_UP = 60.0  # seconds in which memory still grows to its level
_LEAST = 60  # samples from which a level can be told; after a crash it takes a while to be back there
_ENDING = 15.0  # seconds for processes to end
_GROWTH = 1.25  # the last third may need so many times what the first did, and
_SPARE = 60.0  # so many MB more
_NO_PAGES = ("devtools://", "chrome-extension://")


class Watch:
    """Samples while it runs.

    Args:
        profile: the browser's profile directory, where it notes the port of its DevTools.
    """

    def __init__(self, profile: Path) -> None:
        self._profile = profile
        self._began = time.monotonic()
        self._samples: list[float] = []

    async def run(self) -> None:
        """Goes on until it is cancelled."""
        while True:
            used = await asyncio.to_thread(memory)
            if time.monotonic() - self._began > _WARM_UP and used:
                self._samples.append(used)
            await asyncio.sleep(_EVERY)

    def thirds(self) -> tuple[float, float] | None:
        """Gives the median memory (PSS) of the first and of the last third, in MB; None where too little was seen."""
        third = len(self._samples) // 3
        if len(self._samples) < _LEAST:
            return None
        return median(self._samples[:third]), median(self._samples[-third:])

    def grown(self) -> bool:
        """Whether memory is not level."""
        thirds = self.thirds()
        return thirds is not None and thirds[1] > thirds[0] * _GROWTH + _SPARE

    async def pages(self) -> int:
        """Gives how many pages the browser has open; 0 where none runs."""
        return await asyncio.to_thread(self._pages)

    async def left(self) -> int:
        """Gives how many processes are still there after a while, once nothing should be."""
        deadline = time.monotonic() + _ENDING
        while (rest := len(below())) and time.monotonic() < deadline:  # noqa: ASYNC110  # processes tell nobody
            await asyncio.sleep(0.1)
        return rest

    def _pages(self) -> int:
        try:
            port = int((self._profile / "DevToolsActivePort").read_text().split()[0])
            with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as reply:
                targets: list[dict[str, Any]] = json.load(reply)
        except OSError:
            return 0
        return sum(t["type"] == "page" and not t["url"].startswith(_NO_PAGES) for t in targets)
