"""One SQLite file: opened, brought to this program's schema, and closed."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

from storage.migrations import MIGRATIONS

_BUSY = 2_000  # milliseconds to wait for another writer


class UnusableDatabaseError(Exception):
    """The file can't be used as Quoth's database; the sentence says why. It was left as it is."""


@asynccontextmanager
async def open_database(path: Path) -> AsyncGenerator[aiosqlite.Connection]:
    """Open the database at ``path``, made with mode 0600 where it is new, with its schema up to date.

    Raises:
        UnusableDatabaseError: the file can't be read or written, is no database, or was written by a newer Quoth.
    """
    async with contextlib.AsyncExitStack() as stack:
        try:
            await asyncio.to_thread(_make, path)
            connection = await stack.enter_async_context(aiosqlite.connect(path, isolation_level=None))
            await _prepare(connection)
        except (OSError, sqlite3.Error) as error:
            raise UnusableDatabaseError(f"The database {path} can't be used: {error}.") from error
        yield connection


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    # Tried here first: where a file can't be opened, aiosqlite's thread outlives the failure and may outlive the loop.
    sqlite3.connect(path).close()


async def _prepare(connection: aiosqlite.Connection) -> None:
    version = await schema_version(connection)
    if version > len(MIGRATIONS):
        raise UnusableDatabaseError(
            f"The database has schema {version}, but this Quoth knows only {len(MIGRATIONS)}: update Quoth."
        )
    # What is deleted is overwritten: people may ask Quoth to forget what they said (secure_delete).
    safety = ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "secure_delete = ON")
    for pragma in (f"busy_timeout = {_BUSY}", *safety):
        await connection.execute(f"PRAGMA {pragma}")
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        await _migrate(connection, number, script)


async def _migrate(connection: aiosqlite.Connection, number: int, script: str) -> None:
    # The change and its record are one transaction: both are there, or neither.
    await connection.execute("BEGIN IMMEDIATE")
    try:
        # Looked at again under the lock: another program may have opened the same file at the same time.
        if await schema_version(connection) < number:
            for statement in _statements(script):
                await connection.execute(statement)
            await connection.execute(f"PRAGMA user_version = {number}")
        await connection.commit()
    except BaseException:
        await connection.rollback()
        raise


def _statements(script: str) -> Iterator[str]:
    # Not executescript, which would end the transaction first.
    statement = ""
    for piece in script.split(";"):
        statement += f"{piece};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


async def schema_version(connection: aiosqlite.Connection) -> int:
    """Return how many migrations the file has seen."""
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    return int(row[0]) if row else 0
