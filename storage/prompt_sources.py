"""Which messages were read for an ask: where they are, not what they say."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import aiosqlite

Place: TypeAlias = tuple[int, int]
"""A message: its channel's id and its own."""


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """What went into a prompt and what did not, oldest first.

    ``taken`` and ``cut`` are the messages that went in and those for which there was no room, ``hidden`` how many were
    left out because their authors want it so, ``why`` says why there was no more: see ``bot.context.history.Why``.
    """

    ask_id: int
    taken: Sequence[Place] = ()
    cut: Sequence[Place] = ()
    hidden: int = 0
    why: str = ""


class ReadingsStore:
    """The table ``readings``."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def remember(self, reading: ReadingRow) -> None:
        """Keep what was read for an ask that is remembered."""
        await self._connection.execute(
            "INSERT INTO readings (ask_id, taken, cut, hidden, why) SELECT id, ?, ?, ?, ? FROM asks WHERE id = ?"
            " ON CONFLICT (ask_id) DO NOTHING",
            (json.dumps(reading.taken), json.dumps(reading.cut), reading.hidden, reading.why, reading.ask_id),
        )

    async def find(self, ask_id: int) -> ReadingRow | None:
        """Return what was read for an ask."""
        sql = "SELECT taken, cut, hidden, why FROM readings WHERE ask_id = ?"
        async with self._connection.execute(sql, (ask_id,)) as cursor:
            row = await cursor.fetchone()
        if row is None:
            return None
        taken, cut = (tuple((channel, message) for channel, message in json.loads(text)) for text in row[:2])
        return ReadingRow(ask_id, taken, cut, row[2], row[3])
