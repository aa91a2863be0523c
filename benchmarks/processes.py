"""The processes that this one has started, directly or not, and their memory.

Being a descendant is not enough to find them: Chromium's crash handlers are orphans from the start, and killing a
parent makes more. Every process inherits its environment though, so a variable in it marks them all.
"""

import os
import secrets
from collections.abc import Collection
from dataclasses import dataclass

import psutil

# Quoth gives its browser few variables; those of Chromium's own prefix are among them.
_NAME, _VALUE = "CHROME_QUOTH_BENCHMARK", secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Memory:
    """A process's memory in MB (10⁶ bytes): with all of what it shares with others, and with its part of that."""

    rss: float
    pss: float


def memory_of(pid: int) -> Memory:
    """Return the memory of one process, without those that it started."""
    found = psutil.Process(pid).memory_full_info()
    return Memory(found.rss / 1e6, found.pss / 1e6)


def mark_descendants() -> None:
    """Mark the processes that this one starts from now on."""
    os.environ[_NAME] = _VALUE


def descendants(excluded: Collection[int] = ()) -> list[psutil.Process]:
    """Return the processes that this one has started, directly or not.

    Args:
        excluded: ids of processes that are left out together with what they have started.
    """
    running = {
        process.pid: process
        for process in psutil.process_iter(["ppid", "environ", "status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE  # it holds nothing, and its parent is about to notice
    }
    own = os.getpid()
    marked = {pid for pid, process in running.items() if (_NAME, _VALUE) in _environment(process).items()}
    found = _with_children({own, *marked}, running) - _with_children(set(excluded), running) - {own}
    return [process for pid, process in running.items() if pid in found]


def memory(excluded: Collection[int] = ()) -> float:
    """Return the memory of all descendants in MB (10⁶ bytes), as PSS: a shared page is divided between its users."""
    return sum(_pss(process) for process in descendants(excluded)) / 1e6


def _with_children(pids: set[int], running: dict[int, psutil.Process]) -> set[int]:
    known = set(pids)
    while new := {pid for pid, process in running.items() if process.info["ppid"] in known} - known:
        known |= new
    return known


def _environment(process: psutil.Process) -> dict[str, str]:
    return process.info["environ"] or {}  # None if it may not be read


def _pss(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().pss
    except psutil.Error:  # it has just ended
        return 0
