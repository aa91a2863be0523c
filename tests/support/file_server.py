"""A server of answers' files on 127.0.0.1, with all that can be wrong about one, and a port that must hear nothing."""

import asyncio
import io
import struct
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from PIL import Image


def picture(shade: int = 0, kind: str = "PNG") -> bytes:
    """Return a picture of one colour."""
    made = io.BytesIO()
    Image.new("RGB", (64, 48), (217, 196, shade % 256)).save(made, kind)
    return made.getvalue()


def bomb(side: int) -> bytes:
    """Return a small PNG that says it has so many pixels on each side."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    packed = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


@dataclass
class ServedFile:
    """One file: what its reply is, and whether it waits for `FileServer.go` before its last byte."""

    data: bytes
    content_type: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    held: bool = False


@dataclass
class FileServer:
    """The running server.

    Attributes:
        host: Its host and port, as MEDIA_HOSTS takes them.
        stranger: The URL of another server on another port.
        heard: What reached that one.
        requests: What was requested of this one.
    """

    host: str = ""
    stranger: str = ""
    heard: list[str] = field(default_factory=list[str])
    requests: list[web.BaseRequest] = field(default_factory=list[web.BaseRequest])
    go: asyncio.Event = field(default_factory=asyncio.Event)
    _files: dict[str, ServedFile] = field(default_factory=dict[str, ServedFile])

    def add(self, name: str, data: bytes, content_type: str, **how: object) -> str:
        """Serve a file from now on, and return its URL."""
        self._files[name] = ServedFile(data, content_type, **how)  # type: ignore[arg-type]
        return f"http://{self.host}/base/image/{name}"

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        self.requests.append(request)
        file = self._files.get(request.path.rpartition("/")[2])
        if file is None:
            return web.Response(status=404, text="<html>gone</html>", content_type="text/html")
        if not file.held:
            headers = {"Content-Type": file.content_type, **file.headers}
            return web.Response(status=file.status, body=file.data, headers=headers)
        response = web.StreamResponse(headers={"Content-Type": file.content_type})
        await response.prepare(request)
        await response.write(file.data[:-1])
        await self.go.wait()
        await response.write(file.data[-1:])
        return response

    async def hear(self, request: web.BaseRequest) -> web.Response:
        """Note a request that should not have been made."""
        self.heard.append(request.path)
        return web.Response(body=picture(), content_type="image/png")


@asynccontextmanager
async def file_server() -> AsyncGenerator[FileServer]:
    """Serve until the block ends."""
    made = FileServer()
    runners: list[web.ServerRunner] = []
    try:
        for handler in (made.serve, made.hear):
            runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
            runners.append(runner)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
        made.host, stranger = (f"{host}:{port}" for host, port in (runner.addresses[0] for runner in runners))
        made.stranger = f"http://{stranger}"
        yield made
    finally:
        made.go.set()
        for runner in runners:
            await runner.cleanup()
