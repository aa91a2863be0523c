"""Put another file in the database's place; a crash at any moment leaves either the old database or the new one.

The new database is prepared in a folder beside the old one. From the moment it has its name there, the replacement is
decided: the old files move into the folder, and the new one takes their place. A process that locks the database next
completes a replacement that was interrupted in between.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

_NEW = "restored"
_OLD = ("", "-wal", "-shm", "-journal")  # the database first: without it, nobody opens what is left


def begin_replacement(path: Path) -> Path:
    """Make the file in which to prepare the new database at ``path``, and the folder for the old one around it.

    Both belong to their owner only. The folder is named after ``path`` and the time.

    Raises:
        OSError: the folder of ``path`` can't be written.
    """
    name = f"{path.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    folder, number = path.with_name(name), 1
    while folder.exists():
        folder, number = path.with_name(f"{name}-{number}"), number + 1
    folder.mkdir(mode=0o700)
    part = folder / f"{_NEW}.part"
    part.touch(mode=0o600, exist_ok=False)
    return part


def replace_database(path: Path, part: Path) -> Path | None:
    """Replace the database at ``path``, which nobody may have open, with ``part`` of ``begin_replacement``.

    Returns:
        The folder with the old database's files; None if there were none.

    Raises:
        OSError: it failed. If it was decided already, the next ``finish_replacement`` completes it.
    """
    _sync(part)
    part.rename(part.with_name(_NEW))
    _sync(part.parent)
    _sync(path.parent)
    finish_replacement(path)
    return part.parent if part.parent.exists() else None


def finish_replacement(path: Path) -> None:
    """Complete a replacement of the database at ``path`` that was decided, and clean up after one that was not.

    Call it only while the database is locked.
    """
    for folder in list(_folders(path)):
        new = folder / _NEW
        if new.exists():
            for ending in _OLD:
                file = path.with_name(f"{path.name}{ending}")
                if file.exists():
                    file.chmod(0o600)
                    file.rename(folder / file.name)
            # Not before the old log is away for good: SQLite would replay it into the new database.
            _sync(folder)
            _sync(path.parent)
            new.rename(path)
            _sync(path.parent)
        for part in folder.glob(f"{_NEW}.part*"):
            part.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()


def is_interrupted(path: Path) -> bool:
    """Return whether a replacement of the database at ``path`` was decided but not completed."""
    return any((folder / _NEW).exists() for folder in _folders(path))


def _folders(path: Path) -> Iterator[Path]:
    prefix = f"{path.name}.before-"
    if path.parent.is_dir():
        yield from (folder for folder in path.parent.iterdir() if folder.name.startswith(prefix) and folder.is_dir())


def _sync(path: Path) -> None:
    if os.name != "posix":  # other systems can't open a folder
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
