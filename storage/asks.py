"""What was asked, for as long as the buttons of its reply shall work."""

import time
from dataclasses import dataclass

import aiosqlite

KEPT = 30 * 24 * 3600.0
"""Seconds for which an ask is remembered."""


@dataclass(frozen=True, slots=True)
class AskRow:
    """One ask.

    ``id`` is the id of the message or interaction that asked, ``before_id`` the one at which history ended.
    ``guild_id`` is None in a DM; ``model`` is a model's name, empty where none was found; ``private`` says whether only
    the asker sees the reply.
    """

    id: int
    guild_id: int | None
    channel_id: int
    asker_id: int
    before_id: int
    question: str
    model: str
    private: bool = False


class AsksStore:
    """The table ``asks``."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def remember(self, ask: AskRow) -> None:
        """Keep an ask; of one that is there already the first version stays."""
        await self._connection.execute(
            "INSERT INTO asks (id, guild_id, channel_id, asker_id, before_id, question, model, private, asked_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            (
                ask.id,
                ask.guild_id,
                ask.channel_id,
                ask.asker_id,
                ask.before_id,
                ask.question,
                ask.model,
                ask.private,
                time.time(),
            ),
        )

    async def find(self, ask_id: int) -> AskRow | None:
        """Return an ask that is still remembered."""
        sql = (
            "SELECT id, guild_id, channel_id, asker_id, before_id, question, model, private FROM asks"
            " WHERE id = ? AND asked_at >= ?"
        )
        async with self._connection.execute(sql, (ask_id, time.time() - KEPT)) as cursor:
            row = await cursor.fetchone()
        return AskRow(*row[:7], private=bool(row[7])) if row else None

    async def delete_old(self) -> int:
        """Forget asks that are older than they are kept; returns how many."""
        sql = "DELETE FROM asks WHERE asked_at < ?"
        async with self._connection.execute(sql, (time.time() - KEPT,)) as cursor:
            return cursor.rowcount
