"""What was chosen for a server, a channel or a person."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeAlias

import aiosqlite

from storage.cache import Cache

Scope: TypeAlias = Literal["guild", "channel", "user"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """One row; None where nothing was chosen.

    ``model`` is a model's name; ``history`` how many of a channel's latest messages go along, 0 for none; ``thinking``
    what becomes of a model's thoughts (kept, folded, hidden); ``private`` whether only the asker sees an answer;
    ``every_message`` whether every message in a channel is answered; ``finish_ping`` whether the asker is told when a
    long answer is done; ``language`` a language that Quoth speaks.
    """

    model: str | None = None
    history: int | None = None
    thinking: str | None = None
    private: bool | None = None
    every_message: bool | None = None
    finish_ping: bool | None = None
    language: str | None = None


_COLUMNS = tuple(field.name for field in fields(Preferences))
_SWITCHES = {"private", "every_message", "finish_ping"}


class PreferencesStore:
    """The table ``preferences``: one row for each guild, channel or user for which something was chosen."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._cache: Cache[tuple[Scope, int], Preferences] = Cache()

    async def of(self, scope: Scope, id_: int) -> Preferences:
        """Return what was chosen there; where nothing was, all is None."""
        return await self._cache.read((scope, id_), lambda: self._read(scope, id_))

    async def of_all(self, keys: Sequence[tuple[Scope, int]]) -> list[Preferences]:
        """Return what was chosen in several places; what has to be read is asked for at once, not in turn."""
        missing = [key for key in keys if key not in self._cache]
        if len(missing) > 1:
            await asyncio.gather(*(self.of(*key) for key in missing))
        return [await self.of(*key) for key in keys]

    async def _read(self, scope: Scope, id_: int) -> Preferences:
        sql = f"SELECT {', '.join(_COLUMNS)} FROM preferences WHERE scope = ? AND id = ?"  # noqa: S608 - our own names
        rows = [*await self._connection.execute_fetchall(sql, (scope, id_))]
        if not rows:
            return Preferences()
        values: dict[str, Any] = dict(zip(_COLUMNS, rows[0], strict=True))
        for name in _SWITCHES:
            values[name] = None if values[name] is None else bool(values[name])
        return Preferences(**values)

    async def change(self, scope: Scope, id_: int, guild_id: int | None, chosen: Preferences) -> None:
        """Choose what is not None in ``chosen``; all else there stays.

        Args:
            scope: whose choice it is.
            id_: the guild's, channel's or user's id.
            guild_id: the guild to which a guild's or channel's row belongs; None for a person's.
            chosen: the new values.
        """
        new = {name: value for name, value in asdict(chosen).items() if value is not None}
        if not new:
            return
        names = ["scope", "id", "guild_id", *new]
        updates = ", ".join(f"{name} = excluded.{name}" for name in new)
        async with self._cache.changing((scope, id_)):
            await self._connection.execute(
                f"INSERT INTO preferences ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - our own names
                f" ON CONFLICT (scope, id) DO UPDATE SET {updates}",
                (scope, id_, guild_id, *new.values()),
            )

    async def reset(self, scope: Scope, id_: int, *names: str) -> None:
        """Take choices back, by the names of their fields."""
        reset = ", ".join(f"{name} = NULL" for name in _COLUMNS if name in names)
        if reset:
            async with self._cache.changing((scope, id_)):
                sql = f"UPDATE preferences SET {reset} WHERE scope = ? AND id = ?"  # noqa: S608 - our own names
                await self._connection.execute(sql, (scope, id_))

    async def delete(self, scope: Scope, id_: int) -> None:
        """Forget all that was chosen there."""
        async with self._cache.changing((scope, id_)):
            await self._connection.execute("DELETE FROM preferences WHERE scope = ? AND id = ?", (scope, id_))

    async def guilds(self) -> set[int]:
        """Return the guilds that have rows."""
        sql = "SELECT DISTINCT guild_id FROM preferences WHERE guild_id IS NOT NULL"
        async with self._connection.execute(sql) as cursor:
            return {guild for (guild,) in await cursor.fetchall()}

    async def delete_guild(self, guild_id: int) -> None:
        """Forget all that was chosen for a guild and its channels."""
        try:
            await self._connection.execute("DELETE FROM preferences WHERE guild_id = ?", (guild_id,))
        finally:
            self._cache.clear()
