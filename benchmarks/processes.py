"""What the processes below this one use, read from /proc: memory as PSS, in which shared pages are shared out.

Counted are all descendants and whoever is in one of their sessions (Chromium's crash handler leaves the family),
without this process and without the sandbox's.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One running process."""

    pid: int
    name: str
    parent: int
    session: int


def processes() -> list[Process]:
    """Gives every process of the machine that runs now; zombies have nothing to measure and don't count."""
    return [found for entry in _PROC.iterdir() if entry.name.isdigit() and (found := _process(entry))]


def below(without: Collection[int] = ()) -> list[Process]:
    """Gives the processes that this one has started, directly or not, except these and what they have started."""
    everyone = processes()
    family = {os.getpid()}
    while grown := [p.pid for p in everyone if p.parent in family and p.pid not in family and p.pid not in without]:
        family.update(grown)
    family.discard(os.getpid())
    sessions = {p.session for p in everyone if p.pid in family} - {os.getsid(0)}
    return [p for p in everyone if p.pid in family or p.session in sessions]


def memory(without: Collection[int] = ()) -> float:
    """Gives the PSS of all processes below this one, in MB (10⁶ bytes)."""
    return sum(_pss(process.pid) for process in below(without)) / 1e6


def _process(entry: Path) -> Process | None:
    try:
        stat = (entry / "stat").read_text()
    except OSError:  # it has ended meanwhile
        return None
    head, _, tail = stat.rpartition(")")
    state, parent, _, session = tail.split()[:4]
    return None if state == "Z" else Process(int(entry.name), head.partition("(")[2], int(parent), int(session))


def _pss(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
