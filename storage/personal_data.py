"""Everything that is stored about one person, in all tables: to show it to them and to delete it."""

import asyncio
import contextlib
import json
import logging
import sqlite3
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
IMPERSONAL = frozenset({"watermarks", "maintenance", "allowed_models", "limits", "departures"})
"""The tables without personal data."""
_DELETED = ("asks", "preferences", "uses")
"""The tables from which a person's rows are deleted; SQLite deletes those that depend on an ask with it."""
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

    async def about(self, user_id: int) -> dict[str, list[dict[str, Any]]]:
        """Return every row about a person by table; tables without any are left out."""
        found: dict[str, list[dict[str, Any]]] = {}
        for table, which in PERSONAL.items():
            sql = f"SELECT * FROM {table} WHERE {which}"  # noqa: S608 - our own names
            async with self._connection.execute(sql, (user_id,)) as cursor:
                names = [column[0] for column in cursor.description]
                rows = [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]
            if rows:
                found[table] = rows
        return found

    async def delete(self, user_id: int, at: float | None = None) -> Deleted:
        """Delete what is stored about a person, and record that at ``at`` (Unix time, by default now).

        The opt-out stays, and so does the usage of the last 24 hours, which limits count. Nothing else is left in the
        files: SQLite overwrites what it deletes (secure_delete), and the write-ahead log is emptied.
        """
        # First, so that a restore deletes again what a crash keeps from being deleted here.
        await self._deletions.record(user_id, at)
        before = await self._count(user_id)
        await self._connection.execute("DELETE FROM asks WHERE asker_id = ?", (user_id,))
        await self._preferences.delete("user", user_id)
        await self._usage.forget(user_id)
        return Deleted(before - await self._count(user_id), await self.clear_log())

    async def _count(self, user_id: int) -> int:
        """Count the rows about a person that a deletion can delete."""
        counts = " + ".join(f"(SELECT count(*) FROM {table} WHERE {PERSONAL[table]})" for table in _DELETED)  # noqa: S608 - our own names
        for (count,) in await self._connection.execute_fetchall(f"SELECT {counts}", [user_id] * len(_DELETED)):
            return int(count)
        return 0

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
            "the database. Close it. Quoth tries again at the next deletion, once a day and at the start."
        )
        return False


def as_json(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Return rows as JSON. Ids are strings, because some programs lose digits of numbers that long."""
    text = {
        table: [{k: str(v) if k == "id" or k.endswith("_id") else v for k, v in row.items()} for row in found]
        for table, found in rows.items()
    }
    return json.dumps(text, indent=2, ensure_ascii=False)
