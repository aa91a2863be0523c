"""Run Quoth's command line in a process of its own."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.replies import LIMIT

ROOT = Path(__file__).parent.parent.parent


@asynccontextmanager
async def command(
    environment: dict[str, str], *words: str, cwd: Path = ROOT
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run ``python -m ...`` with only this environment; the process is ended with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *words,
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def output(environment: dict[str, str], *words: str, stdin: str = "", cwd: Path = ROOT) -> tuple[int, str, str]:
    """Run a command to its end and return exit code, standard output and standard error."""
    async with command(environment, *words, cwd=cwd) as process, asyncio.timeout(LIMIT):
        out, error = await process.communicate(stdin.encode())
        return process.returncode or 0, out.decode(), error.decode()
