"""Everything that is stored about one person, in all tables: to show it to them and to delete it."""

import asyncio
import contextlib
import json
import logging
import sqlite3
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiosqlite

from storage.deletions import DeletionsStore
from storage.preferences import PreferencesStore
from storage.usage import UsageStore

log = logging.getLogger(__name__)

PERSONAL = {
    "asks": "asker_id = ?",
    "pages": "ask_id IN (SELECT id FROM asks WHERE asker_id = ?)",
    "readings": "ask_id IN (SELECT id FROM asks WHERE asker_id = ?)",
    "preferences": "scope = 'user' AND id = ?",
    "uses": "user_id = ?",
    "opt_outs": "user_id = ?",
    "deletions": "user_id = ?",
}
"""The tables with rows about people, each with the condition for the rows of one person."""
IMPERSONAL = frozenset(
    {
        "watermarks",
        "maintenance",
        "allowed_models",
        "role_models",
        "limits",
        "departures",
        "clock",
        "live_models",
        "last_seen",
    }
)
"""The tables without personal data."""
_DELETED = ("asks", "preferences", "uses")
"""The tables from which a person's rows are deleted; SQLite deletes those that depend on an ask with it."""
_DELETABLE = ("asks", "pages", "readings", "preferences")
"""The tables from which all of a person's rows are deleted. Of ``uses`` some stay, which limits count."""
_PUNCTUATION = 12  # bytes around a row of a document, and around its table
_AT_ONCE = 20  # rows in memory while they are exported
_TRIES = 3  # each waits for readers up to the connection's busy timeout


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did: how many ``rows``, without those that depend on an ask; ``erased`` from the disk or not."""

    rows: int
    erased: bool


class PersonalDataStore:
    """Rows about people, whatever table they are in.

    Args:
        connection: the database.
        preferences: has rows in memory, so it has to delete them itself.
        usage: likewise; it also knows which rows are still needed for limits.
        deletions: records each deletion.
    """

    def __init__(
        self,
        connection: aiosqlite.Connection,
        preferences: PreferencesStore,
        usage: UsageStore,
        deletions: DeletionsStore,
    ) -> None:
        self._connection = connection
        self._preferences = preferences
        self._usage = usage
        self._deletions = deletions

    async def counts(self, user_id: int) -> dict[str, int]:
        """Count the rows about a person by table; tables without any are left out."""
        return await self._count(user_id, PERSONAL)

    async def deletable(self, user_id: int) -> dict[str, int]:
        """Count the rows that ``delete`` would delete, by table; tables without any are left out."""
        counts = await self._count(user_id, _DELETABLE)
        uses = await self._usage.forgettable(user_id)
        return counts | ({"uses": uses} if uses else {})

    async def oldest_ask(self, user_id: int) -> float | None:
        """Return when a person's oldest ask was asked (Unix time); None if there is none."""
        sql = "SELECT min(asked_at) FROM asks WHERE asker_id = ?"
        return next((oldest for (oldest,) in await self._connection.execute_fetchall(sql, (user_id,))), None)

    async def export(self, user_id: int, limit: int) -> AsyncGenerator[bytes]:
        """Yield every row about a person, by table, as JSON documents in UTF-8.

        A document has at most ``limit`` bytes, unless a single row has more. Only one is in memory at a time. Ids are
        strings, because some programs lose digits of numbers that long.
        """
        part: dict[str, list[str]] = {}
        size = 0
        async for table, row in self._rows(user_id):
            size += (length := len(row.encode()) + len(table) + _PUNCTUATION)
            if size > limit and part:
                yield _document(part)
                part, size = {}, length
            part.setdefault(table, []).append(row)
        if part:
            yield _document(part)

    async def _rows(self, user_id: int) -> AsyncGenerator[tuple[str, str]]:
        """Yield the rows about a person as JSON, each with its table. No cursor is open while the caller works."""
        for table, which in PERSONAL.items():
            sql = f"SELECT * FROM {table} WHERE {which} LIMIT {_AT_ONCE} OFFSET ?"  # noqa: S608 - our own names
            offset, found = 0, _AT_ONCE
            while found == _AT_ONCE:
                async with self._connection.execute(sql, (user_id, offset)) as cursor:
                    names = [column[0] for column in cursor.description]
                    rows = list(await cursor.fetchall())
                for values in rows:
                    yield table, _as_json(dict(zip(names, values, strict=True)))
                offset, found = offset + len(rows), len(rows)

    async def delete(self, user_id: int, at: float | None = None) -> Deleted:
        """Delete what is stored about a person, and record that at ``at`` (Unix time, by default now).

        The opt-out stays, and so does the usage of the last 24 hours, which limits count. Nothing else is left in the
        files: SQLite overwrites what it deletes (secure_delete), and the write-ahead log is emptied.
        """
        # First, so that a restore deletes again what a crash keeps from being deleted here.
        await self._deletions.record(user_id, at)
        before = await self._count(user_id, _DELETED)
        await self._connection.execute("DELETE FROM asks WHERE asker_id = ?", (user_id,))
        await self._preferences.delete("user", user_id)
        await self._usage.forget(user_id)
        after = await self._count(user_id, _DELETED)
        return Deleted(sum(before.values()) - sum(after.values()), await self.clear_log())

    async def _count(self, user_id: int, tables: Collection[str]) -> dict[str, int]:
        counts = ", ".join(f"(SELECT count(*) FROM {table} WHERE {PERSONAL[table]})" for table in tables)  # noqa: S608 - our own names
        for row in await self._connection.execute_fetchall(f"SELECT {counts}", [user_id] * len(tables)):
            return {table: count for table, count in zip(tables, row, strict=True) if count}
        return {}

    async def clear_log(self) -> bool:
        """Move the write-ahead log into the database and empty it; returns False, and logs it, if readers prevent that.

        Deleted rows stay readable in the log until it is emptied.
        """
        for _ in range(_TRIES):
            with contextlib.suppress(sqlite3.OperationalError):  # a reader is active
                rows = await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
                if [row[0] for row in rows] == [0]:
                    return True
            await asyncio.sleep(0.05)
        log.warning(
            "Could not empty the database's write-ahead log, in which deleted data remains: another program is reading "
            "the database. Close it. Quoth tries again at the next deletion, once an hour and at the start."
        )
        return False


def _as_json(row: Mapping[str, Any]) -> str:
    ids = {name: str(value) for name, value in row.items() if name == "id" or name.endswith("_id")}
    return json.dumps({**row, **ids}, ensure_ascii=False)


def _document(rows: Mapping[str, Sequence[str]]) -> bytes:
    between = ",\n"
    tables = between.join(f'"{table}": [\n{between.join(found)}\n]' for table, found in rows.items())
    return f"{{\n{tables}\n}}\n".encode()
