"""Everything that is stored about one person, in all tables: to show it to them and to delete it."""

import asyncio
import contextlib
import json
import sqlite3
from typing import Any

import aiosqlite

from storage.preferences import PreferencesStore
from storage.usage import UsageStore

PERSONAL = {
    "asks": "asker_id = ?",
    "pages": "ask_id IN (SELECT id FROM asks WHERE asker_id = ?)",
    "readings": "ask_id IN (SELECT id FROM asks WHERE asker_id = ?)",
    "preferences": "scope = 'user' AND id = ?",
    "uses": "user_id = ?",
    "opt_outs": "user_id = ?",
}
"""The tables with rows about people, each with the condition for the rows of one person."""
IMPERSONAL = frozenset({"watermarks", "maintenance", "allowed_models", "limits", "departures"})
"""The tables without personal data."""
_WITH_ASKS = ("pages", "readings")  # SQLite deletes these rows with their ask
_TRIES = 3  # each waits for readers up to the connection's busy timeout


class PersonalDataStore:
    """Rows about people, whatever table they are in.

    Args:
        connection: the database.
        preferences: has rows in memory, so it has to delete them itself.
        usage: likewise; it also knows which rows are still needed for limits.
    """

    def __init__(self, connection: aiosqlite.Connection, preferences: PreferencesStore, usage: UsageStore) -> None:
        self._connection = connection
        self._preferences = preferences
        self._usage = usage

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

    async def delete(self, user_id: int) -> int:
        """Delete what is stored about a person; returns how many rows, without those that only depend on an ask.

        The opt-out stays, and so does the usage of the last 24 hours, which limits count. Nothing else is left in the
        files: SQLite overwrites what it deletes (secure_delete), and the write-ahead log is emptied.
        """
        before = await self._own(user_id)
        await self._connection.execute("DELETE FROM asks WHERE asker_id = ?", (user_id,))
        await self._preferences.delete("user", user_id)
        await self._usage.forget(user_id)
        await self.clear_log()
        return before - await self._own(user_id)

    async def _own(self, user_id: int) -> int:
        """Count the rows about a person, without those that only depend on an ask."""
        return sum(len(rows) for table, rows in (await self.about(user_id)).items() if table not in _WITH_ASKS)

    async def clear_log(self) -> bool:
        """Move the write-ahead log into the database and empty it; returns False if readers prevented that."""
        for _ in range(_TRIES):
            with contextlib.suppress(sqlite3.OperationalError):  # a reader is active
                rows = await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
                if [row[0] for row in rows] == [0]:
                    return True
            await asyncio.sleep(0.05)
        return False


def as_json(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Return rows as JSON. Ids are strings, because some programs lose digits of numbers that long."""
    text = {
        table: [{k: str(v) if k == "id" or k.endswith("_id") else v for k, v in row.items()} for row in found]
        for table, found in rows.items()
    }
    return json.dumps(text, indent=2, ensure_ascii=False)
