"""Which servers Quoth has left, so that their data is deleted after a while."""

import time
from collections.abc import Collection
from typing import Protocol

import aiosqlite


class GuildTable(Protocol):
    """A table with rows that belong to guilds."""

    async def guilds(self) -> set[int]:
        """Return the guilds that have rows."""
        ...

    async def delete_guild(self, guild_id: int) -> None:
        """Delete a guild's rows."""
        ...


class DepartedGuildsStore:
    """The table ``departures``.

    Args:
        connection: the database.
        tables: the tables whose rows are deleted with a guild.
    """

    def __init__(self, connection: aiosqlite.Connection, *tables: GuildTable) -> None:
        self._connection = connection
        self._tables = tables

    async def left(self, guild_id: int, at: float | None = None) -> None:
        """Record that Quoth left a guild at ``at`` (Unix time, by default now); an earlier record stays."""
        sql = "INSERT INTO departures (guild_id, left_at) VALUES (?, ?) ON CONFLICT (guild_id) DO NOTHING"
        await self._connection.execute(sql, (guild_id, time.time() if at is None else at))

    async def joined(self, guild_id: int) -> None:
        """Record that Quoth is in a guild."""
        await self._connection.execute("DELETE FROM departures WHERE guild_id = ?", (guild_id,))

    async def reconcile(self, guilds: Collection[int]) -> None:
        """Record joins and departures that happened while Quoth was offline; ``guilds`` are all that it is in now."""
        for guild in await self._left_before(float("inf")) & set(guilds):
            await self.joined(guild)
        for table in self._tables:
            for guild in await table.guilds() - set(guilds):
                await self.left(guild)

    async def delete_old(self, before: float) -> int:
        """Delete all data of guilds that Quoth left before a Unix time; returns how many guilds."""
        gone = await self._left_before(before)
        for guild in gone:
            for table in self._tables:
                await table.delete_guild(guild)
            await self.joined(guild)  # last, so that a crash before it only means that the work is done again
        return len(gone)

    async def _left_before(self, before: float) -> set[int]:
        sql = "SELECT guild_id FROM departures WHERE left_at < ?"
        return {guild for (guild,) in await self._connection.execute_fetchall(sql, (before,))}
