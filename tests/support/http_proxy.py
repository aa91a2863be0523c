"""A small real HTTP proxy on 127.0.0.1: it forwards plain requests and tunnels others (CONNECT)."""

import asyncio
import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_REFUSED = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class HttpProxy:
    """What the proxy wants and what it saw.

    Attributes:
        credentials: "user:password" without which it refuses everything; empty for nothing.
        requested: The methods and targets that were forwarded, in their order.
        refused: How many requests had wrong credentials.
    """

    credentials: str = ""
    requested: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    refused: int = 0
    port: int = 0

    def address(self, credentials: str = "") -> str:
        """Return the proxy's address, with credentials as a URL has them."""
        return f"http://{credentials}{'@' if credentials else ''}127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, for one request."""
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, _, rest = head.partition("\r\n")
            method, target, version = line.split(" ")
            if not self._admits(rest):
                self.refused += 1
                writer.write(_REFUSED)
                await writer.drain()
            else:
                self.requested.append((method, target))
                await self._forward(method, target, version, rest, reader, writer)
        writer.close()

    def _admits(self, headers: str) -> bool:
        wanted = f"Basic {base64.b64encode(self.credentials.encode()).decode()}"
        return not self.credentials or f"proxy-authorization: {wanted}\r\n".lower() in headers.lower()

    async def _forward(
        self,
        method: str,
        target: str,
        version: str,
        headers: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            there, away = await asyncio.open_connection(host, int(port))
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            url = urlsplit(target)
            there, away = await asyncio.open_connection(url.hostname, url.port or 80)
            kept = [each for each in headers.split("\r\n") if each and not each.lower().startswith("proxy-")]
            if "upgrade: websocket" not in headers.lower():
                kept = [each for each in kept if not each.lower().startswith("connection:")] + ["Connection: close"]
            path = target.partition(url.netloc)[2] or "/"
            away.write("\r\n".join([f"{method} {path} {version}", *kept, "", ""]).encode("latin-1"))
        ways = [asyncio.create_task(_copy(reader, away)), asyncio.create_task(_copy(there, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.wait(ways)
        away.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def http_proxy(credentials: str = "") -> AsyncGenerator[HttpProxy]:
    """Run a proxy while the block lasts."""
    proxy = HttpProxy(credentials)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
