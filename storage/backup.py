"""A copy of the database, made while Quoth runs or not."""

import contextlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.database import UnusableDatabaseError, find_damage, read_only

_PATIENCE = 600.0  # seconds for looking whether the copy is whole


def back_up(source: Path, target: Path) -> None:
    """Copy the database at ``source`` into the new file ``target``, which only its owner can read.

    All of it is of one moment, and writers are not held up. The copy gets its name once it is known to be whole.

    Raises:
        UnusableDatabaseError: there is nothing to copy, ``target`` exists already, or it can't be written.
    """
    if not source.is_file():
        raise UnusableDatabaseError(f"There is no database at {source}.")
    part = target.with_name(f"{target.name}.part")
    try:
        with contextlib.ExitStack() as made:
            for file in (target, part):  # the first is but a name that is taken, so that nothing is ever overwritten
                os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                made.callback(file.unlink, missing_ok=True)
            _copy(source, part)
            part.replace(target)
            made.pop_all()
    except FileExistsError as error:
        raise UnusableDatabaseError(f"{error.filename} exists already; a backup overwrites nothing.") from error
    except (OSError, sqlite3.Error) as error:
        raise UnusableDatabaseError(f"The database {source} could not be copied to {target}: {error}.") from error


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(read_only(source), uri=True)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file that can be carried away
    with closing(sqlite3.connect(read_only(target), uri=True)) as copy:
        if damage := find_damage(copy, _PATIENCE):
            raise UnusableDatabaseError(f"The database {source} is damaged ({damage}): no backup was made.")
