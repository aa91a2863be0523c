"""Whether Quoth is in maintenance, which a restart does not end."""

import time

import aiosqlite


class MaintenanceStore:
    """The table ``maintenance``: one row while it lasts, none otherwise."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def begin(self, sentence: str) -> None:
        """Let maintenance begin, or go on with another sentence for those who ask meanwhile."""
        await self._connection.execute(
            "INSERT INTO maintenance (only, sentence, since) VALUES (1, ?, ?)"
            " ON CONFLICT (only) DO UPDATE SET sentence = excluded.sentence",
            (sentence, time.time()),
        )

    async def end(self) -> None:
        """Let it be over."""
        await self._connection.execute("DELETE FROM maintenance")

    async def sentence(self) -> str | None:
        """Return what people who ask are told, which may be empty; None while there is no maintenance."""
        async with self._connection.execute("SELECT sentence FROM maintenance") as cursor:
            row = await cursor.fetchone()
        return str(row[0]) if row else None

    async def size(self) -> int:
        """Return how large the database is, in bytes."""
        sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        async with self._connection.execute(sql) as cursor:
            row = await cursor.fetchone()
        return int(row[0]) if row else 0
