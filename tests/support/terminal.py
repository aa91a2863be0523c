"""A terminal on which a command of Quoth's runs and a person types. POSIX only."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.command_line import ROOT
from tests.support.replies import LIMIT

CTRL_C = "\x03"
_PATIENCE = 10.0  # seconds until somebody presses again
# A terminal becomes that of a session, which getpass and Ctrl-C need, if the session's first process opens it.
_ON_TERMINAL = ("sh", "-c", 'exec "$@" <>"$0" >&0 2>&1')


class Terminal:
    """What a person types and sees. A line ends with CR and LF there.

    Attributes:
        shown: all that was shown so far.
    """

    def __init__(self, master: int, process: asyncio.subprocess.Process) -> None:
        self.shown = ""
        self._seen = 0
        self._master = master
        self._process = process
        self._changed = asyncio.Event()

    async def see(self, text: str) -> None:
        """Wait until a text is shown after the last one that was waited for.

        Raises:
            TimeoutError: it was not shown in time; the message has all that was.
        """
        try:
            async with asyncio.timeout(LIMIT):
                while (found := self.shown.find(text, self._seen)) < 0:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(f"{text!r} was not shown: {self.shown}") from None
        self._seen = found + len(text)

    def type(self, text: str) -> None:
        """Type a text."""
        os.write(self._master, text.encode())

    async def answer(self, question: str, text: str) -> None:
        """Wait for a question, then type a line."""
        await self.see(question)
        self.type(f"{text}\n")

    async def interrupt(self) -> int:
        """Press Ctrl-C until the command ends, and return its exit code.

        Python's `input` misses the first one if it comes between its prompt and its wait for a key.
        """
        async with asyncio.timeout(LIMIT):
            while self._process.returncode is None:
                self.type(CTRL_C)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), _PATIENCE)
        return await self.end()

    async def end(self) -> int:
        """Wait until the command ends, and return its exit code."""
        async with asyncio.timeout(LIMIT):
            code = await self._process.wait()
        self.read()
        return code

    def read(self) -> None:
        """Read what is shown."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.shown += os.read(self._master, 4096).decode()
                self._changed.set()


@asynccontextmanager
async def on_terminal(environment: dict[str, str], *words: str, cwd: Path) -> AsyncGenerator[tuple[Terminal, int]]:
    """Run ``python -m ...`` with only this environment; gives the terminal, and the descriptor of the command's side.

    The process is ended with the block.
    """
    master, slave = os.openpty()
    loop = asyncio.get_running_loop()
    try:
        os.set_blocking(master, False)
        process = await asyncio.create_subprocess_exec(
            *_ON_TERMINAL,
            os.ttyname(slave),
            sys.executable,
            "-m",
            *words,
            cwd=cwd,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
            start_new_session=True,
            # A shell in the background ignores Ctrl-C, and so would what is started by its tests.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        terminal = Terminal(master, process)
        loop.add_reader(master, terminal.read)
        try:
            yield terminal, slave
        finally:
            loop.remove_reader(master)
            if process.returncode is None:
                process.kill()
            await process.wait()
    finally:
        os.close(master)
        os.close(slave)
