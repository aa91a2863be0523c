"""The faults of the soak: what fails around Quoth, and Quoth itself.

Only descendants of this process are ever killed.
"""

import asyncio
import contextlib
import random
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import psutil

from benchmarks.processes import descendants
from benchmarks.soak.bot_process import BotProcess
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.poe.sandbox import PoeSandbox

_OUTAGE = 2.0  # seconds
_AFTERMATH = 20.0  # seconds after a fault in which asks may still fail because of it
_UNWRITABLE = 10.0  # seconds that the database can't be written: some asks begin and end meanwhile
_READY = 60.0  # seconds in which Quoth logs in again
_DAY = 24 * 3600.0
_JUMPS = (14 * 60.0, -20 * 60.0, 31 * _DAY, 200 * _DAY)  # of the wall clock, in seconds
_WRONG_CLOCK = 15.0  # seconds until it is set right


class FaultInjector:
    """Causes faults at random moments, one after another.

    Args:
        poe: the site.
        discord: where people ask.
        bot: Quoth.
        database: its database.
        rng: draws the faults and their moments.
        interval: seconds between two faults, on average.

    Attributes:
        counts: how often each kind of fault was caused.
        jumps: when the wall clock jumped, in `time.monotonic()` seconds.
    """

    def __init__(
        self,
        poe: PoeSandbox,
        discord: DiscordSandbox,
        bot: BotProcess,
        database: Path,
        rng: random.Random,
        interval: float,
    ) -> None:
        self._poe = poe
        self._discord = discord
        self._bot = bot
        self._database = database
        self._rng = rng
        self._interval = interval
        self._kinds: dict[str, tuple[int, Callable[[], Awaitable[bool]]]] = {
            "renderer killed": (4, lambda: self._kill("renderer")),
            "browser killed": (2, lambda: self._kill("browser")),
            "driver killed": (2, lambda: self._kill("driver")),
            "Poe down": (2, self._outage),
            "wall clock wrong": (3, self._wrong_clock),
            "wall clock wrong at the start": (1, self._wrong_clock_at_start),
            "disk full": (2, self._disk_full),
            "database read-only": (2, self._read_only),
            "database locked": (1, self._locked),
            "Quoth killed": (2, self._killed),
            "Quoth restarted": (1, self.restart),
            "gateway dropped": (2, self._gateway_dropped),
            "session lost": (1, self._session_lost),
        }
        self._periods: list[tuple[float, float]] = []
        self.counts: Counter[str] = Counter()
        self.jumps: list[float] = []

    async def run(self) -> None:
        """Cause faults until cancelled. Everything works afterwards."""
        while True:
            await asyncio.sleep(self._rng.uniform(0.5, 1.5) * self._interval)
            kind = self._rng.choices(list(self._kinds), [weight for weight, _ in self._kinds.values()])[0]
            if await self._kinds[kind][1]():
                self.counts[kind] += 1

    def affected(self, began: float, ended: float) -> bool:
        """Return whether a fault may have affected an ask that ran between these `time.monotonic()` seconds.

        A wrong clock and a database that can't be written are no excuse: nobody has to notice them.
        """
        return any(begin <= ended and began <= end + _AFTERMATH for begin, end in self._periods)

    @asynccontextmanager
    async def _noticeable(self) -> AsyncGenerator[None]:
        """Record a period in which asks may fail."""
        begin = time.monotonic()
        self._periods.append((begin, float("inf")))
        try:
            yield
        finally:
            self._periods[-1] = (begin, time.monotonic())

    async def _outage(self) -> bool:
        async with self._noticeable():
            await self._poe.go_down()
            try:
                await asyncio.sleep(_OUTAGE)
            finally:
                await self._poe.come_back()
        return True

    async def _kill(self, kind: str) -> bool:
        candidates = [process for process in descendants() if _kind_of(process) == kind]
        if not candidates:
            return False
        async with self._noticeable():
            with contextlib.suppress(psutil.NoSuchProcess):  # it has ended by itself
                self._rng.choice(candidates).kill()
        return True

    async def restart(self) -> bool:
        """End Quoth, and wait until it is there again."""
        return await self._start_again(self._bot.end)

    async def _killed(self) -> bool:
        return await self._start_again(self._bot.kill)

    async def _start_again(self, end: Callable[[], None]) -> bool:
        async with self._noticeable():
            starts = self._bot.starts
            end()
            while self._bot.starts == starts:  # noqa: ASYNC110  # there is no event
                await asyncio.sleep(0.1)
            await self._discord.wait(lambda: self._discord.gateway.connected, _READY)
        return True

    async def _gateway_dropped(self) -> bool:
        async with self._noticeable():
            await self._discord.drop_gateway()
            await self._discord.wait(lambda: self._discord.gateway.connected, _READY)
        return True

    async def _session_lost(self) -> bool:
        async with self._noticeable():
            identifies = self._discord.gateway.identifies
            await self._discord.invalidate_session(resumable=False)
            await self._discord.wait(lambda: self._discord.gateway.identifies > identifies, _READY)
        return True

    async def _wrong_clock(self) -> bool:
        jump = self._rng.choice(_JUMPS)
        try:
            self._move_clock(jump)
            await asyncio.sleep(_WRONG_CLOCK)
        finally:
            self._move_clock(-jump)
        return True

    async def _wrong_clock_at_start(self) -> bool:
        """Start Quoth with a clock that is far ahead: what it remembers must still be there afterwards."""
        try:
            self._move_clock(31 * _DAY)
            await self.restart()
            await asyncio.sleep(_WRONG_CLOCK)
        finally:
            self._move_clock(-31 * _DAY)
        return True

    def _move_clock(self, seconds: float) -> None:
        self.jumps.append(time.monotonic())
        self._bot.move_clock(seconds)

    async def _disk_full(self) -> bool:
        self._bot.set_disk_full(on=True)
        try:
            await asyncio.sleep(_UNWRITABLE)
        finally:
            self._bot.set_disk_full(on=False)
        return True

    async def _read_only(self) -> bool:
        self._bot.set_read_only(on=True)
        try:
            await asyncio.sleep(_UNWRITABLE)
        finally:
            self._bot.set_read_only(on=False)
        return True

    async def _locked(self) -> bool:
        """Have another program write to the database for longer than Quoth waits for it."""
        with closing(sqlite3.connect(self._database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(_UNWRITABLE)
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
