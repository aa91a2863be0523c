"""Gateway sessions: numbered dispatches, kept for a while so that a client can resume (discord.md section 5)."""

import asyncio
import contextlib
import json
import secrets
from collections import deque

from aiohttp import web

from sandbox.discord.world.entities import Guild, Json

KEPT = 2000
"""Dispatches kept for a resume."""


class Session:
    """One identified bot, connected or not.

    Attributes:
        id: The session's name, needed to resume.
        shard: The shard's number and how many there are; None for a client that does not shard.
        socket: The connection, None while the client is away.
        presence: What the bot last set as its presence.
        resumed: How often it came back.
    """

    def __init__(self, intents: int, shard: tuple[int, int] | None, presence: Json | None) -> None:
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.shard = shard
        self.presence = presence
        self.socket: web.WebSocketResponse | None = None
        self.seq = 0
        self.resumed = 0
        self._kept: deque[tuple[int, str, Json]] = deque(maxlen=KEPT)
        self._news = asyncio.Event()

    def serves(self, guild: Guild | None) -> bool:
        """Whether this shard is told of a server; direct messages go to shard 0 (discord.md section 4)."""
        number, count = self.shard or (0, 1)
        return number == (0 if guild is None else (guild.id >> 22) % count)

    def dispatch(self, name: str, data: Json) -> int:
        """Number an event and keep it; whoever pumps sends it. Returns the number."""
        self.seq += 1
        self._kept.append((self.seq, name, data))
        self._news.set()
        self._news = asyncio.Event()
        return self.seq

    def can_resume(self, seq: int) -> bool:
        """Whether everything after `seq` is still here."""
        return seq == self.seq or (bool(self._kept) and self._kept[0][0] <= seq + 1 <= self.seq)

    async def pump(self, socket: web.WebSocketResponse, after: int, resumed: int | None = None) -> None:
        """Send dispatches to a connection until it is gone or this is cancelled.

        Args:
            socket: The connection.
            after: The number of the last dispatch that the client knows.
            resumed: The number of the RESUMED that is meant for this connection; those of earlier ones are left out.
        """
        sent = after
        # A connection that has gone needs nothing more: the client asks for the rest when it resumes.
        with contextlib.suppress(ConnectionError):
            while True:
                for seq, name, data in [each for each in self._kept if each[0] > sent]:
                    if name != "RESUMED" or seq == resumed:
                        await socket.send_str(json.dumps({"op": 0, "s": seq, "t": name, "d": data}))
                    sent = seq
                if sent == self.seq:
                    await self._news.wait()
