"""What Poe was asked, by whom and where, without a word of it: for limits, and to see who asks what how often."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiosqlite

from storage.cache import Cache

DAY = 24 * 3600.0
_RECENT = 5  # models that are offered to a person again


@dataclass(frozen=True, slots=True)
class UseRow:
    """One ask that Poe took or is about to take; ``guild_id`` is the person's own id in a DM."""

    id: int
    guild_id: int
    user_id: int
    model: str
    used_at: float


@dataclass(frozen=True, slots=True)
class Room:
    """How much may be used; 0 is no limit. ``cooldown`` is in seconds, the others count within 24 hours."""

    per_person: int = 0
    per_server: int = 0
    cooldown: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """How often a model was asked on one day, which is counted in days of UTC since 1970."""

    day: int
    model: str
    asks: int


@dataclass(frozen=True, slots=True)
class Free:
    """From when (Unix time) each limit leaves room again; 0 where it has some."""

    per_person: float
    per_server: float
    cooldown: float


# The n-th latest use tells when one more may follow: a day after it.
_FREE = (
    "CASE WHEN :per_person > 0 THEN (SELECT used_at + :day FROM uses WHERE guild_id = :guild AND user_id = :user"
    " ORDER BY used_at DESC LIMIT 1 OFFSET :per_person - 1) END",
    "CASE WHEN :per_server > 0 THEN (SELECT used_at + :day FROM uses WHERE guild_id = :guild"
    " ORDER BY used_at DESC LIMIT 1 OFFSET :per_server - 1) END",
    "CASE WHEN :cooldown > 0 THEN (SELECT used_at + :cooldown FROM uses WHERE guild_id = :guild AND user_id = :user"
    " ORDER BY used_at DESC LIMIT 1) END",
)
_ROOM_LEFT = " AND ".join(f"coalesce({sql}, 0) <= :at" for sql in _FREE)
_ALL_FREE = ", ".join(f"coalesce({sql}, 0)" for sql in _FREE)


class UsesStore:
    """The table ``uses``."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._recent: Cache[int, tuple[str, ...]] = Cache()

    async def take(self, use: UseRow, room: Room) -> Free | None:
        """Note a use if there is room for it: one statement, so that of two at once only one gets the last place.

        Returns:
            None if it was noted, else when there is room again.
        """
        values = _values(use, room)
        async with self._recent.changing(use.user_id):
            cursor = await self._connection.execute(
                "INSERT INTO uses (id, guild_id, user_id, model, used_at)"
                f" SELECT :id, :guild, :user, :model, :at WHERE {_ROOM_LEFT} ON CONFLICT (id) DO NOTHING",
                values,
            )
        if cursor.rowcount:
            return None
        sql = f"SELECT {_ALL_FREE}"
        for row in await self._connection.execute_fetchall(sql, values):
            return Free(*row)
        return None

    async def give_back(self, id_: int, user_id: int) -> None:
        """Know that a use did not come to pass."""
        async with self._recent.changing(user_id):
            await self._connection.execute("DELETE FROM uses WHERE id = ?", (id_,))

    async def recent(self, user_id: int) -> tuple[str, ...]:
        """Return the models that a person used last, the latest first."""
        return await self._recent.read(user_id, lambda: self._read_recent(user_id))

    async def _read_recent(self, user_id: int) -> tuple[str, ...]:
        sql = "SELECT model FROM uses WHERE user_id = ? GROUP BY model ORDER BY max(used_at) DESC LIMIT ?"
        return tuple(name for (name,) in await self._connection.execute_fetchall(sql, (user_id, _RECENT)))

    async def counted(self, after: float, guild_id: int, user_id: int | None = None) -> Sequence[Count]:
        """Count the uses in a guild after a Unix time, or one person's there."""
        sql = (
            "SELECT CAST(used_at / ? AS INTEGER) AS day, model, count(*) FROM uses WHERE guild_id = ? AND used_at > ?"
            " AND (? IS NULL OR user_id = ?) GROUP BY day, model ORDER BY day, model"
        )
        rows = await self._connection.execute_fetchall(sql, (DAY, guild_id, after, user_id, user_id))
        return [Count(*row) for row in rows]

    async def delete_old(self, before: float) -> int:
        """Forget uses before a Unix time; returns how many."""
        cursor = await self._connection.execute("DELETE FROM uses WHERE used_at < ?", (before,))
        self._recent.clear()
        return cursor.rowcount

    async def forget(self, user_id: int) -> int:
        """Forget a person's uses, but for those of the last day, which count for limits; returns how many."""
        async with self._recent.changing(user_id):
            sql = "DELETE FROM uses WHERE user_id = ? AND used_at < ?"
            cursor = await self._connection.execute(sql, (user_id, time.time() - DAY))
        return cursor.rowcount

    async def guilds(self) -> set[int]:
        """Return no guild: all of these rows go with time, and direct messages have no guild that could be left."""
        return set()

    async def delete_guild(self, guild_id: int) -> None:
        """Forget a guild's uses."""
        await self._connection.execute("DELETE FROM uses WHERE guild_id = ?", (guild_id,))
        self._recent.clear()


def _values(use: UseRow, room: Room) -> dict[str, object]:
    return {
        "id": use.id,
        "guild": use.guild_id,
        "user": use.user_id,
        "model": use.model,
        "at": use.used_at,
        "per_person": room.per_person,
        "per_server": room.per_server,
        "cooldown": room.cooldown,
        "day": DAY,
    }
