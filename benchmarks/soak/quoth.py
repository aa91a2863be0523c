"""Quoth as `quoth run` starts it, but with a wall clock that the soak sets and a database that it makes read-only.

It obeys lines on standard input: ``clock SECONDS`` moves the wall clock (not the monotonic one), ``read-only 1`` makes
SQLite refuse every write as it does for a read-only file, and ``read-only 0`` ends that. When the soak ends, it ends.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
import time_machine

from bot import __main__ as quoth
from bot import bootstrap
from storage.database import open_database


class _Controls:
    """What the lines on standard input change."""

    def __init__(self, clock: time_machine.Traveller) -> None:
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connection: aiosqlite.Connection | None = None

    @asynccontextmanager
    async def open_database(self, path: Path) -> AsyncGenerator[aiosqlite.Connection]:
        """Open the database as Quoth does, and keep hold of it."""
        async with open_database(path) as connection:
            self._loop, self._connection = asyncio.get_running_loop(), connection
            yield connection

    def obey(self) -> None:
        """Obey the lines until the soak ends. Runs in a thread."""
        # Not sys.stdin, whose lock a thread still holds when the interpreter ends.
        while lines := os.read(0, 1000):
            for line in lines.decode().splitlines():
                name, _, value = line.partition(" ")
                if name == "clock":
                    self._clock.shift(float(value))
                elif self._connection and self._loop:
                    asyncio.run_coroutine_threadsafe(self._set_read_only(value), self._loop)
        os.kill(os.getpid(), signal.SIGTERM)

    async def _set_read_only(self, value: str) -> None:
        if self._connection:
            await self._connection.execute(f"PRAGMA query_only = {int(value)}")


def main() -> int:
    """Run Quoth with a clock that is ahead by the seconds of the first argument; returns its exit code."""
    with time_machine.travel(time.time() + float(sys.argv[1])) as clock:
        controls = _Controls(clock)
        bootstrap.open_database = controls.open_database
        threading.Thread(target=controls.obey, daemon=True).start()
        return quoth.main(["run"])


if __name__ == "__main__":
    sys.exit(main())
