"""Tells over HTTP how Quoth is.

``/livez`` says whether it is alive, ``/readyz`` whether it can answer, ``/metrics`` has its figures for Prometheus. The
first two answer 200 or 503, with JSON that names the reasons.
"""

import ipaddress
import logging
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client.aiohttp import make_aiohttp_handler

from bot.errors import SettingsError
from bot.ops.health import Health
from bot.ops.metrics import Metrics

log = logging.getLogger(__name__)


@asynccontextmanager
async def serving(health: Health, metrics: Metrics, host: str, port: int) -> AsyncGenerator[str]:
    """Serve health and figures while the block lasts; gives the address, such as ``http://127.0.0.1:9464``.

    Raises:
        SettingsError: the address is in use, or not one of this machine.
    """

    async def livez(_: web.Request) -> web.Response:
        return _answer(health.dead(), [])

    async def readyz(_: web.Request) -> web.Response:
        return _answer(await health.unready(), health.degraded())

    figures = make_aiohttp_handler(metrics.registry)

    async def show_figures(request: web.Request) -> web.StreamResponse:
        metrics.note_database(await health.database_seconds())
        return await figures(request)

    application = web.Application()
    application.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", show_figures)])
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else error  # asyncio says more, and the address again
            raise SettingsError(f"HEALTH_ADDRESS {host}:{port} can't be used: {why}.") from error
        address = f"http://{f'[{host}]' if ':' in host else host}:{runner.addresses[0][1]}"
        log.info("Health and figures are at %s.", address)
        if not ipaddress.ip_address(host).is_loopback:
            log.warning("Anyone who can reach %s can read Quoth's figures. They hold no names and no texts.", address)
        yield address
    finally:
        await runner.cleanup()


def _answer(failures: list[str], degraded: list[str]) -> web.Response:
    status = "failing" if failures else "degraded" if degraded else "ok"
    return web.json_response({"status": status, "reasons": failures + degraded}, status=503 if failures else 200)
