"""Sockets that listen on 127.0.0.1."""

import asyncio
import socket

_TURNS = 4  # of the event loop, in which an accepted socket becomes a connection


def listener(port: int) -> socket.socket:
    """Return a listening socket; 0 takes a free port.

    Raises:
        OSError: The port is taken.
    """
    return socket.create_server(("127.0.0.1", port))


async def stop_accepting(listening: socket.socket) -> None:
    """Stop accepting before the server closes: Python 3.11 loses connections that it accepts while closing."""
    if listening.fileno() >= 0:  # it is not closed already
        asyncio.get_running_loop().remove_reader(listening)
    for _ in range(_TURNS):
        await asyncio.sleep(0)
