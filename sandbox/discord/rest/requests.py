"""Read a REST call: JSON, or multipart with `payload_json` and `files[n]` (discord.md section 6)."""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.discord.world.errors import ApiError, UnmodelledError, too_large
from sandbox.discord.world.payloads import Upload

MAX_REQUEST_BYTES = 110 * 1024 * 1024
"""The whole request, files included, in a server with every boost; what a place takes is less (`Posting`)."""


@dataclass(frozen=True)
class Request:
    """One REST call, read completely."""

    path: dict[str, str]
    query: dict[str, str]
    body: object = None
    files: dict[int, Upload] = field(default_factory=dict[int, Upload])

    def id(self, name: str) -> int:
        """Return an id in the path; 0, which nothing has, if it isn't a number."""
        value = self.path[name]
        return int(value) if value.isdecimal() else 0


async def read(request: web.Request) -> Request:
    """Read a call completely.

    Raises:
        ApiError: 400 with code 50109 for invalid JSON, 413 for a body that is too large, 499 if the client has left.
    """
    if (request.content_length or 0) > MAX_REQUEST_BYTES:
        raise too_large()
    path, query = dict(request.match_info), dict(request.query)
    try:
        if request.content_type == "multipart/form-data":
            body, files = await _read_multipart(request)
            return Request(path, query, body, files)
        text = await request.text()
    except ConnectionResetError:
        raise ApiError(499, 0, "The client left before its request was complete.") from None
    return Request(path, query, _json(text) if text else None)


async def _read_multipart(request: web.Request) -> tuple[object, dict[int, Upload]]:
    body: object = {}
    files: dict[int, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise UnmodelledError("nested multipart bodies")
        name = part.name or ""
        if name == "payload_json":
            body = _json(await part.text())
        elif name.startswith("files[") and name[6:-1].isdecimal():
            data = bytes(await part.read(decode=True))
            files[int(name[6:-1])] = Upload(part.filename or "unknown", part.headers.get("Content-Type", ""), data)
        else:
            raise UnmodelledError(f"multipart field {name!r}")
    return body, files


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from None
