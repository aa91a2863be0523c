"""What Poe was asked, by whom and where, without any text: for limits and for usage figures."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiosqlite

from storage.cache import Cache

DAY = 24 * 3600.0
_RECENT = 5  # recently used models of a person


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One ask that Poe took or is about to take; in a DM ``guild_id`` is the person's own id."""

    id: int
    guild_id: int
    user_id: int
    model: str
    used_at: float


@dataclass(frozen=True, slots=True)
class UsageLimits:
    """How much may be used; 0 is no limit. ``cooldown`` is in seconds, the others count within 24 hours."""

    per_person: int = 0
    per_server: int = 0
    cooldown: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """How often a model was asked on one day, given as the number of UTC days since 1970."""

    day: int
    model: str
    asks: int


@dataclass(frozen=True, slots=True)
class RetryTimes:
    """When each limit allows the next ask (Unix time); 0 if it does already."""

    per_person: float
    per_server: float
    cooldown: float


class TakenBeforeError(Exception):
    """This ask has a use already, so that there is nothing to decide."""


# One more ask may follow a day after the n-th latest one, n being the limit.
_RETRY_TIMES = (
    "CASE WHEN :per_person > 0 THEN (SELECT used_at + :day FROM uses WHERE guild_id = :guild AND user_id = :user"
    " ORDER BY used_at DESC LIMIT 1 OFFSET :per_person - 1) END",
    "CASE WHEN :per_server > 0 THEN (SELECT used_at + :day FROM uses WHERE guild_id = :guild"
    " ORDER BY used_at DESC LIMIT 1 OFFSET :per_server - 1) END",
    "CASE WHEN :cooldown > 0 THEN (SELECT used_at + :cooldown FROM uses WHERE guild_id = :guild AND user_id = :user"
    " ORDER BY used_at DESC LIMIT 1) END",
)
_WITHIN_LIMITS = " AND ".join(f"coalesce({sql}, 0) <= :at" for sql in _RETRY_TIMES)
_ALL_RETRY_TIMES = ", ".join(f"coalesce({sql}, 0)" for sql in _RETRY_TIMES)


class UsageStore:
    """The table ``uses``."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._recent: Cache[int, tuple[str, ...]] = Cache()

    async def take(self, use: UsageRow, limits: UsageLimits) -> RetryTimes | None:
        """Record a use unless a limit is reached: in one statement, so that concurrent asks can't exceed a limit.

        Returns:
            None if it was recorded, else when the next ask is allowed.

        Raises:
            TakenBeforeError: it was recorded before.
        """
        values = _values(use, limits)
        async with self._recent.changing(use.user_id):
            cursor = await self._connection.execute(
                "INSERT INTO uses (id, guild_id, user_id, model, used_at)"
                f" SELECT :id, :guild, :user, :model, :at WHERE {_WITHIN_LIMITS} ON CONFLICT (id) DO NOTHING",
                values,
            )
        if cursor.rowcount:
            return None
        if await self._connection.execute_fetchall("SELECT 1 FROM uses WHERE id = ?", (use.id,)):
            raise TakenBeforeError
        sql = f"SELECT {_ALL_RETRY_TIMES}"
        for row in await self._connection.execute_fetchall(sql, values):
            return RetryTimes(*row)
        return None

    async def give_back(self, id_: int, user_id: int) -> None:
        """Delete the record of an ask that Poe did not take after all."""
        async with self._recent.changing(user_id):
            await self._connection.execute("DELETE FROM uses WHERE id = ?", (id_,))

    async def recent(self, user_id: int) -> tuple[str, ...]:
        """Return the models that a person used last, the latest first."""
        return await self._recent.read(user_id, lambda: self._read_recent(user_id))

    async def _read_recent(self, user_id: int) -> tuple[str, ...]:
        sql = "SELECT model FROM uses WHERE user_id = ? GROUP BY model ORDER BY max(used_at) DESC LIMIT ?"
        return tuple(name for (name,) in await self._connection.execute_fetchall(sql, (user_id, _RECENT)))

    async def counted(self, after: float, guild_id: int, user_id: int | None = None) -> Sequence[Count]:
        """Count the asks in a guild after a Unix time: everybody's, or one person's."""
        sql = (
            "SELECT CAST(used_at / ? AS INTEGER) AS day, model, count(*) FROM uses WHERE guild_id = ? AND used_at > ?"
            " AND (? IS NULL OR user_id = ?) GROUP BY day, model ORDER BY day, model"
        )
        rows = await self._connection.execute_fetchall(sql, (DAY, guild_id, after, user_id, user_id))
        return [Count(*row) for row in rows]

    async def delete_old(self, before: float) -> int:
        """Delete rows from before a Unix time; returns how many."""
        cursor = await self._connection.execute("DELETE FROM uses WHERE used_at < ?", (before,))
        self._recent.clear()
        return cursor.rowcount

    async def forget(self, user_id: int) -> int:
        """Delete a person's rows, except those of the last day, which limits count; returns how many."""
        async with self._recent.changing(user_id):
            sql = "DELETE FROM uses WHERE user_id = ? AND used_at < ?"
            cursor = await self._connection.execute(sql, (user_id, time.time() - DAY))
        return cursor.rowcount

    async def guilds(self) -> set[int]:
        """Return no guild: these rows expire by age, and the ids of DMs are no guilds that could be left."""
        return set()

    async def delete_guild(self, guild_id: int) -> None:
        """Delete a guild's rows."""
        await self._connection.execute("DELETE FROM uses WHERE guild_id = ?", (guild_id,))
        self._recent.clear()


def _values(use: UsageRow, limits: UsageLimits) -> dict[str, object]:
    return {
        "id": use.id,
        "guild": use.guild_id,
        "user": use.user_id,
        "model": use.model,
        "at": use.used_at,
        "per_person": limits.per_person,
        "per_server": limits.per_server,
        "cooldown": limits.cooldown,
        "day": DAY,
    }
