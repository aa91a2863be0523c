"""What Poe was asked, by whom and where, without any text: for limits and for usage figures."""

import logging
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import aiosqlite

from storage.cache import Cache

log = logging.getLogger(__name__)

DAY = 24 * 3600.0
_RECENT = 5  # recently used models of a person
_AHEAD = 60.0  # seconds; asks come nearly at once, but uses later than that are from before the clock was set back


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One ask that Poe took or is about to take; ``guild_id`` is that of ``bot.conversation.Asker``."""

    id: int
    guild_id: int
    user_id: int
    model: str
    used_at: float


@dataclass(frozen=True, slots=True)
class UsageLimits:
    """How much may be used; 0 is no limit.

    ``cooldown`` is in seconds between two uses of a person in a guild. The others count within 24 hours: a person's
    uses in a guild, a guild's uses, and a person's uses in all guilds.
    """

    per_person: int = 0
    per_server: int = 0
    cooldown: int = 0
    per_person_total: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """How often a model was asked on one day, given as the number of UTC days since 1970."""

    day: int
    model: str
    asks: int


@dataclass(frozen=True, slots=True)
class RetryTimes:
    """When each limit allows the next ask (Unix time), at most its window from now; 0 if it does already."""

    per_person: float
    per_server: float
    cooldown: float
    per_person_total: float


class TakenBeforeError(Exception):
    """This ask has a use already, so that there is nothing to decide."""


def _retry_times(uses: str) -> tuple[str, ...]:
    """Return the SQL expressions of ``RetryTimes`` over a table: NULL where there is no limit, or room."""
    mine, ours, all_of_mine = "guild_id = :guild AND user_id = :user", "guild_id = :guild", "user_id = :user"

    def after(window: str, whose: str, offset: str) -> str:
        # One more ask may follow a window after the n-th latest one, n being the limit.
        return (
            f"(SELECT min(used_at, :at) + :{window} FROM {uses} WHERE {whose} AND used_at <= :at + {_AHEAD}"  # noqa: S608 - our own names
            f" ORDER BY used_at DESC LIMIT 1 OFFSET {offset})"
        )

    return (
        f"CASE WHEN :per_person > 0 THEN {after('day', mine, ':per_person - 1')} END",
        f"CASE WHEN :per_server > 0 THEN {after('day', ours, ':per_server - 1')} END",
        f"CASE WHEN :cooldown > 0 THEN {after('cooldown', mine, '0')} END",
        f"CASE WHEN :per_person_total > 0 THEN {after('day', all_of_mine, ':per_person_total - 1')} END",
    )


def _take(table: str, uses: str) -> str:
    """Return the SQL that records a use in a table, unless a limit is reached by those in ``uses``."""
    within_limits = " AND ".join(f"coalesce({sql}, 0) <= :at" for sql in _retry_times(uses))
    return (
        f"INSERT INTO {table} ({_COLUMNS}) SELECT :id, :guild, :user, :model, :at WHERE {within_limits}"
        " ON CONFLICT (id) DO NOTHING"
    )


def _retry(uses: str) -> str:
    """Return the SQL that reads ``RetryTimes``."""
    return "SELECT " + ", ".join(f"coalesce({sql}, 0)" for sql in _retry_times(uses))


_COLUMNS = "id, guild_id, user_id, model, used_at"
# Uses that could not be written. The table is in memory: see temp_store in storage.database.
_CREATE_UNWRITTEN = (
    "CREATE TEMP TABLE IF NOT EXISTS unwritten"
    " (id INTEGER PRIMARY KEY, guild_id INTEGER, user_id INTEGER, model TEXT, used_at REAL)"
)
_WRITE = (
    f"INSERT INTO uses ({_COLUMNS}) SELECT {_COLUMNS} FROM unwritten WHERE true ON CONFLICT (id) DO NOTHING;"  # noqa: S608 - our own names
    " DELETE FROM unwritten"
)
_WITH_UNWRITTEN = f"(SELECT {_COLUMNS} FROM uses UNION ALL SELECT {_COLUMNS} FROM unwritten)"  # noqa: S608 - our own names
_TAKE, _TAKE_UNWRITTEN = _take("uses", "uses"), _take("unwritten", _WITH_UNWRITTEN)
_RETRY, _RETRY_WITH_UNWRITTEN = _retry("uses"), _retry(_WITH_UNWRITTEN)
_KNOWN, _KNOWN_WITH_UNWRITTEN = (f"SELECT 1 FROM {uses} WHERE id = :id" for uses in ("uses", _WITH_UNWRITTEN))  # noqa: S608 - our own names
_FORGETTABLE = "user_id = ? AND used_at NOT BETWEEN ? AND ?"


class UsageStore:
    """The table ``uses``, and in memory the uses that could not be written to it: limits count both."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._recent: Cache[int, tuple[str, ...]] = Cache()
        self._unwritten = False

    async def take(self, use: UsageRow, limits: UsageLimits) -> RetryTimes | None:
        """Record a use unless a limit is reached: in one statement, so that concurrent asks can't exceed a limit.

        Returns:
            None if it was recorded, else when the next ask is allowed.

        Raises:
            TakenBeforeError: it was recorded before.
            DatabaseFailure: the table can be neither written nor read.
        """
        values = _values(use, limits)
        async with self._recent.changing(use.user_id):
            try:
                await self._write_unwritten()
                cursor = await self._connection.execute(_TAKE, values)
                known, retry = _KNOWN, _RETRY
            except sqlite3.Error as error:
                log.error("A use can't be written and is counted in memory: %s", error)
                await self._connection.execute(_CREATE_UNWRITTEN)
                cursor = await self._connection.execute(_TAKE_UNWRITTEN, values)
                self._unwritten, known, retry = True, _KNOWN_WITH_UNWRITTEN, _RETRY_WITH_UNWRITTEN
        if cursor.rowcount:
            return None
        if await self._connection.execute_fetchall(known, values):
            raise TakenBeforeError
        return await self._read_retry(retry, values)

    async def retry_times(self, use: UsageRow, limits: UsageLimits) -> RetryTimes | None:
        """Return when a use is allowed, without recording it; None if it is now.

        Raises:
            DatabaseFailure: the table can't be read.
        """
        retry = await self._read_retry(_RETRY_WITH_UNWRITTEN if self._unwritten else _RETRY, _values(use, limits))
        return retry if retry and max(astuple(retry)) > use.used_at else None

    async def _read_retry(self, sql: str, values: dict[str, object]) -> RetryTimes | None:
        for row in await self._connection.execute_fetchall(sql, values):
            return RetryTimes(*row)
        return None

    async def _write_unwritten(self) -> None:
        """Write the uses that could not be written before."""
        if not self._unwritten:
            return
        self._unwritten = False  # before the script, which others may fill the table after
        try:
            # One call, so that no other statement sees a use twice.
            await self._connection.executescript(_WRITE)
        except sqlite3.Error:
            self._unwritten = True
            raise

    async def give_back(self, id_: int, user_id: int) -> None:
        """Delete the record of an ask that Poe did not take after all."""
        async with self._recent.changing(user_id):
            if self._unwritten:
                await self._connection.execute("DELETE FROM unwritten WHERE id = ?", (id_,))
            await self._connection.execute("DELETE FROM uses WHERE id = ?", (id_,))

    async def recent(self, user_id: int) -> tuple[str, ...]:
        """Return the models that a person used last, the latest first."""
        return await self._recent.read(user_id, lambda: self._read_recent(user_id))

    async def _read_recent(self, user_id: int) -> tuple[str, ...]:
        sql = "SELECT model FROM uses WHERE user_id = ? GROUP BY model ORDER BY max(used_at) DESC LIMIT ?"
        return tuple(name for (name,) in await self._connection.execute_fetchall(sql, (user_id, _RECENT)))

    async def counted(self, after: float, guild_id: int, user_id: int | None = None) -> Sequence[Count]:
        """Count the asks in a guild from after a Unix time until now: everybody's, or one person's."""
        sql = (
            "SELECT CAST(used_at / ? AS INTEGER) AS day, model, count(*) FROM uses WHERE guild_id = ?"
            " AND used_at > ? AND used_at <= ? AND (? IS NULL OR user_id = ?) GROUP BY day, model ORDER BY day, model"
        )
        values = (DAY, guild_id, after, time.time() + _AHEAD, user_id, user_id)
        rows = await self._connection.execute_fetchall(sql, values)
        return [Count(*row) for row in rows]

    async def pay(self, id_: int, points: int) -> None:
        """Note the points that an ask cost."""
        await self._connection.execute("UPDATE uses SET points = ? WHERE id = ?", (points, id_))

    async def spent(self, after: float, guild_id: int, user_id: int | None = None) -> int:
        """Return the points that the asks in a guild after a Unix time cost: everybody's, or one person's."""
        sql = (
            "SELECT coalesce(sum(points), 0) FROM uses WHERE guild_id = ? AND used_at > ?"
            " AND (? IS NULL OR user_id = ?)"
        )
        for (points,) in await self._connection.execute_fetchall(sql, (guild_id, after, user_id, user_id)):
            return int(points)
        return 0

    async def delete_old(self, before: float) -> int:
        """Delete rows from before a Unix time; returns how many."""
        cursor = await self._connection.execute("DELETE FROM uses WHERE used_at < ?", (before,))
        self._recent.clear()
        return cursor.rowcount

    async def forgettable(self, user_id: int) -> int:
        """Count the rows that ``forget`` would delete."""
        sql = f"SELECT count(*) FROM uses WHERE {_FORGETTABLE}"  # noqa: S608 - our own names
        rows = await self._connection.execute_fetchall(sql, _forgettable(user_id))
        return next(count for (count,) in rows)

    async def forget(self, user_id: int) -> int:
        """Delete a person's rows, except those of the last day, which limits count; returns how many."""
        async with self._recent.changing(user_id):
            sql = f"DELETE FROM uses WHERE {_FORGETTABLE}"  # noqa: S608 - our own names
            cursor = await self._connection.execute(sql, _forgettable(user_id))
        return cursor.rowcount

    async def guilds(self) -> set[int]:
        """Return no guild: these rows expire by age, and the ids of DMs are no guilds that could be left."""
        return set()

    async def delete_guild(self, guild_id: int) -> None:
        """Delete a guild's rows."""
        await self._connection.execute("DELETE FROM uses WHERE guild_id = ?", (guild_id,))
        self._recent.clear()


def _forgettable(user_id: int) -> tuple[float, ...]:
    now = time.time()
    return user_id, now - DAY, now + _AHEAD


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
        "per_person_total": limits.per_person_total,
        "day": DAY,
    }
