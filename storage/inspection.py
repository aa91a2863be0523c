"""Look at the database without changing, locking or creating a file, also while Quoth is running."""

import os
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from storage.database import find_damage, read_only, remedy_for_newer
from storage.migrations import MIGRATIONS
from storage.replacement import is_interrupted

_CHECKING = 5.0  # seconds to check for damage; a file that takes longer passes
_PLACE = "Check DATABASE_PATH and its permissions."


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was ``found``, whether Quoth can use it, and how to ``fix`` it if not."""

    found: str
    usable: bool = True
    fix: str = ""


def inspect_database(path: Path) -> Inspection:
    """Look at the database at ``path``: is it there, whole, writable, and of which schema."""
    try:
        path = path.resolve()
        if is_interrupted(path):
            return Inspection(f"a restore of {path} was interrupted; `quoth run` completes it")
        if not path.exists():
            return _inspect_place(path)
        return _inspect_file(path)
    except (OSError, sqlite3.Error) as error:
        return Inspection(f"can't use {path}: {error}", usable=False, fix=_PLACE)


def _inspect_place(path: Path) -> Inspection:
    folder = next(parent for parent in path.parents if parent.exists())
    # Root may write everywhere by the mode, so this has to be tried. The file has no name, or loses it at once.
    with tempfile.TemporaryFile(dir=folder):
        return Inspection(f"{path} does not exist yet; `quoth run` creates it")


def _inspect_file(path: Path) -> Inspection:
    with closing(_connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            found = f"{path} has schema version {version}, but this Quoth only knows version {len(MIGRATIONS)}"
            return Inspection(found, usable=False, fix=remedy_for_newer(path))
        if damage := find_damage(connection, _CHECKING):
            found = f"{path} is damaged ({damage})"
            return Inspection(found, usable=False, fix="Stop Quoth and run `quoth restore FILE` with a backup.")
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        return Inspection(f"{path} or its folder is read-only", usable=False, fix=_PLACE)
    if version < (latest := len(MIGRATIONS)):
        return Inspection(f"{path} is writable; `quoth run` updates it from schema version {version} to {latest}")
    return Inspection(f"{path} is writable")


def _connect(path: Path) -> sqlite3.Connection:
    # To read a database with a log, SQLite needs a -shm file and creates it if it is missing. It is there while Quoth
    # runs and after a crash; otherwise nobody has the database open, and SQLite need not look for changes.
    in_use = path.with_name(f"{path.name}-shm").exists()
    return sqlite3.connect(read_only(path) + ("" if in_use else "&immutable=1"), uri=True)
