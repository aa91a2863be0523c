"""The gateway: sessions begin, resume and end here (discord.md section 5)."""

import json
from typing import Any, cast

from aiohttp import web

from sandbox.discord.gateway.connection import Close, Closing, Connection, Op
from sandbox.discord.gateway.dispatch import Dispatcher, Intent
from sandbox.discord.gateway.sessions import Session
from sandbox.discord.ledger import Ledger
from sandbox.discord.world import objects
from sandbox.discord.world.entities import Json
from sandbox.discord.world.store import World

_END_OF_SESSION = (1000, 1001)
_FIRST_UNUSED_INTENT = 1 << 26


class Gateway:
    """Accepts connections and keeps sessions.

    Args:
        world: The store.
        ledger: Where unmodelled requests are booked.
        token: The bot's token.
        privileged: The privileged intents that the bot's portal has switched on.
    """

    def __init__(self, world: World, ledger: Ledger, token: str, privileged: Intent) -> None:
        self.sessions: dict[str, Session] = {}
        self.identifies = 0
        self.url = ""
        self._sockets: set[web.WebSocketResponse] = set()
        self._world = world
        self._ledger = ledger
        self._token = token
        self._forbidden = (Intent.MESSAGE_CONTENT | Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES) & ~privileged
        self._projection = Dispatcher(
            world, lambda: list(self.sessions.values()), message_content=bool(privileged & Intent.MESSAGE_CONTENT)
        )

    @property
    def connected(self) -> list[Session]:
        """The sessions whose client is here now."""
        return [session for session in self.sessions.values() if session.socket is not None]

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, from hello to close."""
        socket = web.WebSocketResponse(max_msg_size=4096)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await Connection(self, socket, request.query.get("v", "")).run()
        finally:
            self._sockets.remove(socket)
        return socket

    async def close(self) -> None:
        """Close every connection, those included that never identified."""
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

    async def send(self, op: Op, data: object) -> None:
        """Send an op to every connection."""
        for session in self.connected:
            if session.socket is not None:
                await session.socket.send_str(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    def forget(self) -> None:
        """End every session: nobody can resume, and nothing more is sent to whoever is still connected."""
        self.sessions.clear()

    def identify(self, data: Json) -> Session:
        """Begin a session.

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
        self.identifies += 1
        session = Session(intents, shard, data.get("presence"))
        self.sessions[session.id] = session
        self._projection.greet(session, self.url)
        return session

    def resume(self, data: Json) -> Session | None:
        """The session to continue, or None when it can't be.

        Raises:
            Closing: The token is wrong, or the sequence number lies in the future.
        """
        self._check_token(data)
        session = self.sessions.get(str(data.get("session_id")))
        seq = int(data.get("seq") or 0)
        if session is not None and seq > session.seq:
            raise Closing(Close.INVALID_SEQ)
        return session if session is not None and session.can_resume(seq) else None

    def members(self, session: Session, data: Json) -> None:
        """Answer a request for a server's members."""
        guild = self._world.guilds_by_id.get(int(data.get("guild_id", 0)))
        wanted_ids = data.get("user_ids")
        if guild is None or (wanted_ids is None and not session.intents & Intent.GUILD_MEMBERS):
            self._ledger.missing(f"gateway op 8 without the members intent or for an unknown server: {data}")
            return
        wanted = cast("list[Any]", wanted_ids if isinstance(wanted_ids, list) else [wanted_ids] if wanted_ids else [])
        ids = {int(each) for each in wanted}
        found = [m for m in guild.members.values() if not ids or m.user.id in ids]
        query = str(data.get("query") or "").lower()
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [objects.member(m) for m in found if m.user.username.startswith(query)],
            "chunk_index": 0,
            "chunk_count": 1,
        }
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk | ({"nonce": data["nonce"]} if data.get("nonce") else {}))

    def connected_or_gone(self, session: Session, *, ended: bool) -> None:
        """Note that a session's connection came or went, with the session itself when its client ended it."""
        if ended:
            self.sessions.pop(session.id, None)
        shown = [each.presence or {"status": "online", "activities": []} for each in self.connected]
        self._world.show_presence(shown[-1] if shown else None)

    def presence(self, session: Session, presence: Json) -> None:
        """Show what a session's bot does: its presence counts until it sets another or begins a new session."""
        session.presence = presence
        self._world.show_presence(presence)

    def missing(self, what: str) -> None:
        """Book what this gateway lacks."""
        self._ledger.missing(what)

    def _check_token(self, data: Json) -> None:
        if str(data.get("token", "")).removeprefix("Bot ") != self._token:
            raise Closing(Close.AUTHENTICATION_FAILED)
