"""The bytes of attachments, which Discord serves from its CDN."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.discord.world.store import World

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif")


def serve_attachment(world: World) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that serves attachments by their URLs, without a token."""

    async def serve(request: web.Request) -> web.StreamResponse:
        file_id = request.match_info["file_id"]
        file = world.attachments.get(int(file_id)) if file_id.isdecimal() else None
        if file is None or file.filename != request.match_info["filename"]:
            raise web.HTTPNotFound
        # All but pictures and recordings as a download: an uploaded page must not run as one of the sandbox's origin.
        shown = file.content_type in _PICTURES or file.content_type.startswith(("video/", "audio/"))
        disposition = {"Content-Disposition": "inline" if shown else "attachment", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.data, headers={"Content-Type": file.content_type} | disposition)

    return serve
