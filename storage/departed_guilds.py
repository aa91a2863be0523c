"""Which servers Quoth is no longer in, so that what it keeps of them goes after a while."""

import time
from collections.abc import Collection
from typing import Protocol

import aiosqlite


class OfGuilds(Protocol):
    """A table with rows that belong to guilds."""

    async def guilds(self) -> set[int]:
        """Return the guilds that have rows."""
        ...

    async def delete_guild(self, guild_id: int) -> None:
        """Forget a guild's rows."""
        ...


class DeparturesStore:
    """The table ``departures``.

    Args:
        connection: the database.
        tables: the tables whose rows go with a guild.
    """

    def __init__(self, connection: aiosqlite.Connection, *tables: OfGuilds) -> None:
        self._connection = connection
        self._tables = tables

    async def left(self, guild_id: int, at: float | None = None) -> None:
        """Know that Quoth is no longer in a guild since ``at`` (Unix time, by default now), or since it was known."""
        sql = "INSERT INTO departures (guild_id, left_at) VALUES (?, ?) ON CONFLICT (guild_id) DO NOTHING"
        await self._connection.execute(sql, (guild_id, time.time() if at is None else at))

    async def joined(self, guild_id: int) -> None:
        """Know that Quoth is in a guild."""
        await self._connection.execute("DELETE FROM departures WHERE guild_id = ?", (guild_id,))

    async def here(self, guilds: Collection[int]) -> None:
        """Know all guilds that Quoth is in: what happened while it was away is made up for."""
        for guild in await self._left_before(float("inf")) & set(guilds):
            await self.joined(guild)
        for table in self._tables:
            for guild in await table.guilds() - set(guilds):
                await self.left(guild)

    async def delete_old(self, before: float) -> int:
        """Forget all about guilds that Quoth left before a Unix time; returns how many."""
        gone = await self._left_before(before)
        for guild in gone:
            for table in self._tables:
                await table.delete_guild(guild)
            await self.joined(guild)  # the mark goes last, so that a crash before it only leaves work to do again
        return len(gone)

    async def _left_before(self, before: float) -> set[int]:
        sql = "SELECT guild_id FROM departures WHERE left_at < ?"
        return {guild for (guild,) in await self._connection.execute_fetchall(sql, (before,))}
