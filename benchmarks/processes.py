"""What the processes below this one use, read from /proc: memory as PSS, in which shared pages are shared out.

Chromium's crash handlers leave the family and its session, and a killed parent leaves orphans. So whoever is to be
counted is told by a mark in the environment too, which every process inherits from the one that started it.
"""

import os
import resource
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_NAME, _VALUE = "QUOTH_BENCHMARK", secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Process:
    """One running process."""

    pid: int
    parent: int
    command: tuple[str, ...]
    """Its program and arguments."""


def mark() -> None:
    """Marks what this process starts from now on."""
    os.environ[_NAME] = _VALUE


def below(without: Collection[int] = ()) -> list[Process]:
    """Gives the processes that this one has started, directly or not, except these and what they have started."""
    everyone = list(_processes())
    family = {os.getpid()} | {p.pid for p in everyone if _marked(p.pid)}
    without = _with_children(set(without), everyone)
    wanted = _with_children(family, everyone) - without - {os.getpid()}
    return [process for process in everyone if process.pid in wanted]


def cpu_used() -> float:
    """Gives the seconds of CPU that this process has used, user and system, in all its threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def memory(without: Collection[int] = ()) -> float:
    """Gives the PSS of all processes below this one, in MB (10⁶ bytes)."""
    return sum(_pss(process.pid) for process in below(without)) / 1e6


def _with_children(family: set[int], everyone: list[Process]) -> set[int]:
    known = set(family)
    while grown := {p.pid for p in everyone if p.parent in known} - known:
        known |= grown
    return known


def _processes() -> Iterator[Process]:
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (entry / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
        except OSError:  # it has ended meanwhile
            continue
        if state != "Z":  # a zombie has nothing any more, and its parent is about to notice
            yield Process(int(entry.name), int(parent), tuple(command))


def _marked(pid: int) -> bool:
    try:
        return f"{_NAME}={_VALUE}".encode() in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _pss(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
