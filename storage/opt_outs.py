"""Who opted out of being read."""

import time
from collections.abc import Collection

import aiosqlite


class OptOutsStore:
    """The table ``opt_outs``: people whose messages are not read as history."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def opt_out(self, user_id: int) -> bool:
        """Opt a person out; returns whether they were not before."""
        sql = "INSERT INTO opt_outs (user_id, since) VALUES (?, ?) ON CONFLICT DO NOTHING"
        async with self._connection.execute(sql, (user_id, time.time())) as cursor:
            return cursor.rowcount > 0

    async def opt_in(self, user_id: int) -> bool:
        """Opt a person in again; returns whether they had opted out."""
        async with self._connection.execute("DELETE FROM opt_outs WHERE user_id = ?", (user_id,)) as cursor:
            return cursor.rowcount > 0

    async def among(self, user_ids: Collection[int]) -> set[int]:
        """Return which of these people have opted out."""
        sql = f"SELECT user_id FROM opt_outs WHERE user_id IN ({', '.join('?' * len(user_ids))})"  # noqa: S608 - marks only
        async with self._connection.execute(sql, (*user_ids,)) as cursor:
            return {user_id for (user_id,) in await cursor.fetchall()}
