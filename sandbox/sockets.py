"""Sockets that listen on 127.0.0.1, for both halves of the sandbox."""

import asyncio
import socket

_TURNS = 4  # of the event loop, in which what was accepted becomes a connection


def listener(port: int) -> socket.socket:
    """Give a listening socket; 0 takes a free port.

    Raises:
        OSError: the port is taken.
    """
    return socket.create_server(("127.0.0.1", port))


async def stop_accepting(listening: socket.socket) -> None:
    """Accept nothing more, before the server closes: Python 3.11 loses what it accepts at that moment."""
    if listening.fileno() >= 0:  # it is not closed already
        asyncio.get_running_loop().remove_reader(listening)
    for _ in range(_TURNS):
        await asyncio.sleep(0)
