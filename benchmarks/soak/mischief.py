"""What goes wrong during the soak: a renderer, the browser or the driver is killed, or Poe is away for a moment.

Only processes below this one are ever killed.
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

from benchmarks.processes import Process, below
from sandbox.poe.sandbox import PoeSandbox

_KINDS = {"renderer": 4, "browser": 2, "driver": 2, "outage": 2}
_AWAY = 2.0  # seconds
AFTERMATH = 20.0
"""Seconds after a piece of mischief in which asks may still fail because of it."""


class Mischief:
    """Does harm now and then.

    Args:
        poe: the site that may be away.
        rng: draws what and when.
        every: seconds between two pieces, on average.
    """

    def __init__(self, poe: PoeSandbox, rng: random.Random, every: float) -> None:
        self._poe = poe
        self._rng = rng
        self._every = every
        self.done: Counter[str] = Counter()
        self.times: list[float] = []
        """When each piece was done, in `time.monotonic()` seconds."""

    async def run(self) -> None:
        """Goes on until it is cancelled; leaves the site reachable."""
        while True:
            await asyncio.sleep(self._rng.uniform(0.5, 1.5) * self._every)
            kind = self._rng.choices(list(_KINDS), list(_KINDS.values()))[0]
            if kind == "outage":
                await self._outage()
            elif not self._kill(kind):
                continue
            self.done[kind] += 1
            self.times.append(time.monotonic())

    def touched(self, began: float, ended: float) -> bool:
        """Whether something was done while an ask ran, or shortly before."""
        return any(began - AFTERMATH <= at <= ended for at in self.times)

    async def _outage(self) -> None:
        self.times.append(time.monotonic())
        await self._poe.go_down()
        try:
            await asyncio.sleep(_AWAY)
        finally:
            await self._poe.come_back()

    def _kill(self, kind: str) -> bool:
        candidates = [process.pid for process in below() if _kind_of(process) == kind]
        if not candidates:
            return False
        try:
            os.kill(self._rng.choice(candidates), signal.SIGKILL)
        except ProcessLookupError:  # it has ended by itself
            return False
        return True


def _kind_of(process: Process) -> str:
    command = " ".join(process.command)  # Chromium writes its children's arguments as one
    if Path(process.command[0]).name == "chromedriver":
        return "driver"
    if " --type=" not in command:
        return "browser" if " --user-data-dir=" in command else ""
    # The browser's own parts (its tab strip) have renderers too, which no page would miss.
    return "renderer" if " --type=renderer" in command and "--top-chrome-webui" not in command else ""
