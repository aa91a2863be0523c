"""A response of Server-Sent Events, with the mischief that moods ask for."""

import asyncio
import itertools
import json
import socket
import struct
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.poe.moods.catalogue import Moods

_ENDINGS = ("\r\n", "\n", "\r")
_PIECE = 7  # bytes; splits characters and lines


class Stream:
    """One open response; it is ended in good order when the `async with` block is left without an error."""

    def __init__(self, request: web.Request, moods: Moods, headers: Mapping[str, str] | None = None) -> None:
        self._request = request
        self._endings = itertools.cycle(_ENDINGS if "hard-sse" in moods else ("\n",))
        self._hard = "hard-sse" in moods
        self.response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache", **(headers or {})}
        )

    async def __aenter__(self) -> Self:
        await self.response.prepare(self._request)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if error is None:
            await self.response.write_eof()

    async def event(self, name: str | None, data: Mapping[str, object] | str) -> None:
        """Send one event; data that is no string becomes JSON."""
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        lines = [f"event: {name}"] if name else []
        if not self._hard:
            await self.write("\n".join([*lines, f"data: {text}", "", ""]).encode("utf-8", "surrogatepass"))
            return
        end = next(self._endings)
        lines = [":a comment", *lines, *_data_lines(text), "", ""]
        whole = end.join(lines).encode("utf-8", "surrogatepass")
        for start in range(0, len(whole), _PIECE):
            await self.write(whole[start : start + _PIECE])

    async def write(self, data: bytes) -> None:
        """Send these bytes."""
        await self.response.write(data)

    async def cut(self, *, reset: bool) -> None:
        """Cut the connection in the middle of the body, and wait until the request's handler is cancelled for it."""
        transport = self._request.transport
        if transport is None:
            return
        if reset:
            connection: socket.socket = transport.get_extra_info("socket")
            # A linger of 0 s makes the close a reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()
        await asyncio.Event().wait()


def _data_lines(text: str) -> list[str]:
    """Split JSON at its first space, which a line break may replace, into two data lines."""
    first, _, rest = text.partition(" ")
    return [f"data: {first}", f"data:{rest}"] if rest else [f"data: {first}"]
