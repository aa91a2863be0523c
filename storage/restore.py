"""Put a copy of the database in its place, without losing what people have decided about their data since then."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import aiosqlite

from storage.backup import copy_database
from storage.database import UnusableDatabaseError, find_damage, open_database, read_only, reserved
from storage.migrations import MIGRATIONS
from storage.replacement import begin_replacement, finish_replacement, replace_database
from storage.stores import DAY, Stores

_CHECKING = 60.0  # seconds to check the previous database for damage

_DECISIONS = {"opt_outs": "opt-outs", "deletions": "deletions by /privacy delete", "watermarks": "uses of /forget"}
"""The tables with what people decided about their data, and what a row is. Each has two columns: an id and a number."""
_ALL = "opt-outs, deletions by /privacy delete and uses of /forget"

_NOT_RECORDED = "Quoth did not record deletions by /privacy delete yet when the copy was made: some may be missing."

Decisions = dict[str, dict[int, float]]
"""Those tables' rows: by the table's name, the second column by the first."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    ``aside`` is the folder with the previous database's files, None if there were none. ``applied`` says how many
    decisions of each kind were taken over from it, ``missing`` in sentences which could not be or may be missing.
    """

    aside: Path | None
    applied: dict[str, int]
    missing: list[str]


def restore(copy: Path, path: Path, days: int) -> Restored:
    """Replace the database at ``path`` with a copy, and apply what people decided since the copy was made.

    These are the opt-outs, deletions and ``/forget`` that the previous database has and the copy has not. The previous
    database is not touched until the new one is complete and checked; see ``storage.replacement``.

    Args:
        copy: a file that ``storage.backup`` made, or another database of Quoth's with its log beside it. It stays.
        path: the database; none has to be there.
        days: for how many days asks and records of deletions are kept.

    Raises:
        UnusableDatabaseError: ``copy`` can't be used, ``path`` can't be replaced, or a Quoth is using it.
    """
    with reserved(path):
        path = path.resolve()
        try:
            if not copy.is_file():
                raise UnusableDatabaseError(f"There is no file {copy}.")
            if path.exists() and copy.samefile(path):
                raise UnusableDatabaseError(f"{copy} is the database itself. Name a copy of it instead.")
            part = begin_replacement(path)
            try:
                copy_database(copy, part)
                tables = _tables(part, copy)
                decisions, missing = _read(path)
                if not missing and "deletions" not in tables:
                    missing.append(_NOT_RECORDED)
                applied = asyncio.run(_update(part, decisions, missing, days))
                _complete(part, path)
                return Restored(replace_database(path, part), applied, missing)
            finally:
                finish_replacement(path)
        except (OSError, sqlite3.Error) as error:
            raise UnusableDatabaseError(f"Can't restore {copy}: {error}.") from error


def _tables(part: Path, copy: Path) -> set[str]:
    """Return the names of all tables and indexes in ``part``, made from ``copy``, if it is a database of Quoth's."""
    names = "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"
    with closing(sqlite3.connect(read_only(part), uri=True)) as connection, closing(sqlite3.connect(":memory:")) as own:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise UnusableDatabaseError(
                f"{copy} has schema version {version}, but this Quoth only knows version {len(MIGRATIONS)}. "
                "Update Quoth."
            )
        own.executescript(";".join(MIGRATIONS[:version]))
        found = {name for (name,) in connection.execute(names)}
        if not version or not found.issuperset(name for (name,) in own.execute(names)):
            raise UnusableDatabaseError(f"{copy} is not a database of Quoth's.")
    return found


def _read(path: Path) -> tuple[Decisions, list[str]]:
    """Read what people decided from the database at ``path``, as far as it is readable; and say what is missing."""
    rows: Decisions = {table: {} for table in _DECISIONS}
    if not path.exists():
        return rows, [f"There was no previous database: later {_ALL} are unknown."]
    missing: list[str] = []
    try:
        with closing(sqlite3.connect(read_only(path), uri=True)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            whole = [_read_table(connection, table, rows[table]) for table in tables & _DECISIONS.keys()]
            damage = find_damage(connection, _CHECKING) or ("" if all(whole) else "a table can't be read")
            if damage:
                missing.append(f"The previous database is damaged ({damage}): later {_ALL} may be missing.")
    except sqlite3.Error as error:
        missing.append(f"The previous database could not be read ({error}): later {_ALL} may be missing.")
    return rows, missing


def _read_table(connection: sqlite3.Connection, table: str, rows: dict[int, float]) -> bool:
    """Read a table up to the first damage; returns whether there was none."""
    try:
        for key, value in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - our own names
            if not isinstance(key, int) or not isinstance(value, int | float):
                return False
            rows[key] = value
    except sqlite3.Error:
        return False
    return True


async def _update(part: Path, decisions: Decisions, missing: list[str], days: int) -> dict[str, int]:
    """Migrate ``part`` and apply decisions to it; returns how many of each kind it did not have."""
    async with open_database(part) as connection:
        await connection.execute("PRAGMA synchronous = OFF")  # the whole file is flushed at the end
        if not missing:
            missing += await _only_in_copy(connection, decisions)
            missing += await _too_old(connection, days)
        counts = {
            "opt_outs": await _opt_out(connection, decisions["opt_outs"]),
            "deletions": await _delete(connection, decisions["deletions"], days),
            "watermarks": await _forget(connection, decisions["watermarks"]),
        }
    return {kind: counts[table] for table, kind in _DECISIONS.items()}


async def _opt_out(connection: aiosqlite.Connection, people: Mapping[int, float]) -> int:
    sql = "INSERT INTO opt_outs (user_id, since) VALUES (?, ?) ON CONFLICT DO NOTHING"
    return (await connection.executemany(sql, people.items())).rowcount


async def _delete(connection: aiosqlite.Connection, deletions: Mapping[int, float], days: int) -> int:
    delete, done = Stores.over(connection, days).personal_data.delete, 0
    for user, at in deletions.items():
        # If the copy has this deletion, it was made later, and so is what it has of this person.
        if not await _column(connection, "SELECT 1 FROM deletions WHERE user_id = ? AND deleted_at >= ?", user, at):
            await delete(user, at)
            done += 1
    return done


async def _forget(connection: aiosqlite.Connection, watermarks: Mapping[int, float]) -> int:
    sql = (
        "INSERT INTO watermarks (channel_id, message_id) VALUES (?, ?) ON CONFLICT (channel_id)"
        " DO UPDATE SET message_id = excluded.message_id WHERE excluded.message_id > message_id"
    )
    return (await connection.executemany(sql, watermarks.items())).rowcount


async def _only_in_copy(connection: aiosqlite.Connection, decisions: Decisions) -> list[str]:
    """Return a sentence if people opted out in the copy who are not opted out in the previous database."""
    found = await _column(connection, "SELECT user_id FROM opt_outs")
    number = len(set(found) - decisions["opt_outs"].keys())
    again = f"Opt-outs that only the copy has: {number}. They apply again, also for people who opted in since."
    return [again] if number else []


async def _too_old(connection: aiosqlite.Connection, days: int) -> list[str]:
    """Return a sentence if the copy has people's preferences and is older than the records of deletions."""
    sql = (
        "SELECT EXISTS (SELECT 1 FROM preferences WHERE scope = 'user') AND ? > coalesce("
        "(SELECT max(at) FROM (SELECT max(asked_at) AS at FROM asks UNION ALL SELECT max(used_at) FROM uses)), 0)"
    )
    if await _column(connection, sql, time.time() - days * DAY) != [1]:
        return []
    return [
        f"The copy is older than {days} days, for which Quoth records deletions: preferences of people who deleted "
        "their data before that may be back."
    ]


async def _column(connection: aiosqlite.Connection, sql: str, *values: object) -> list[int]:
    return [value for (value,) in await connection.execute_fetchall(sql, values)]


def _complete(part: Path, path: Path) -> None:
    """Make ``part`` a single file, and under root its owner that of the database at ``path``."""
    with closing(sqlite3.connect(part)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    if os.name == "posix" and os.geteuid() == 0:
        owner = (path if path.exists() else path.parent).stat()
        os.chown(part, owner.st_uid, owner.st_gid)
