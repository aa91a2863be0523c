"""Until when Quoth heard what people write."""

import aiosqlite


class LastSeenStore:
    """The table ``last_seen``: one row with the moment at which Quoth was connected to Discord last."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def note(self, moment: float) -> None:
        """Store a Unix time at which Quoth is connected."""
        await self._connection.execute(
            "INSERT INTO last_seen (only, moment) VALUES (1, ?)"
            " ON CONFLICT (only) DO UPDATE SET moment = excluded.moment",
            (moment,),
        )

    async def begin(self, moment: float) -> None:
        """Store a Unix time at which Quoth was connected if none is known."""
        await self._connection.execute(
            "INSERT INTO last_seen (only, moment) VALUES (1, ?) ON CONFLICT DO NOTHING", (moment,)
        )

    async def last(self) -> float | None:
        """Return the newest such time; None if there was none."""
        rows = await self._connection.execute_fetchall("SELECT moment FROM last_seen")
        return next((float(moment) for (moment,) in rows), None)
