"""How the sandbox stops listening."""

import asyncio
import gc
import socket
import warnings

import pytest
from aiohttp import web

from sandbox.poe.server import Server


@pytest.mark.parametrize("turns", range(5))
async def test_a_connection_that_comes_while_the_server_goes_is_closed(turns: int) -> None:
    """A connection that is being accepted while the server closes leaves nothing behind."""
    server = Server(web.Application, 0, lambda _: None)
    await server.come_up()
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))):
        for _ in range(turns):
            await asyncio.sleep(0)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            await server.aclose()
            for _ in range(turns):
                await asyncio.sleep(0)
            gc.collect()
        assert [str(warning.message) for warning in caught] == []
