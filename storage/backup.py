"""Copy the database, whether or not Quoth is running."""

import contextlib
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from storage.database import UnusableDatabaseError, find_damage, migration_copies, read_only
from storage.migrations import MIGRATIONS

_CHECKING = 600.0  # seconds to check the copy for damage


def back_up(source: Path, target: Path) -> None:
    """Copy the database at ``source`` into the new file ``target``, which only its owner can read.

    The copy is a snapshot of one moment and does not block writers. It gets its final name after it was checked.

    Raises:
        UnusableDatabaseError: there is no database, it is damaged, or ``target`` exists or can't be written.
    """
    if not source.is_file():
        raise UnusableDatabaseError(f"There is no database at {source}.")
    part = target.with_name(f"{target.name}.part")
    try:
        with contextlib.ExitStack() as made:
            for file in (target, part):  # creating the target reserves its name: an existing file is never overwritten
                os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                made.callback(file.unlink, missing_ok=True)
            copy_database(source, part)
            part.replace(target)
            made.pop_all()
    except FileExistsError as error:
        raise UnusableDatabaseError(f"{error.filename} already exists; a backup never overwrites a file.") from error
    except (OSError, sqlite3.Error) as error:
        raise UnusableDatabaseError(f"Can't copy the database {source} to {target}: {error}.") from error


def keep_copy_for_downgrade(path: Path) -> Path | None:
    """Copy a database that is about to be migrated, for the older Quoth that could not read it afterwards.

    Call it only while the database is reserved.

    Returns:
        The copy; None where there is nothing to migrate, or nothing that could be.

    Raises:
        UnusableDatabaseError: it is damaged, or can't be copied. It was not changed.
    """
    version = _schema_version(path)
    if not 0 < version < len(MIGRATIONS):
        return None
    copy = path.with_name(f"{path.name}.schema-{version}")
    part = copy.with_name(f"{copy.name}.part")
    try:
        try:
            part.unlink(missing_ok=True)  # of a copy that was interrupted
            part.touch(mode=0o600)
            copy_database(path, part)
            part.replace(copy)  # one that is there already is older: somebody went back to this version
        finally:
            part.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise UnusableDatabaseError(f"Can't copy the database {path} before its update: {error}.") from error
    return copy


def _schema_version(path: Path) -> int:
    """Return how many migrations were applied to a file; 0 if there is none, or no database in it."""
    try:
        with closing(sqlite3.connect(read_only(path), uri=True)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error:
        return 0
    return int(version)


def delete_old_copies(path: Path, days: int) -> None:
    """Delete copies that were made before migrations more than so many days ago: what people deleted is in them."""
    for copy in migration_copies(path).values():
        if copy.stat().st_mtime < time.time() - days * 86_400:
            copy.unlink()


def copy_database(source: Path, target: Path) -> None:
    """Copy one moment of the database at ``source``, with what is in its log, into one file; then check the copy.

    Raises:
        UnusableDatabaseError: ``source`` is damaged.
        sqlite3.Error: ``source`` can't be read, or ``target`` can't be written.
    """
    with closing(sqlite3.connect(read_only(source), uri=True)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # a single file, without a journal beside it
    with closing(sqlite3.connect(read_only(target), uri=True)) as copy:
        if damage := find_damage(copy, _CHECKING, "integrity_check"):
            raise UnusableDatabaseError(f"The database {source} is damaged ({damage}); it was not copied.")
