"""The faults of the soak: a renderer, the browser or the driver is killed, or Poe is unreachable for a moment.

Only descendants of this process are ever killed.
"""

import asyncio
import random
import time
from collections import Counter
from pathlib import Path

import psutil

from benchmarks.processes import descendants
from sandbox.poe.sandbox import PoeSandbox

_WEIGHTS = {"renderer": 4, "browser": 2, "driver": 2, "outage": 2}
_OUTAGE = 2.0  # seconds
_AFTERMATH = 20.0  # seconds after a fault in which asks may still fail because of it


class FaultInjector:
    """Causes faults at random moments.

    Args:
        poe: the site.
        rng: draws the faults and their moments.
        interval: seconds between two faults, on average.

    Attributes:
        counts: how often each kind of fault was caused.
    """

    def __init__(self, poe: PoeSandbox, rng: random.Random, interval: float) -> None:
        self._poe = poe
        self._rng = rng
        self._interval = interval
        self.counts: Counter[str] = Counter()
        self._times: list[float] = []

    async def run(self) -> None:
        """Cause faults until cancelled. The site is reachable afterwards."""
        while True:
            await asyncio.sleep(self._rng.uniform(0.5, 1.5) * self._interval)
            kind = self._rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
            if kind == "outage":
                await self._outage()
            elif not self._kill(kind):
                continue
            self.counts[kind] += 1
            self._times.append(time.monotonic())

    def affected(self, began: float, ended: float) -> bool:
        """Return whether a fault may have affected an ask that ran between these `time.monotonic()` seconds."""
        return any(began - _AFTERMATH <= at <= ended for at in self._times)

    async def _outage(self) -> None:
        self._times.append(time.monotonic())
        await self._poe.go_down()
        try:
            await asyncio.sleep(_OUTAGE)
        finally:
            await self._poe.come_back()

    def _kill(self, kind: str) -> bool:
        candidates = [process for process in descendants() if _kind_of(process) == kind]
        if not candidates:
            return False
        try:
            self._rng.choice(candidates).kill()
        except psutil.NoSuchProcess:  # it has ended by itself
            return False
        return True


def _kind_of(process: psutil.Process) -> str:
    try:
        command = " ".join(process.cmdline())  # Chromium joins its children's arguments to one
    except psutil.Error:
        return ""
    if Path(command.partition(" ")[0]).name == "chromedriver":
        return "driver"
    if " --type=" not in command:
        return "browser" if " --user-data-dir=" in command else ""
    # The browser's own parts, such as the tab strip, have renderers too; no page would notice their loss.
    return "renderer" if " --type=renderer" in command and "--top-chrome-webui" not in command else ""
