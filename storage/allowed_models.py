"""Which models the members of a server may use, as its admins chose."""

from collections.abc import Mapping
from dataclasses import dataclass

import aiosqlite

from storage.cache import Cache


@dataclass(frozen=True, slots=True)
class AllowedModels:
    """One row: whether all of Quoth's models are allowed, and the names of models that are allowed besides or alone.

    A name may be that of a model which is not in Quoth's own catalogue.
    """

    all_offered: bool = True
    names: tuple[str, ...] = ()


class AllowedModelsStore:
    """The tables ``allowed_models`` and ``role_models``: a row for each guild or role whose list its admins changed.

    No name has a newline.
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._cache: Cache[int, AllowedModels] = Cache()
        self._roles: Cache[int, Mapping[int, AllowedModels]] = Cache()

    async def of(self, guild_id: int) -> AllowedModels:
        """Return what is allowed in a guild; everything where its admins changed nothing."""
        return await self._cache.read(guild_id, lambda: self._read(guild_id))

    async def _read(self, guild_id: int) -> AllowedModels:
        sql = "SELECT all_offered, names FROM allowed_models WHERE guild_id = ?"
        for all_offered, names in await self._connection.execute_fetchall(sql, (guild_id,)):
            return AllowedModels(bool(all_offered), tuple(names.splitlines()))
        return AllowedModels()

    async def change(self, guild_id: int, allowed: AllowedModels) -> None:
        """Replace what is allowed in a guild."""
        async with self._cache.changing(guild_id):
            await self._connection.execute(
                "INSERT INTO allowed_models (guild_id, all_offered, names) VALUES (?, ?, ?) ON CONFLICT (guild_id)"
                " DO UPDATE SET all_offered = excluded.all_offered, names = excluded.names",
                (guild_id, allowed.all_offered, "\n".join(allowed.names)),
            )

    async def of_roles(self, guild_id: int) -> Mapping[int, AllowedModels]:
        """Return what is allowed to the members of a guild's roles, by the ids of those with a list."""
        return await self._roles.read(guild_id, lambda: self._read_roles(guild_id))

    async def _read_roles(self, guild_id: int) -> Mapping[int, AllowedModels]:
        sql = "SELECT role_id, all_offered, names FROM role_models WHERE guild_id = ?"
        rows = await self._connection.execute_fetchall(sql, (guild_id,))
        return {role: AllowedModels(bool(all_offered), tuple(names.splitlines())) for role, all_offered, names in rows}

    async def change_role(self, guild_id: int, role_id: int, allowed: AllowedModels) -> None:
        """Replace what is allowed to a role's members."""
        async with self._roles.changing(guild_id):
            await self._connection.execute(
                "INSERT INTO role_models (guild_id, role_id, all_offered, names) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (guild_id, role_id)"
                " DO UPDATE SET all_offered = excluded.all_offered, names = excluded.names",
                (guild_id, role_id, allowed.all_offered, "\n".join(allowed.names)),
            )

    async def delete_role(self, guild_id: int, role_id: int) -> None:
        """Delete a role's list: what is allowed in the guild is allowed to its members."""
        async with self._roles.changing(guild_id):
            sql = "DELETE FROM role_models WHERE guild_id = ? AND role_id = ?"
            await self._connection.execute(sql, (guild_id, role_id))

    async def guilds(self) -> set[int]:
        """Return the guilds that have rows."""
        sql = "SELECT guild_id FROM allowed_models UNION SELECT guild_id FROM role_models"
        rows = await self._connection.execute_fetchall(sql)
        return {guild for (guild,) in rows}

    async def delete_guild(self, guild_id: int) -> None:
        """Delete all rows of a guild."""
        async with self._cache.changing(guild_id), self._roles.changing(guild_id):
            await self._connection.execute("DELETE FROM allowed_models WHERE guild_id = ?", (guild_id,))
            await self._connection.execute("DELETE FROM role_models WHERE guild_id = ?", (guild_id,))
