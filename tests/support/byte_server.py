"""An HTTP server on 127.0.0.1 that answers every request with the very bytes that a test gives it."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Step: TypeAlias = bytes | Literal["wait", "pings", "reset", "close"]
"""Bytes to send; or wait for `ByteServer.go`, send pings until the client leaves, reset the connection, or close it."""

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """Return one chunk of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def event(kind: str, data: object) -> bytes:
    """Return one server-sent event as a chunk; its data is JSON unless it is bytes."""
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    return chunk(f"event: {kind}\ndata: ".encode() + text + b"\n\n")


DONE = event("done", {})


def reply(status: str, body: object, *headers: str, media: str = "application/json") -> list[Step]:
    """Return a whole reply that is no stream, such as a refusal."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {media}", f"Content-Length: {len(text)}", *headers]
    return ["\r\n".join(lines).encode() + b"\r\n\r\n" + text]


def answer(*events: bytes) -> list[Step]:
    """Return a whole stream of events, with its end."""
    return [EVENTS, *events, DONE, END]


@dataclass
class Request:
    """One request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    """The number of the connection on which it came, from 0."""

    @property
    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class ByteServer:
    """The running server. ``steps`` are played for each request, the last list again and again."""

    url: str = ""
    steps: list[Sequence[Step]] = field(default_factory=list[Sequence[Step]])
    requests: list[Request] = field(default_factory=list[Request])
    go: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client closes its connection while an answer is played."""
    _connections: int = 0

    def play(self, *steps: Step) -> None:
        """Answer further requests like this."""
        self.steps.append(steps)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        number, self._connections = self._connections, self._connections + 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._answer(number, reader, writer):
                    pass
        finally:
            writer.close()

    async def _answer(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.requests.append(Request(method, path, headers, body, number))
        steps = self.steps[0] if len(self.steps) == 1 else self.steps.pop(0)
        for step in steps:
            if step == "wait":
                await self._wait(reader)
            elif step == "pings":
                while not reader.at_eof():
                    writer.write(event("ping", {}) + chunk(b": ping\n"))
                    await asyncio.sleep(0.01)
            elif step == "reset":
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return False
            elif isinstance(step, str):
                return False
            else:
                writer.write(step)
                await writer.drain()
        return True

    async def _wait(self, reader: asyncio.StreamReader) -> None:
        gone = asyncio.create_task(reader.read(1))
        going = asyncio.create_task(self.go.wait())
        await asyncio.wait({gone, going}, return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            self.left.set()
        for task in (gone, going):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await task


@asynccontextmanager
async def byte_server() -> AsyncGenerator[ByteServer]:
    """Serve until the block ends."""
    made = ByteServer()
    tasks, writers = set[asyncio.Task[None]](), list[asyncio.StreamWriter]()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        task = asyncio.create_task(made.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()
        await asyncio.sleep(0)  # an aborted connection is closed in the loop's next step
