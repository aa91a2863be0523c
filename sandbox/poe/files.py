"""The files that answers bring, and those that clients have uploaded (next.md sections A4 and B4)."""

import asyncio
import hashlib
from dataclasses import dataclass

from aiohttp import web

from sandbox.poe.answers.steps import ADDRESS, File
from sandbox.poe.moods.catalogue import Moods

_MEGABYTE = 1_000_000
_KINDS = frozenset(("image", "audio", "video", "text"))


@dataclass(frozen=True, slots=True)
class _Served:
    data: bytes
    content_type: str
    moods: Moods


class Files:
    """Serves files by their hash, for everybody who has the address."""

    def __init__(self) -> None:
        self._served: dict[str, _Served] = {}
        self.base = ""
        """Scheme, host and port; set once the server is up."""

    def serve(self, file: File, moods: Moods) -> str:
        """Serve a file from now on, and return its address."""
        return self.address(file.data, file.content_type, moods)

    def written(self, text: str, file: File | None, moods: Moods) -> str:
        """Return a text with its file's address."""
        return text.replace(ADDRESS, self.serve(file, moods)) if file else text

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Serve a file as its moods say."""
        file = self._served.get(request.match_info["hash"])
        if file is None:
            raise web.HTTPNotFound
        moods = file.moods
        await asyncio.sleep(moods.get("file-slow", 0))
        if "file-status" in moods:
            return web.Response(status=int(moods["file-status"]))
        if "file-redirect" in moods:
            elsewhere = request.url.with_host("localhost").with_path("/elsewhere" + request.path)
            return web.Response(status=302, headers={"Location": str(elsewhere)})
        data = file.data.ljust(int(moods.get("file-size", 0) * _MEGABYTE), b"\0")
        content_type = "text/html" if "file-type" in moods else file.content_type
        return web.Response(body=data, headers={"Content-Type": content_type})

    def address(self, data: bytes, content_type: str, moods: Moods) -> str:
        """Serve these bytes from now on, and return their address."""
        digest = hashlib.sha256(data + repr(sorted(moods.items())).encode()).hexdigest()
        self._served[digest] = _Served(data, content_type, moods)
        kind = content_type.partition("/")[0]
        return f"{self.base}/base/{kind if kind in _KINDS else 'application'}/{digest}"
