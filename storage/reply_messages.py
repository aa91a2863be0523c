"""Which messages belong to which reply."""

import aiosqlite

_HOUR = 3600 * 1000 << 22  # an hour as a difference between two of Discord's ids


class ReplyMessagesStore:
    """The table ``pages``: the messages of replies. A row is deleted with its ask."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def remember(self, message_id: int, ask_id: int) -> None:
        """Store a message of a reply, if its ask is stored."""
        await self._connection.execute(
            "INSERT INTO pages (message_id, ask_id) SELECT ?, id FROM asks WHERE id = ? ON CONFLICT DO NOTHING",
            (message_id, ask_id),
        )

    async def of(self, ask_id: int) -> list[int]:
        """Return the messages of a reply, in order."""
        sql = "SELECT message_id FROM pages WHERE ask_id = ? ORDER BY message_id"
        async with self._connection.execute(sql, (ask_id,)) as cursor:
            return [message_id for (message_id,) in await cursor.fetchall()]

    async def late(self, channel_id: int, moment: int) -> list[int]:
        """Return messages of up to an hour after an id that answer asks from before it, in the same channel."""
        sql = (
            "SELECT message_id FROM pages JOIN asks ON id = ask_id"
            " WHERE message_id > ? AND message_id < ? AND ask_id < ? AND channel_id = ? ORDER BY message_id"
        )
        async with self._connection.execute(sql, (moment, moment + _HOUR, moment, channel_id)) as cursor:
            return [message_id for (message_id,) in await cursor.fetchall()]
