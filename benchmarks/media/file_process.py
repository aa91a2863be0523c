"""A server of pictures in a process of its own: `FileProcess` in the bench's process, `_Server` in the other."""

import asyncio
import time

from aiohttp import web

from benchmarks.child_process import ChildProcess, serve
from sandbox.poe.answers.made import square

_PIECE = 256 * 1024  # bytes that are written at once


class FileProcess(ChildProcess):
    """The server as the bench uses it. Used as `async with`."""

    module = "benchmarks.media.file_process"

    async def host(self) -> str:
        """Return the host and port."""
        return await self.call("host")

    async def sent_at(self, name: str) -> float:
        """Return when the last byte of a picture was sent."""
        return await self.call("sent_at", name)


def address(host: str, name: str, size: int, seconds: float = 0.0) -> str:
    """Return the address of a picture of so many bytes, whose last byte comes after so many seconds."""
    return f"http://{host}/base/image/{name}?size={size}&seconds={seconds}"


class _Server:
    """Does what `FileProcess` asks for; every result is a JSON value."""

    def __init__(self, host: str, sent: dict[str, float]) -> None:
        self._host = host
        self._sent = sent

    async def host(self) -> str:
        return self._host

    async def sent_at(self, name: str) -> float:
        return self._sent[name]


async def _main() -> None:
    sent: dict[str, float] = {}

    async def get(request: web.BaseRequest) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        data = (square() + name.encode()).ljust(int(request.query["size"]), b"\0")
        response = web.StreamResponse(headers={"Content-Type": "image/png", "Content-Length": str(len(data))})
        await response.prepare(request)
        for start in range(0, len(data) - 1, _PIECE):
            await response.write(data[start : min(start + _PIECE, len(data) - 1)])
        await asyncio.sleep(float(request.query["seconds"]))
        await response.write(data[-1:])
        sent[name] = time.monotonic()
        return response

    runner = web.ServerRunner(web.Server(get), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    await serve(_Server(f"{host}:{port}", sent))
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_main())
