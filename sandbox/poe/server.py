"""A server that can go down and come back at the same address."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from aiohttp import web

from sandbox.sockets import listener, stop_accepting


class Server:
    """Listens on 127.0.0.1, with a new application each time it comes up.

    Args:
        make: Makes the application.
        port: Where to listen; 0 takes a free port and keeps it.
        on_change: Called with True once the server is up, and with False just before it goes down.
    """

    def __init__(self, make: Callable[[], web.Application], port: int, on_change: Callable[[bool], None]) -> None:
        self._make = make
        self._port = port
        self._on_change = on_change
        self._runner: web.AppRunner | None = None
        self._listening: socket.socket
        self._outages: set[asyncio.Task[None]] = set()
        self._outage_over = asyncio.Event()

    @property
    def url(self) -> str:
        """Scheme, host and port; known only once the server has been up."""
        return f"http://127.0.0.1:{self._port}"

    async def come_up(self) -> None:
        """Start listening, unless it does already.

        Raises:
            OSError: The port is taken.
        """
        if self._runner:
            return
        # The handlers of disconnected clients are cancelled: what must go on runs in tasks of its own.
        runner = web.AppRunner(self._make(), access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
        self._runner = runner
        try:
            await runner.setup()
            self._listening = listener(self._port)
            await web.SockSite(runner, self._listening).start()
        except OSError:
            self._runner = None
            await runner.cleanup()
            raise
        self._port = int(self._listening.getsockname()[1])
        self._on_change(True)

    async def go_down(self) -> None:
        """Stop listening and close every connection, as a server that dies would."""
        runner, self._runner = self._runner, None
        self._on_change(False)
        if runner:
            try:
                await stop_accepting(self._listening)
            finally:
                await runner.cleanup()

    def go_away(self, seconds: float) -> None:
        """Go down now, and come back by itself after so many seconds."""
        self._outage_over.clear()
        task = asyncio.create_task(self._away(seconds), name="outage")
        self._outages.add(task)
        task.add_done_callback(self._outages.discard)

    def end_outage(self) -> None:
        """Come back now from `go_away`."""
        self._outage_over.set()

    async def aclose(self) -> None:
        """Go down for good."""
        outages = list(self._outages)
        for task in outages:
            task.cancel()
        await asyncio.gather(*outages, return_exceptions=True)
        await self.go_down()

    async def _away(self, seconds: float) -> None:
        await self.go_down()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._outage_over.wait(), seconds)
        await self.come_up()
