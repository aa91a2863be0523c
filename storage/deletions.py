"""Who deleted their data, so that it is deleted again when an older copy of the database is restored."""

import time
from collections.abc import Collection

import aiosqlite


class DeletionsStore:
    """The table ``deletions``: a person's id and when they last deleted their data."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def record(self, user_id: int, at: float | None = None) -> None:
        """Record a deletion at ``at`` (Unix time, by default now); a later one of the same person stays."""
        await self._connection.execute(
            "INSERT INTO deletions (user_id, deleted_at) VALUES (?, ?)"
            " ON CONFLICT (user_id) DO UPDATE SET deleted_at = max(deleted_at, excluded.deleted_at)",
            (user_id, time.time() if at is None else at),
        )

    async def since(self, people: Collection[int], moment: float) -> set[int]:
        """Return which of these people have deleted their data since a Unix time."""
        sql = f"SELECT user_id FROM deletions WHERE deleted_at >= ? AND user_id IN ({', '.join('?' * len(people))})"  # noqa: S608 - marks only
        return {user_id for (user_id,) in await self._connection.execute_fetchall(sql, (moment, *people))}

    async def delete_old(self, before: float) -> None:
        """Delete the records from before a Unix time: by then only copies older than that have the person's asks."""
        await self._connection.execute("DELETE FROM deletions WHERE deleted_at < ?", (before,))
