"""Quoth as its operator starts it, in a process of its own with a folder for its profile and its database."""

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import psutil

from benchmarks.processes import Memory, memory_of

LOGGED_IN, WARM = b"Logged in as", b"has a page of Poe ready"
"""What the log says when Quoth takes questions, and when its browser can send the first one at once."""
_ROOT = Path(__file__).parent.parent
_LIMIT = 300.0  # seconds until it is ready
_LINES = 5  # of the log that are told where it ends too early


class QuothProcess:
    """The process, which runs as long as the `async with` block and is ready when that begins.

    Args:
        environment: its environment variables, besides those of this process.
        folder: where it runs, without a ``.env``.
        ready: what the log says when it is ready.

    Attributes:
        seconds: how long it took from the start of the process until Quoth was ready.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path, ready: bytes = LOGGED_IN) -> None:
        place = {"POE_PROFILE_DIR": str(folder / "profile"), "DATABASE_PATH": str(folder / "quoth.sqlite3")}
        self._environment = {**os.environ, "PYTHONPATH": str(_ROOT), **place, **environment}
        self._folder = folder
        self._ready = ready
        self._process: asyncio.subprocess.Process
        self._reading: asyncio.Task[bytes]
        self.seconds = 0.0

    async def __aenter__(self) -> Self:
        started = time.monotonic()
        command = (sys.executable, "-m", "bot", "run")
        self._process = await asyncio.create_subprocess_exec(
            *command, env=self._environment, cwd=self._folder, stderr=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(_LIMIT):
                await self._wait_until_ready()
        except BaseException:
            self._process.kill()
            await self._process.wait()
            raise
        self.seconds = time.monotonic() - started
        self._reading = asyncio.create_task(self._stderr.read(), name="log")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    async def end(self) -> float:
        """Send SIGTERM, and return the seconds until the process is gone."""
        asked = time.monotonic()
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()
        await self._reading
        return time.monotonic() - asked

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def memory(self) -> Memory:
        """Return the memory of this process alone."""
        return memory_of(self.pid)

    def cpu(self) -> float:
        """Return the seconds of CPU that this process alone has used."""
        used = psutil.Process(self.pid).cpu_times()
        return used.user + used.system

    @property
    def _stderr(self) -> asyncio.StreamReader:
        if self._process.stderr is None:
            raise RuntimeError("the log is not read")
        return self._process.stderr

    async def _wait_until_ready(self) -> None:
        lines: list[bytes] = []
        while line := await self._stderr.readline():
            lines.append(line)
            if self._ready in line:
                return
        raise RuntimeError("Quoth ended: " + b"".join(lines[-_LINES:]).decode(errors="replace"))
