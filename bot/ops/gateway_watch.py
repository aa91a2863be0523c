"""Notices a gateway that is connected but deaf: it acknowledges no heartbeats, or sends no events.

discord.py connects again when nothing at all came for a minute (discord.md section 5), again and again if need be. It
does not notice a connection on which only acknowledgements come.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import discord
from discord.gateway import DiscordWebSocket

log = logging.getLogger(__name__)

_UNACKNOWLEDGED = 130.0  # seconds: three heartbeats of 41 s each
_SILENT = 900.0  # seconds without an event, after which the connection is made anew, which brings one
_STILL_SILENT = 120.0  # seconds for that
_LONGEST = 5.0  # seconds that count at most between two looks: meanwhile this computer may have been busy or asleep
_RESUME = 4000  # a close code after which discord.py resumes


@dataclass(slots=True)
class _Shard:
    """What was seen of a shard. The times are seconds of being connected, because an outage is not deafness."""

    acknowledged: float | None = None
    sequence: int | None = None
    unacknowledged: float = 0.0
    silent: float = 0.0
    renewed: bool = False


def sockets(client: discord.Client) -> Mapping[int, DiscordWebSocket | None]:
    """Return the connections of a client by shard; None where there is none yet."""
    if isinstance(client, discord.AutoShardedClient):
        # discord.py shows a shard's state only in parts.
        return {number: shard._parent.ws for number, shard in client.shards.items()}  # pyright: ignore[reportPrivateUsage]
    return {0: client.ws or None}


def is_connected(client: discord.Client) -> bool:
    """Whether every shard has a connection, and the client was ready."""
    opened = [socket is not None and socket.open for socket in sockets(client).values()]
    return client.is_ready() and not client.is_closed() and bool(opened) and all(opened)


class GatewayWatch:
    """Looks at a client's connections.

    Args:
        client: whose connections these are.
        clock: returns seconds.
    """

    def __init__(self, client: discord.Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._looked = clock()
        self._shards: dict[int, _Shard] = {}
        self._renewing = set[asyncio.Task[None]]()

    def look(self) -> None:
        """Note what came since the last look. To be called every second or so."""
        now = self._clock()
        elapsed, self._looked = min(now - self._looked, _LONGEST), now
        for number, socket in sockets(self._client).items():
            shard = self._shards.setdefault(number, _Shard())
            if socket is not None and socket.open:
                self._note(shard, socket, elapsed)
                if shard.silent > _SILENT and not shard.renewed:
                    shard.renewed = True
                    log.info("No event came from Discord for %d s. Shard %d connects again.", shard.silent, number)
                    renewing = asyncio.create_task(socket.close(_RESUME), name="gateway-renewal")
                    self._renewing.add(renewing)
                    renewing.add_done_callback(self._renewing.discard)

    def _note(self, shard: _Shard, socket: DiscordWebSocket, elapsed: float) -> None:
        acknowledged = _acknowledged(socket)
        if acknowledged is not None and acknowledged != shard.acknowledged:
            shard.acknowledged, shard.unacknowledged = acknowledged, 0.0
        else:
            shard.unacknowledged += elapsed
        if socket.sequence is not None and socket.sequence != shard.sequence:
            shard.sequence, shard.silent, shard.renewed = socket.sequence, 0.0, False
        else:
            shard.silent += elapsed

    def deaf(self) -> list[str]:
        """Return a sentence for each shard that is connected but deaf."""
        reasons: list[str] = []
        for number, shard in self._shards.items():
            if shard.unacknowledged > _UNACKNOWLEDGED:
                reasons.append(f"Discord acknowledged no heartbeat of shard {number} for {shard.unacknowledged:.0f} s")
            if shard.silent > _SILENT + _STILL_SILENT:
                reasons.append(f"Discord sent shard {number} no event for {shard.silent:.0f} s")
        return reasons


def _acknowledged(socket: DiscordWebSocket) -> float | None:
    """Return when a heartbeat was last acknowledged on this connection, in seconds of some clock; None for never."""
    beats = socket._keep_alive  # pyright: ignore[reportPrivateUsage]  # there is no other way to know
    return beats._last_ack if beats and beats.latency != float("inf") else None  # pyright: ignore[reportPrivateUsage]
