"""Quoth in a process of its own, started again whenever it ends, as a service manager would."""

import asyncio
import contextlib
import os
import re
import resource
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.soak.asks import MARKER

_ROOT = Path(__file__).parent.parent.parent
_PAUSE = 0.5  # seconds before it is started again
_ENDING = 60.0  # seconds in which it has to end
_DATE = re.compile(r"\d{4}-\d\d-\d\d ")
_LINES = 6  # of a traceback that are shown, from its end


class BotProcess:
    """The process, and what it logs.

    Args:
        environment: its environment variables, besides those of this process.
        folder: where it runs; without a ``.env``.

    Attributes:
        broken: What must not happen, a sentence each: tracebacks, people's words in the log, an unexpected end.
        ahead: By how many seconds its wall clock is ahead of the true time.
        starts: How often it was started.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = {**os.environ, **environment, "PYTHONPATH": str(_ROOT)}
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._expected: int | None = None
        self._stopping = False
        self.broken: list[str] = []
        self.ahead = 0.0
        self.starts = 0

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep it running within the block; then end it, as a service manager would."""
        supervising = asyncio.create_task(self._supervise(), name="bot-process")
        try:
            yield
        finally:
            self._stopping = True
            self.end()
            try:
                await asyncio.wait_for(supervising, _ENDING)
            except TimeoutError:
                self.broken.append(f"Quoth did not end within {_ENDING:.0f} s")
                self.kill()

    def end(self) -> None:
        """Ask it to end; it is started again."""
        self._signal(signal.SIGTERM, 0)

    def kill(self) -> None:
        """Kill it; it is started again."""
        self._signal(signal.SIGKILL, -signal.SIGKILL)

    def move_clock(self, seconds: float) -> None:
        """Move its wall clock, also for its next starts."""
        self.ahead += seconds
        self._tell(f"clock {seconds}")

    def set_read_only(self, *, on: bool) -> None:
        """Have its database refuse every write as a read-only one does, until it is started again."""
        self._tell(f"read-only {int(on)}")

    def set_disk_full(self, *, on: bool) -> None:
        """Have all its writes to files fail. Its browser, which already runs, has a limit of its own."""
        with contextlib.suppress(ProcessLookupError):
            if self._process and self._process.returncode is None:
                _, most = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
                resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (0 if on else most, most))

    def _tell(self, line: str) -> None:
        if self._process and self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(f"{line}\n".encode())

    def _signal(self, number: signal.Signals, expected: int) -> None:
        if self._process and self._process.returncode is None:
            self._expected = expected
            self._process.send_signal(number)

    async def _supervise(self) -> None:
        while not self._stopping:
            self.starts += 1
            pipe = asyncio.subprocess.PIPE
            command = (sys.executable, "-m", "benchmarks.soak.quoth", str(self.ahead))
            self._process = await asyncio.create_subprocess_exec(
                *command, cwd=self._folder, env=self._environment, stdin=pipe, stderr=pipe
            )
            await self._read_log()
            code = await self._process.wait()
            if code != self._expected:
                self.broken.append(f"Quoth ended by itself with exit code {code}")
            self._expected = None
            if not self._stopping:
                await asyncio.sleep(_PAUSE)

    async def _read_log(self) -> None:
        """Read log records, each of which begins with a date, until the process ends."""
        record: list[str] = []
        while self._process and self._process.stderr and (line := await self._process.stderr.readline()):
            text = line.decode(errors="replace").rstrip()
            if _DATE.match(text):
                self.check(record)
                record = []
            record.append(text)
        self.check(record)

    def check(self, record: list[str]) -> None:
        """Note what must not be in a record of the log, which may have several lines."""
        if any(line.startswith("Traceback") for line in record):
            self.broken.append("a traceback is in the log: " + " | ".join([record[0], *record[-_LINES:]]))
        if any(MARKER.search(line) for line in record):
            self.broken.append("the log contains what people wrote")
