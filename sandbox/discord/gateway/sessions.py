"""Gateway sessions: numbered dispatches, kept so that a client can resume (discord.md section 5)."""

import asyncio
import contextlib
import json
import secrets
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import cast

from aiohttp import web

from sandbox.discord.world.entities import Guild, Json

KEPT = 2000
"""Dispatches kept for a resume, besides as many as a session begins with."""


def is_served(guild: Guild | None, shard: tuple[int, int] | None) -> bool:
    """Return whether a shard gets a server's events; DMs, which are in None, go to shard 0 (discord.md section 4)."""
    number, count = shard or (0, 1)
    return number == (0 if guild is None else (guild.id >> 22) % count)


class Session:
    """One identified bot, connected or not.

    Args:
        intents: The events that the client wants.
        shard: As the attribute.
        presence: As the attribute.
        greeting: How many dispatches the session begins with.

    Attributes:
        id: The session's id, needed to resume.
        shard: The shard's number and how many there are; None for a client that does not shard.
        socket: The connection, None while the client is disconnected.
        presence: The presence that the bot set last.
        resumed: How often the bot resumed the session.
    """

    def __init__(self, intents: int, shard: tuple[int, int] | None, presence: Json | None, greeting: int = 0) -> None:
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.shard = shard
        self.presence = presence
        self.socket: web.WebSocketResponse | None = None
        self.seq = 0
        self.resumed = 0
        self._kept: deque[tuple[int, str, object]] = deque(maxlen=KEPT + greeting)
        self._added = asyncio.Event()

    def serves(self, guild: Guild | None) -> bool:
        """Return whether this session gets a server's events."""
        return is_served(guild, self.shard)

    def newest(self, name: str, id_: int | None = None) -> Json | None:
        """Return the newest event of a name, or of a name and the id of what it is about; None if there was none."""
        for _, kept, data in reversed(self._kept):
            if kept == name and isinstance(data, dict):
                event = cast("Json", data)
                if id_ is None or event.get("id") == str(id_):
                    return event
        return None

    def dispatch(self, name: str, data: object | Callable[[], object]) -> int:
        """Number an event and keep it for `pump` to send; returns the number.

        A function is called for the data when the event is sent.
        """
        self.seq += 1
        self._kept.append((self.seq, name, data))
        self._added.set()
        self._added = asyncio.Event()
        return self.seq

    def can_resume(self, seq: int) -> bool:
        """Return whether everything after `seq` is still kept."""
        return seq == self.seq or (bool(self._kept) and self._kept[0][0] <= seq + 1 <= self.seq)

    async def pump(self, socket: web.WebSocketResponse, after: int, resumed: int | None = None) -> None:
        """Send dispatches to a connection until it is closed or this is cancelled.

        Args:
            socket: The connection.
            after: The number of the last dispatch that the client has.
            resumed: The number of this connection's RESUMED; those of earlier connections are not sent.
        """
        sent = after
        # When the connection is gone, the client asks for the rest as it resumes.
        with contextlib.suppress(ConnectionError):
            while True:
                for seq, name, data in self._after(sent):
                    if name != "RESUMED" or seq == resumed:
                        body = data() if callable(data) else data
                        await socket.send_str(json.dumps({"op": 0, "s": seq, "t": name, "d": body}))
                    sent = seq
                if sent == self.seq:
                    await self._added.wait()

    def _after(self, seq: int) -> list[tuple[int, str, object]]:
        """Return what is kept of the dispatches after a number."""
        return list(islice(self._kept, max(0, seq + 1 - self._kept[0][0]), None)) if self._kept else []
