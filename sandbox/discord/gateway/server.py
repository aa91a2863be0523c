"""The gateway: it accepts connections, and begins, resumes and ends sessions (discord.md section 5)."""

import json
import time
from typing import cast

from aiohttp import web

from sandbox.discord.gateway.connection import Close, Closing, Connection, Op
from sandbox.discord.gateway.dispatch import Dispatcher, Intent
from sandbox.discord.gateway.sessions import Session
from sandbox.discord.ledger import Ledger
from sandbox.discord.mischief import Mischief
from sandbox.discord.world.entities import Json
from sandbox.discord.world.store import World

_END_OF_SESSION = (1000, 1001)
_PRIVILEGED = Intent.MESSAGE_CONTENT | Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES
_FIRST_UNUSED_INTENT = 1 << 26


class Gateway:
    """Accepts connections and keeps sessions.

    Args:
        world: The store.
        ledger: Records unmodelled requests.
        token: The bot's token.
        mischief: Delivers events twice or late.
        message_content: Whether the message content intent is enabled in the bot's portal; no other privileged one is.
    """

    def __init__(self, world: World, ledger: Ledger, token: str, mischief: Mischief, *, message_content: bool) -> None:
        self.sessions: dict[str, Session] = {}
        self.identifies = 0
        self.url = ""
        self.shards = 1
        """How many shards /gateway/bot recommends."""
        self.identify_gap = 0.0
        """Seconds between two identifies at least; Discord's are 5 (next.md section D)."""
        self._identified = float("-inf")
        self._sockets: set[web.WebSocketResponse] = set()
        self._world = world
        self._ledger = ledger
        self._token = token
        self._forbidden = _PRIVILEGED & ~(Intent.MESSAGE_CONTENT if message_content else Intent(0))
        self._dispatcher = Dispatcher(
            world, lambda: list(self.sessions.values()), mischief, message_content=message_content
        )

    @property
    def connected(self) -> list[Session]:
        """The sessions whose client is connected."""
        return [session for session in self.sessions.values() if session.socket is not None]

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection, from hello to close."""
        socket = web.WebSocketResponse(max_msg_size=4096)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await Connection(self, socket, request.query.get("v", "")).run()
        finally:
            self._sockets.remove(socket)
        return socket

    async def close(self) -> None:
        """Close every connection, even those that never identified."""
        await self.drop(1001)
        for socket in list(self._sockets):
            await socket.close(code=1001)

    async def drop(self, code: int) -> None:
        """Close every connection with a code; only 1000 and 1001 end the sessions."""
        for session in self.connected:
            socket, session.socket = session.socket, None
            if code in _END_OF_SESSION:
                self.sessions.pop(session.id, None)
            if socket is not None:
                await socket.close(code=code)

    async def invalidate(self, resumable: bool) -> None:
        """Send op 9 to every connection; unless resumable, all sessions end and get no more events."""
        for session in self.connected:
            if session.socket is not None:
                frame = {"op": Op.INVALID_SESSION, "d": resumable, "s": None, "t": None}
                await session.socket.send_str(json.dumps(frame))
        if not resumable:
            self.sessions.clear()

    def identify(self, data: Json) -> Session | None:
        """Begin a session, or None if the last one began too short a time ago.

        Raises:
            Closing: The token is wrong, the shard or an intent is not allowed.
        """
        self._check_token(data)
        intents = int(data.get("intents", 0))
        if intents < 0 or intents >= _FIRST_UNUSED_INTENT:
            raise Closing(Close.INVALID_INTENTS)
        if intents & self._forbidden:
            raise Closing(Close.DISALLOWED_INTENTS)
        shard = cast("tuple[int, int] | None", tuple(data["shard"]) if data.get("shard") is not None else None)
        if shard is not None and not 0 <= shard[0] < shard[1]:
            raise Closing(Close.INVALID_SHARD)
        now = time.monotonic()
        if now - self._identified < self.identify_gap:
            return None
        self._identified = now
        self.identifies += 1
        session = self._dispatcher.greet(intents, shard, data.get("presence"), self.url)
        self.sessions[session.id] = session
        return session

    def resume(self, data: Json) -> Session | None:
        """Return the session to continue, or None when it can't be continued.

        Raises:
            Closing: The token is wrong, or the sequence number was never sent.
        """
        self._check_token(data)
        session = self.sessions.get(str(data.get("session_id")))
        seq = int(data.get("seq") or 0)
        if session is not None and seq > session.seq:
            raise Closing(Close.INVALID_SEQ)
        return session if session is not None and session.can_resume(seq) else None

    def connection_changed(self, session: Session, *, ended: bool) -> None:
        """React to a session that was connected or disconnected; one that its client ended is removed."""
        if ended:
            self.sessions.pop(session.id, None)
        shown = [each.presence or {"status": "online", "activities": []} for each in self.connected]
        self._world.show_presence(shown[-1] if shown else None)

    def presence(self, session: Session, presence: Json) -> None:
        """Show a session's presence, until the bot sets another or begins a new session."""
        session.presence = presence
        self._world.show_presence(presence)

    def missing(self, what: str) -> None:
        """Record what the gateway does not model."""
        self._ledger.missing(what)

    def _check_token(self, data: Json) -> None:
        if str(data.get("token", "")).removeprefix("Bot ") != self._token:
            raise Closing(Close.AUTHENTICATION_FAILED)
