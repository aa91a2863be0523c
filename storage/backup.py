"""Copy the database, whether or not Quoth is running."""

import contextlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.database import UnusableDatabaseError, find_damage, read_only

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
