"""Whether Quoth is in maintenance, which outlasts a restart."""

import time

import aiosqlite


class MaintenanceStore:
    """The table ``maintenance``: one row while it lasts, none otherwise."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def begin(self, sentence: str) -> None:
        """Start maintenance, or replace the sentence that askers are shown."""
        await self._connection.execute(
            "INSERT INTO maintenance (only, sentence, since) VALUES (1, ?, ?)"
            " ON CONFLICT (only) DO UPDATE SET sentence = excluded.sentence",
            (sentence, time.time()),
        )

    async def end(self) -> None:
        """End maintenance."""
        await self._connection.execute("DELETE FROM maintenance")

    async def sentence(self) -> str | None:
        """Return the sentence that askers are shown, which may be empty; None outside of maintenance."""
        async with self._connection.execute("SELECT sentence FROM maintenance") as cursor:
            row = await cursor.fetchone()
        return str(row[0]) if row else None

    async def size(self) -> int:
        """Return the size of the database in bytes."""
        sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        async with self._connection.execute(sql) as cursor:
            row = await cursor.fetchone()
        return int(row[0]) if row else 0
