"""GET /api/settings and /up/{box}/updates, from which pages get frames (poe.md section 3.1)."""

import asyncio
import contextlib
import json

from aiohttp import web

from sandbox.poe.wire.channel import Channel, Closing, Listener

POLL_SECONDS = 25.0


class Updates:
    """Serves the account's channel as a WebSocket and, at the same URL, as a long poll."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def settings(self, request: web.Request, *, websocket: bool) -> dict[str, object]:
        """Return what a page needs to connect; each call makes a new channel name."""
        name, digest = self._channel.grant()
        data = {
            "minSeq": str(self._channel.seq),
            "channel": name,
            "channelHash": digest,
            "boxName": self._channel.box,
            # The real page prefixes tch{n}.tch.; there is only one host here.
            "baseHost": request.host,
            "targetUrl": f"ws://{request.host}/up/{self._channel.box}/updates",
            "enableWebsocket": websocket,
        }
        return {"tchannelData": data}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve a WebSocket or a long poll; refuses names and hashes that don't belong together."""
        query = request.query
        name = query.get("channel", "")
        known = request.match_info["box"] == self._channel.box and self._channel.knows(name, query.get("hash", ""))
        if not known or not query.get("min_seq", "").isdigit():
            raise web.HTTPForbidden(text="the sandbox does not know this channel and hash")
        if "upgrade" in request.headers:
            return await self._socket(request, name, int(query["min_seq"]))
        return await self._poll(name, int(query["min_seq"]))

    async def _socket(self, request: web.Request, name: str, seq: int) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)  # compression would cost time for each frame and page
        try:
            await socket.prepare(request)
        except ConnectionError:  # the page is gone, for example because its browser was killed
            return socket
        with self._channel.listening(name) as listener:
            # From the named frame on, not after it: a page that reconnects gets that frame twice.
            for stamped in self._channel.since(seq):
                listener.queue.put_nowait(stamped.text)
            writer = asyncio.create_task(self._write(socket, listener))
            try:
                async for _ in socket:
                    pass
            finally:
                writer.cancel()
                await asyncio.gather(writer, return_exceptions=True)
        return socket

    async def _write(self, socket: web.WebSocketResponse, listener: Listener) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                item = await listener.queue.get()
                if isinstance(item, Closing):
                    await socket.close(code=item.code)
                    return
                await socket.send_str(item)

    async def _poll(self, name: str, seq: int) -> web.Response:
        with self._channel.listening(name) as listener:
            backlog = self._channel.since(seq + 1)
            if backlog:
                return self._frame(backlog[0].text)
            try:
                item = await asyncio.wait_for(listener.queue.get(), POLL_SECONDS)
            except TimeoutError:
                item = json.dumps({"messages": [], "min_seq": seq})
        if isinstance(item, Closing):
            raise web.HTTPServiceUnavailable(text="the sandbox closed this channel")
        return self._frame(item)

    def _frame(self, text: str) -> web.Response:
        return web.Response(text=text, content_type="application/json")
