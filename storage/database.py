"""Open the SQLite file, migrate it to this program's schema, and close it."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import aiosqlite
from filelock import FileLock, Timeout

from storage.migrations import MIGRATIONS
from storage.replacement import finish_replacement

_BUSY = 2_000  # milliseconds to wait for another writer
_CHECKING = 5.0  # seconds to check for damage at the start; a file that takes longer passes
_STEPS = 100_000  # SQLite virtual machine steps between two looks at the clock

DatabaseFailure = sqlite3.Error
"""What a store raises if the disk is full, or the file read-only or damaged. Nothing was changed."""


class UnusableDatabaseError(Exception):
    """The file can't be used as Quoth's database; the message says why. The file was not changed."""


@contextmanager
def reserved(path: Path) -> Generator[None]:
    """Lock the database at ``path`` against other Quoth processes while the block runs.

    A restore that was interrupted is completed first.

    Raises:
        UnusableDatabaseError: another process has it, or its folder can't be written.
    """
    lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=0, mode=0o600, thread_local=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        finish_replacement(path.resolve())
    except Timeout as error:
        raise UnusableDatabaseError(f"The database {path} is in use. Stop the other Quoth first.") from error
    except OSError as error:
        lock.release()
        raise UnusableDatabaseError(f"Can't use the database {path}: {error}.") from error
    try:
        yield
    finally:
        lock.release()


@asynccontextmanager
async def open_database(path: Path) -> AsyncGenerator[aiosqlite.Connection]:
    """Open the database at ``path`` with an up-to-date schema; a new file gets mode 0600.

    Raises:
        UnusableDatabaseError: the file can't be read or written, is no database, is damaged, or was written by a newer
            Quoth.
    """
    async with contextlib.AsyncExitStack() as stack:
        try:
            await asyncio.to_thread(_make, path)
            connection = await stack.enter_async_context(aiosqlite.connect(path, isolation_level=None))
            await _prepare(connection)
        except (OSError, sqlite3.Error) as error:
            raise UnusableDatabaseError(f"Can't use the database {path}: {error}.") from error
        yield connection


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    # Opened here first: if opening fails in aiosqlite, its thread outlives the failure and perhaps the event loop.
    # Read-only, so that a refused file is not changed.
    with closing(sqlite3.connect(read_only(path), uri=True)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise UnusableDatabaseError(
                f"The database has schema version {version}, but this Quoth only knows version {len(MIGRATIONS)}. "
                f"{remedy_for_newer(path)}"
            )
        if damage := find_damage(connection, _CHECKING):
            raise UnusableDatabaseError(
                f"The database {path} is damaged ({damage}). It was not changed; run `quoth restore FILE`."
            )


def migration_copies(path: Path) -> dict[int, Path]:
    """Return the copies of the database that were made before migrations, by their schema version."""
    prefix = f"{path.name}.schema-"
    names = [each.name.removeprefix(prefix) for each in path.parent.iterdir() if each.name.startswith(prefix)]
    return {int(name): path.with_name(f"{prefix}{name}") for name in names if name.isascii() and name.isdigit()}


def remedy_for_newer(path: Path) -> str:
    """Return what to do about a database that a newer Quoth has migrated, in a sentence."""
    known = [version for version in migration_copies(path) if version <= len(MIGRATIONS)]
    if not known:
        return "Update Quoth."
    copy = migration_copies(path)[max(known)]
    return f"Update Quoth, or go back to the copy from before that update: `quoth restore {copy}`."


def read_only(path: Path) -> str:
    """Return the URI with which SQLite opens a file read-only."""
    return f"{path.absolute().as_uri()}?mode=ro"


def find_damage(connection: sqlite3.Connection, seconds: float, check: str = "quick_check") -> str:
    """Check for damage for at most ``seconds``; returns the first problem, or an empty string.

    ``check`` is the name of the pragma: "quick_check", or "integrity_check", which also compares indexes with tables.
    """
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        (found,) = connection.execute(f"PRAGMA {check}(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return ""
        if error.sqlite_errorcode == sqlite3.SQLITE_CORRUPT:  # the schema itself is damaged
            return str(error)
        raise
    finally:
        connection.set_progress_handler(None, 0)
    return "" if found == "ok" else str(found).rpartition("\n")[2]


async def _prepare(connection: aiosqlite.Connection) -> None:
    version = await schema_version(connection)
    # secure_delete overwrites deleted content: people can ask Quoth to delete what they said. FULL, and on macOS
    # fullfsync, make each commit outlast a power cut: what Quoth confirmed, such as an opt-out, holds.
    durable = ("journal_mode = WAL", "synchronous = FULL", "fullfsync = ON")
    # Temporary tables are in memory, so that they can be written when the disk is full.
    safety = (*durable, "foreign_keys = ON", "secure_delete = ON", "temp_store = MEMORY")
    for pragma in (f"busy_timeout = {_BUSY}", *safety):
        await connection.execute(f"PRAGMA {pragma}")
    await connection.execute("BEGIN IMMEDIATE")  # fails if the file is read-only; opening it does not
    await connection.rollback()
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        await _migrate(connection, number, script)


async def _migrate(connection: aiosqlite.Connection, number: int, script: str) -> None:
    # The change and the version number are one transaction: either both are stored or neither.
    await connection.execute("BEGIN IMMEDIATE")
    try:
        # Checked again under the lock: another process may have migrated the file meanwhile.
        if await schema_version(connection) < number:
            for statement in _statements(script):
                await connection.execute(statement)
            await connection.execute(f"PRAGMA user_version = {number}")
        await connection.commit()
    except BaseException:
        await connection.rollback()
        raise


def _statements(script: str) -> Iterator[str]:
    # Not executescript, which would commit the transaction first.
    statement = ""
    for piece in script.split(";"):
        statement += f"{piece};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


async def schema_version(connection: aiosqlite.Connection) -> int:
    """Return how many migrations were applied to the file."""
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    return int(row[0]) if row else 0
