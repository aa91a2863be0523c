"""Which models a server's admins let its members use."""

from dataclasses import dataclass

import aiosqlite

from storage.cache import Cache


@dataclass(frozen=True, slots=True)
class Allowed:
    """One row: all that Quoth offers or not, and models by their names, among them such as nobody else is offered."""

    all_offered: bool = True
    names: tuple[str, ...] = ()


class AllowedStore:
    """The table ``allowed_models``: one row for each guild that changed what Quoth offers. No name has a newline."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._cache: Cache[int, Allowed] = Cache()

    async def of(self, guild_id: int) -> Allowed:
        """Return what is allowed in a guild."""
        return await self._cache.read(guild_id, lambda: self._read(guild_id))

    async def _read(self, guild_id: int) -> Allowed:
        sql = "SELECT all_offered, names FROM allowed_models WHERE guild_id = ?"
        for all_offered, names in await self._connection.execute_fetchall(sql, (guild_id,)):
            return Allowed(bool(all_offered), tuple(names.splitlines()))
        return Allowed()

    async def change(self, guild_id: int, allowed: Allowed) -> None:
        """Let this be all that is allowed in a guild."""
        async with self._cache.changing(guild_id):
            await self._connection.execute(
                "INSERT INTO allowed_models (guild_id, all_offered, names) VALUES (?, ?, ?) ON CONFLICT (guild_id)"
                " DO UPDATE SET all_offered = excluded.all_offered, names = excluded.names",
                (guild_id, allowed.all_offered, "\n".join(allowed.names)),
            )

    async def guilds(self) -> set[int]:
        """Return the guilds that have rows."""
        rows = await self._connection.execute_fetchall("SELECT guild_id FROM allowed_models")
        return {guild for (guild,) in rows}

    async def delete_guild(self, guild_id: int) -> None:
        """Forget what was allowed in a guild."""
        async with self._cache.changing(guild_id):
            await self._connection.execute("DELETE FROM allowed_models WHERE guild_id = ?", (guild_id,))
