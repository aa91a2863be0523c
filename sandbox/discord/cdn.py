"""The bytes of attachments, which Discord serves from its CDN."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.discord.world.store import World


def serve_attachment(world: World) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that serves attachments by their URLs, without a token."""

    async def serve(request: web.Request) -> web.StreamResponse:
        file_id = request.match_info["file_id"]
        file = world.attachments.get(int(file_id)) if file_id.isdecimal() else None
        if file is None or file.filename != request.match_info["filename"]:
            raise web.HTTPNotFound
        # As a download: an uploaded page must not run as a page of the sandbox's own origin.
        disposition = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.data, headers={"Content-Type": file.content_type} | disposition)

    return serve
