"""The gateway's wire: hello, heartbeats, identify, resume, close codes (discord.md section 5)."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from typing import Any, cast

from aiohttp import WSMsgType, web

from sandbox.discord import objects
from sandbox.discord.entities import Json
from sandbox.discord.gateway import Intent, Projection
from sandbox.discord.ledger import Ledger
from sandbox.discord.sessions import Session
from sandbox.discord.world import World

HEARTBEAT_INTERVAL = 41.25
_SENDS_PER_MINUTE = 120
_END_OF_SESSION = (1000, 1001)


class Op(IntEnum):
    """The opcodes that this gateway speaks (docs: topics/opcodes-and-status-codes)."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE_UPDATE = 3
    RESUME = 6
    RECONNECT = 7
    REQUEST_GUILD_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Close(IntEnum):
    """The close codes that this gateway uses."""

    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQ = 4007
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_SHARD = 4010
    INVALID_VERSION = 4012
    DISALLOWED_INTENTS = 4014


class _Closing(Exception):  # noqa: N818 - not an error but the way out of a connection
    def __init__(self, code: Close) -> None:
        super().__init__(code.name)
        self.code = code


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
        self._world = world
        self._ledger = ledger
        self._token = token
        self._forbidden = (Intent.MESSAGE_CONTENT | Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES) & ~privileged
        self._projection = Projection(
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
        await _Connection(self, socket, request.query.get("v", "")).run()
        return socket

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
            _Closing: The token is wrong, the shard or an intent is not allowed.
        """
        self._check_token(data)
        intents = int(data.get("intents", 0))
        if intents & self._forbidden:
            raise _Closing(Close.DISALLOWED_INTENTS)
        number, count = cast("list[int]", data.get("shard") or [0, 1])
        if not 0 <= number < count:
            raise _Closing(Close.INVALID_SHARD)
        self.identifies += 1
        session = Session(intents, (number, count), data.get("presence"))
        self.sessions[session.id] = session
        self._projection.greet(session, self.url)
        return session

    def resume(self, data: Json) -> Session | None:
        """The session to continue, or None when it can't be.

        Raises:
            _Closing: The token is wrong, or the sequence number lies in the future.
        """
        self._check_token(data)
        session = self.sessions.get(str(data.get("session_id")))
        seq = int(data.get("seq") or 0)
        if session is not None and seq > session.seq:
            raise _Closing(Close.INVALID_SEQ)
        return session if session is not None and session.can_resume(seq) else None

    def members(self, session: Session, data: Json) -> None:
        """Answer a request for a server's members."""
        guild = self._world.guilds_by_id.get(int(data.get("guild_id", 0)))
        wanted_ids = data.get("user_ids")
        if guild is None or (wanted_ids is None and not session.intents & Intent.GUILD_MEMBERS):
            self._ledger.missing(f"gateway op 8 without the members intent or for an unknown server: {data}")
            return
        ids = {
            int(each) for each in (wanted_ids if isinstance(wanted_ids, list) else [wanted_ids] if wanted_ids else [])
        }
        found = [m for m in guild.members.values() if not ids or m.user.id in ids]
        query = str(data.get("query") or "").lower()
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [objects.member(m) for m in found if m.user.username.startswith(query)],
            "chunk_index": 0,
            "chunk_count": 1,
        }
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk | ({"nonce": data["nonce"]} if data.get("nonce") else {}))

    def changed(self) -> None:
        """Wake those who wait for sessions to come or go."""
        self._world.news.changes.notify()

    def missing(self, what: str) -> None:
        """Book what this gateway lacks."""
        self._ledger.missing(what)

    def _check_token(self, data: Json) -> None:
        if str(data.get("token", "")).removeprefix("Bot ") != self._token:
            raise _Closing(Close.AUTHENTICATION_FAILED)


class _Connection:
    """One socket's conversation."""

    def __init__(self, gateway: Gateway, socket: web.WebSocketResponse, version: str) -> None:
        self._gateway = gateway
        self._socket = socket
        self._version = version
        self._session: Session | None = None
        self._pump: asyncio.Task[None] | None = None
        self._received: deque[float] = deque(maxlen=_SENDS_PER_MINUTE)
        self._handlers: dict[int, Callable[[Json], None]] = {
            Op.PRESENCE_UPDATE: self._presence,
            Op.REQUEST_GUILD_MEMBERS: lambda data: self._gateway.members(self._require_session(), data),
        }

    async def run(self) -> None:
        """Talk until one side closes; the session outlives the connection unless the client ended it."""
        try:
            if self._version != "10":
                raise _Closing(Close.INVALID_VERSION)
            await self._send(Op.HELLO, {"heartbeat_interval": int(HEARTBEAT_INTERVAL * 1000)})
            while await self._hear():
                pass
        except _Closing as closing:
            await self._socket.close(code=closing.code)
        finally:
            await self._leave()

    async def _hear(self) -> bool:
        """Handle one frame; False when the client is gone."""
        try:
            frame = await self._socket.receive(timeout=HEARTBEAT_INTERVAL * 1.5)
        except TimeoutError:
            raise _Closing(Close.SESSION_TIMED_OUT) from None
        if frame.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
            return False
        self._count()
        try:
            payload = cast("Json", json.loads(frame.data))
            op, data = payload["op"], cast("Any", payload.get("d"))
        except (ValueError, KeyError, TypeError):
            raise _Closing(Close.DECODE_ERROR) from None
        await self._handle(op, data)
        return True

    async def _handle(self, op: int, data: Any) -> None:
        if op == Op.HEARTBEAT:
            await self._send(Op.HEARTBEAT_ACK, None)
        elif op in (Op.IDENTIFY, Op.RESUME):
            if self._session is not None:
                raise _Closing(Close.ALREADY_AUTHENTICATED)
            await (self._identify(data) if op == Op.IDENTIFY else self._resume(data))
        elif op in self._handlers:
            self._require_session()
            self._handlers[op](data)
        else:
            self._gateway.missing(f"gateway op {op}: {data}")
            raise _Closing(Close.UNKNOWN_OPCODE)

    async def _identify(self, data: Json) -> None:
        self._begin(self._gateway.identify(data), after=0)

    async def _resume(self, data: Json) -> None:
        session = self._gateway.resume(data)
        if session is None:
            await self._send(Op.INVALID_SESSION, False)
            return
        if session.socket is not None:
            await session.socket.close(code=Close.SESSION_TIMED_OUT)
        session.resumed += 1
        self._begin(session, after=int(data.get("seq") or 0), resumed=session.dispatch("RESUMED", {}))

    def _begin(self, session: Session, after: int, resumed: int | None = None) -> None:
        self._session = session
        session.socket = self._socket
        self._pump = asyncio.create_task(session.pump(self._socket, after, resumed))
        self._gateway.changed()

    async def _leave(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait([self._pump])
        session = self._session
        if session is None:
            return
        if session.socket is self._socket:
            session.socket = None
            if self._socket.close_code in _END_OF_SESSION:
                self._gateway.sessions.pop(session.id, None)
        self._gateway.changed()

    def _presence(self, data: Json) -> None:
        self._require_session().presence = data

    def _require_session(self) -> Session:
        if self._session is None:
            raise _Closing(Close.NOT_AUTHENTICATED)
        return self._session

    def _count(self) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._received) == _SENDS_PER_MINUTE and now - self._received[0] < 60:
            raise _Closing(Close.RATE_LIMITED)
        self._received.append(now)

    async def _send(self, op: Op, data: object) -> None:
        await self._socket.send_str(json.dumps({"op": op, "d": data, "s": None, "t": None}))
