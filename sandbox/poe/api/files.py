"""Files at the official API: what clients upload and what answers bring (next.md sections A3, A4 and B4)."""

import asyncio
import hashlib
import mimetypes
from dataclasses import dataclass

from aiohttp import BodyPartReader, web

from sandbox.changes import Changes
from sandbox.poe.answers.steps import File
from sandbox.poe.api import errors
from sandbox.poe.api.errors import Refusal
from sandbox.poe.api.records import Upload
from sandbox.poe.moods.catalogue import Moods

UPLOAD_PATH = "/poe_api/file_upload_3RD_PARTY_POST"
LIMIT = 64 * 1024**2
"""Bytes in one request. Poe's own limit is unknown; some clients have this one."""
_MEGABYTE = 1_000_000
_KINDS = frozenset(("image", "audio", "video", "text"))


@dataclass(frozen=True, slots=True)
class _Served:
    data: bytes
    content_type: str
    moods: Moods


class Files:
    """Serves files by their hash, for everybody who has the address."""

    def __init__(self, key: str, changes: Changes) -> None:
        self._key = key
        self._changes = changes
        self._served: dict[str, _Served] = {}
        self.base = ""
        """Scheme, host and port; set once the server is up."""
        self.uploads: list[Upload] = []

    def serve(self, file: File, moods: Moods) -> dict[str, object]:
        """Serve a file from now on, and return the data of its `file` event."""
        event: dict[str, object] = {
            "url": self._address(file.data, file.content_type, moods),
            "content_type": file.content_type,
            "inline_ref": file.inline_ref,
        }
        return event if file.name is None else event | {"name": file.name}

    async def upload(self, request: web.Request, moods: Moods) -> web.Response:
        """Take an upload; the content type of the answer is the one that the file's name says."""
        if "upload-slow" in moods:
            await asyncio.sleep(moods["upload-slow"])
        name, data, claimed = await _file_in(request)
        refused = self._refusal(request, name, moods)
        content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        url = "" if refused else self._address(data, content_type, moods)
        authorization = request.headers.get("Authorization", "")
        self.uploads.append(Upload(name, data, claimed, authorization, refused.status if refused else 200, url))
        self._changes.notify()
        if refused:
            return errors.response(request, refused, moods)
        return web.json_response({"attachment_url": url, "mime_type": content_type})

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

    def _address(self, data: bytes, content_type: str, moods: Moods) -> str:
        digest = hashlib.sha256(data + repr(sorted(moods.items())).encode()).hexdigest()
        self._served[digest] = _Served(data, content_type, moods)
        kind = content_type.partition("/")[0]
        return f"{self.base}/base/{kind if kind in _KINDS else 'application'}/{digest}"

    def _refusal(self, request: web.Request, name: str, moods: Moods) -> Refusal | None:
        if request.headers.get("Authorization") != self._key:  # without "Bearer"
            return errors.BAD_KEY
        if "upload-status" in moods:
            status = int(moods["upload-status"])
            return Refusal(status, f"Quoth's sandbox refuses the upload with {status}.")
        return None if name else Refusal(400, "The sandbox takes only uploads with a part `file`.")


async def _file_in(request: web.Request) -> tuple[str, bytes, str | None]:
    """Return the name, bytes and claimed content type of the part `file`; an empty name if there is none."""
    if request.content_type != "multipart/form-data":
        return "", b"", None
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "file":
            return part.filename or "", bytes(await part.read()), part.headers.get("Content-Type")
    return "", b"", None
