"""All that is stored about one person, over all tables: to show it to them, and to delete it."""

import asyncio
import contextlib
import json
import sqlite3
from typing import Any

import aiosqlite

PERSONAL = {
    "asks": "asker_id = ?",
    "pages": "ask_id IN (SELECT id FROM asks WHERE asker_id = ?)",
    "readings": "ask_id IN (SELECT id FROM asks WHERE asker_id = ?)",
    "preferences": "scope = 'user' AND id = ?",
    "opt_outs": "user_id = ?",
}
"""The tables with rows about people, and which of them are about one."""
IMPERSONAL = frozenset({"watermarks"})
"""The tables without any."""
_KEPT = "opt_outs"  # a wish not to be read outlives all else: deleting must not undo it
_TRIES = 3  # each waits for readers as long as the connection does


class PeopleStore:
    """What is stored about people."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def about(self, user_id: int) -> dict[str, list[dict[str, Any]]]:
        """Return every row about a person, by tables; tables without one are left out."""
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
        """Delete every row about a person but the wish not to be read; returns how many rows of their own there were.

        Nothing of it is left in the files: what SQLite deletes it overwrites (secure_delete), and its log is emptied.
        """
        deleted = 0
        for table, which in PERSONAL.items():
            if table not in (_KEPT, "pages", "readings"):  # these go with their asks
                sql = f"DELETE FROM {table} WHERE {which}"  # noqa: S608 - our own names
                async with self._connection.execute(sql, (user_id,)) as cursor:
                    deleted += cursor.rowcount
        await self.clear_log()
        return deleted

    async def clear_log(self) -> bool:
        """Move the write-ahead log into the database and empty it; returns whether no reader prevented that."""
        for _ in range(_TRIES):
            with contextlib.suppress(sqlite3.OperationalError):  # something is being read at this moment
                rows = await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
                if [row[0] for row in rows] == [0]:
                    return True
            await asyncio.sleep(0.05)
        return False


def as_json(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Return rows as a text that people and programs can read; ids are texts, since they are too long for some."""
    text = {
        table: [{k: str(v) if k == "id" or k.endswith("_id") else v for k, v in row.items()} for row in found]
        for table, found in rows.items()
    }
    return json.dumps(text, indent=2, ensure_ascii=False)
