"""One gateway connection: hello, heartbeats, identify, resume, close codes (discord.md section 5)."""

import asyncio
import json
from collections import deque
from enum import IntEnum
from typing import Any, Protocol, cast

from aiohttp import WSMsgType, web

from sandbox.discord.gateway.sessions import Session
from sandbox.discord.world.entities import Json

HEARTBEAT_INTERVAL = 41.25
_ACK_DELAY = 0.02  # seconds
_SENDS_PER_MINUTE = 120
_END_OF_SESSION = (1000, 1001)


class Op(IntEnum):
    """The opcodes that this gateway speaks (docs: topics/opcodes-and-status-codes)."""

    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE_UPDATE = 3
    RESUME = 6
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
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class Closing(Exception):
    """Ends a connection with a close code."""

    def __init__(self, code: Close) -> None:
        super().__init__(code.name)
        self.code = code


class Host(Protocol):
    """What a connection needs from the gateway."""

    def identify(self, data: Json) -> Session | None:
        """Begin a session, or None if the last one began too short a time ago."""
        ...

    def resume(self, data: Json) -> Session | None:
        """Return the session to continue, or None."""
        ...

    def connection_changed(self, session: Session, *, ended: bool) -> None:
        """React to a session that was connected or disconnected."""
        ...

    def presence(self, session: Session, presence: Json) -> None:
        """Show a session's presence."""
        ...

    def missing(self, what: str) -> None:
        """Record what the gateway does not model."""
        ...


class Connection:
    """One WebSocket, from hello to close."""

    def __init__(self, gateway: Host, socket: web.WebSocketResponse, version: str) -> None:
        self._gateway = gateway
        self._socket = socket
        self._version = version
        self._session: Session | None = None
        self._pump: asyncio.Task[None] | None = None
        self._received: deque[float] = deque(maxlen=_SENDS_PER_MINUTE)

    async def run(self) -> None:
        """Serve the connection until one side closes it. The session survives unless the client ended it."""
        try:
            if self._version != "10":
                raise Closing(Close.INVALID_VERSION)
            await self._send(Op.HELLO, {"heartbeat_interval": int(HEARTBEAT_INTERVAL * 1000)})
            while await self._receive():
                pass
        except Closing as closing:
            await self._socket.close(code=closing.code)
        finally:
            await self._leave()

    async def _receive(self) -> bool:
        """Handle one frame; returns False when the client is gone."""
        try:
            frame = await self._socket.receive(timeout=HEARTBEAT_INTERVAL * 1.5)
        except TimeoutError:
            raise Closing(Close.SESSION_TIMED_OUT) from None
        if frame.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
            return False
        self._count()
        try:
            payload = cast("Json", json.loads(frame.data))
            op, data = payload["op"], cast("Any", payload.get("d"))
        except (ValueError, KeyError, TypeError):
            raise Closing(Close.DECODE_ERROR) from None
        await self._handle(op, data)
        return True

    async def _handle(self, op: int, data: Any) -> None:
        if op == Op.HEARTBEAT:
            # Not at once: discord.py records when it sent a heartbeat so late that the ack could come first, and warns.
            await asyncio.sleep(_ACK_DELAY)
            await self._send(Op.HEARTBEAT_ACK, None)
        elif op in (Op.IDENTIFY, Op.RESUME):
            if self._session is not None:
                raise Closing(Close.ALREADY_AUTHENTICATED)
            await (self._identify(data) if op == Op.IDENTIFY else self._resume(data))
        elif op == Op.PRESENCE_UPDATE:
            self._gateway.presence(self._require_session(), data)
        else:
            self._gateway.missing(f"gateway op {op}: {data}")
            raise Closing(Close.UNKNOWN_OPCODE)

    async def _identify(self, data: Json) -> None:
        session = self._gateway.identify(data)
        if session is None:
            await self._send(Op.INVALID_SESSION, False)
        else:
            self._begin(session, after=0)

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
        self._gateway.connection_changed(session, ended=False)

    async def _leave(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait([self._pump])
        session = self._session
        if session is None:
            return
        if session.socket is self._socket:
            session.socket = None
            self._gateway.connection_changed(session, ended=self._socket.close_code in _END_OF_SESSION)

    def _require_session(self) -> Session:
        if self._session is None:
            raise Closing(Close.NOT_AUTHENTICATED)
        return self._session

    def _count(self) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._received) == _SENDS_PER_MINUTE and now - self._received[0] < 60:
            raise Closing(Close.RATE_LIMITED)
        self._received.append(now)

    async def _send(self, op: Op, data: object) -> None:
        await self._socket.send_str(json.dumps({"op": op, "d": data, "s": None, "t": None}))
