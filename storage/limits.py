"""How much people may ask in a server, as its admins chose."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

import aiosqlite

from storage.cache import Cache

EVERYBODY = 0
"""The role id of the row that applies to all members of a guild."""


@dataclass(frozen=True, slots=True)
class Limits:
    """One row; None where nothing is set, 0 for no limit.

    ``per_person`` and ``per_server`` are asks within 24 hours, ``at_once`` is how many asks of a person may run at the
    same time, ``cooldown`` is in seconds between two asks of a person. ``files`` is how many files can go along with an
    ask, ``file_mb`` how many megabytes each can have. ``per_server`` is never set for a role.
    """

    per_person: int | None = None
    per_server: int | None = None
    at_once: int | None = None
    cooldown: int | None = None
    files: int | None = None
    file_mb: int | None = None


_COLUMNS = tuple(field.name for field in fields(Limits))


class LimitsStore:
    """The table ``limits``: a row for each guild and each role for which a limit is set."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._cache: Cache[int, Mapping[int, Limits]] = Cache()

    async def of(self, guild_id: int) -> Mapping[int, Limits]:
        """Return a guild's rows by the ids of their roles."""
        return await self._cache.read(guild_id, lambda: self._read(guild_id))

    async def _read(self, guild_id: int) -> Mapping[int, Limits]:
        sql = f"SELECT role_id, {', '.join(_COLUMNS)} FROM limits WHERE guild_id = ?"  # noqa: S608 - our own names
        rows = await self._connection.execute_fetchall(sql, (guild_id,))
        return {role: Limits(*values) for role, *values in rows}

    async def change(self, guild_id: int, role_id: int, limits: Limits) -> None:
        """Set the limits that are not None; the others of that row stay."""
        new = {name: value for name, value in asdict(limits).items() if value is not None}
        if not new:
            return
        names = ["guild_id", "role_id", *new]
        updates = ", ".join(f"{name} = excluded.{name}" for name in new)
        async with self._cache.changing(guild_id):
            await self._connection.execute(
                f"INSERT INTO limits ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - our own names
                f" ON CONFLICT (guild_id, role_id) DO UPDATE SET {updates}",
                (guild_id, role_id, *new.values()),
            )

    async def delete(self, guild_id: int, role_id: int) -> None:
        """Delete one row."""
        async with self._cache.changing(guild_id):
            sql = "DELETE FROM limits WHERE guild_id = ? AND role_id = ?"
            await self._connection.execute(sql, (guild_id, role_id))

    async def guilds(self) -> set[int]:
        """Return the guilds that have rows."""
        return {guild for (guild,) in await self._connection.execute_fetchall("SELECT DISTINCT guild_id FROM limits")}

    async def delete_guild(self, guild_id: int) -> None:
        """Delete all rows of a guild."""
        async with self._cache.changing(guild_id):
            await self._connection.execute("DELETE FROM limits WHERE guild_id = ?", (guild_id,))
