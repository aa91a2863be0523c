"""Look for running processes that name a folder, such as browsers on a profile in it."""

import asyncio
import time
from pathlib import Path

import psutil

from tests.support.replies import LIMIT


def processes_of(folder: Path) -> list[str]:
    """Return the command lines of running processes that name a folder."""
    lines = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if str(folder) in line]


async def all_gone(folder: Path) -> bool:
    """Return whether no such process is left within a while: killed ones are listed for a moment."""
    deadline = time.monotonic() + LIMIT
    while processes_of(folder) and time.monotonic() < deadline:
        await asyncio.to_thread(time.sleep, 0.02)
    return not processes_of(folder)
