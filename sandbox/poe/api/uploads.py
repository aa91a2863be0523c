"""What clients upload to the official API (next.md section A3)."""

import asyncio
import mimetypes

from aiohttp import BodyPartReader, web

from sandbox.changes import Changes
from sandbox.poe.api import errors
from sandbox.poe.api.errors import Refusal
from sandbox.poe.api.records import Upload
from sandbox.poe.files import Files
from sandbox.poe.moods.catalogue import Moods

UPLOAD_PATH = "/poe_api/file_upload_3RD_PARTY_POST"
LIMIT = 64 * 1024**2
"""Bytes in one request. Poe's own limit is unknown; some clients have this one."""


class Uploads:
    """Takes uploads, whose files are served from then on."""

    def __init__(self, key: str, files: Files, changes: Changes) -> None:
        self._key = key
        self._files = files
        self._changes = changes
        self.taken: list[Upload] = []
        """Every upload, accepted or not."""

    async def post(self, request: web.Request, moods: Moods) -> web.Response:
        """Take an upload; the content type of the answer is the one that the file's name says."""
        if "upload-slow" in moods:
            await asyncio.sleep(moods["upload-slow"])
        name, data, claimed = await _file_in(request)
        refused = self._refusal(request, name, moods)
        content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        url = "" if refused else self._files.address(data, content_type, moods)
        authorization = request.headers.get("Authorization", "")
        self.taken.append(Upload(name, data, claimed, authorization, refused.status if refused else 200, url))
        self._changes.notify()
        if refused:
            return errors.response(request, refused, moods)
        return web.json_response({"attachment_url": url, "mime_type": content_type})

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
