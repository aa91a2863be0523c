"""Until when data may be taken for old, although the clock of this machine may be wrong."""

import logging
import time

import aiosqlite

log = logging.getLogger(__name__)

_PACE = 24.0  # how much faster than time passes the trusted time catches up: with a day in an hour
_NOTABLE = 24 * 3600.0  # seconds


class ClockStore:
    """The table ``clock``: one row with the trusted time, by which old data is deleted.

    A clock that is wrong by a month would make everything old at once. So the trusted time never jumps ahead: while
    Quoth runs it follows the clock, and catches up a day in an hour where the clock is ahead, be it wrong or Quoth was
    not running. That leaves time to set the clock right.
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._looked: float | None = None

    async def trusted(self) -> float:
        """Return the trusted Unix time, never later than now. To be called regularly."""
        now, running = time.time(), time.monotonic()
        passed = 0.0 if self._looked is None else running - self._looked
        trusted = min(now, await self._last(now) + passed * _PACE)
        if self._looked is None and now - trusted > _NOTABLE:
            days = (now - trusted) / _NOTABLE
            log.warning(
                "Quoth last ran %.0f days ago, or the clock is wrong. Old data is deleted a little later.", days
            )
        await self._connection.execute(
            "INSERT INTO clock (only, trusted) VALUES (1, ?)"
            " ON CONFLICT (only) DO UPDATE SET trusted = excluded.trusted",
            (trusted,),
        )
        self._looked = running
        return trusted

    async def _last(self, now: float) -> float:
        """Return the trusted time so far; in a new table, when the newest ask was asked."""
        sql = "SELECT coalesce((SELECT trusted FROM clock), (SELECT max(asked_at) FROM asks), ?)"
        return next((float(last) for (last,) in await self._connection.execute_fetchall(sql, (now,))), now)
