"""Poe's own list of models, as it was fetched last, and the models that were on it before."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import aiosqlite


@dataclass(frozen=True, slots=True)
class LiveModelRow:
    """One model. Prices are US dollars; what it takes and gives are words with spaces between.

    ``gone_at`` is when it was first missing on the list (Unix time), None for a model that is on it.
    """

    handle: str
    maker: str
    takes: str
    gives: str
    price_read: float | None
    price_written: float | None
    price_request: float | None
    gone_at: float | None = None


_COLUMNS = "handle, maker, takes, gives, price_read, price_written, price_request, gone_at"


class LiveModelsStore:
    """The table ``live_models``."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def all(self) -> list[LiveModelRow]:
        """Return all models that are or were on the list, in its order."""
        sql = f"SELECT {_COLUMNS} FROM live_models ORDER BY place"  # noqa: S608 - our own names
        return [LiveModelRow(*row) for row in await self._connection.execute_fetchall(sql)]

    async def fetched_at(self) -> float | None:
        """Return when the list was fetched last (Unix time); None if it never was."""
        rows = await self._connection.execute_fetchall("SELECT max(listed_at) FROM live_models")
        return next((None if at is None else float(at) for (at,) in rows), None)

    async def update(self, rows: Sequence[LiveModelRow], at: float, *, complete: bool = True) -> None:
        """Store a list that was fetched at a Unix time.

        Args:
            rows: the list.
            at: when it was fetched.
            complete: whether a model that is missing on it is gone from Poe.
        """
        values = [(*astuple(row)[:-1], at, place) for place, row in enumerate(rows)]
        await self._connection.executemany(
            "INSERT INTO live_models (handle, maker, takes, gives, price_read, price_written, price_request, listed_at,"
            " place) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (handle) DO UPDATE SET handle = excluded.handle,"
            " maker = excluded.maker, takes = excluded.takes, gives = excluded.gives,"
            " price_read = excluded.price_read, price_written = excluded.price_written,"
            " price_request = excluded.price_request, listed_at = excluded.listed_at, place = excluded.place,"
            " gone_at = NULL",
            values,
        )
        if complete:
            sql = "UPDATE live_models SET gone_at = ? WHERE listed_at < ? AND gone_at IS NULL"
            await self._connection.execute(sql, (at, at))
