"""Up to which message each channel is forgotten."""

from collections.abc import Collection

import aiosqlite


class WatermarksStore:
    """The table ``watermarks``: of each channel, the newest message that may no longer be read, nor any older one."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def forget(self, channel_id: int, message_id: int) -> None:
        """Forget a channel up to this message; a later watermark stays."""
        await self._connection.execute(
            "INSERT INTO watermarks (channel_id, message_id) VALUES (?, ?)"
            " ON CONFLICT (channel_id) DO UPDATE SET message_id = max(message_id, excluded.message_id)",
            (channel_id, message_id),
        )

    async def newest(self, channel_ids: Collection[int]) -> int:
        """Return the newest watermark of these channels; 0 if there is none."""
        sql = f"SELECT max(message_id) FROM watermarks WHERE channel_id IN ({', '.join('?' * len(channel_ids))})"  # noqa: S608 - marks only
        async with self._connection.execute(sql, (*channel_ids,)) as cursor:
            row = await cursor.fetchone()
        return int(row[0] or 0) if row else 0
