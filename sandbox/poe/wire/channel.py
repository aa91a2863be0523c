"""The account's update channel: it numbers frames, keeps a backlog, and queues frames for all listeners.

Every page gets a channel *name* of its own from /api/settings, so that a mood can close the WebSocket of one page only.
All of them get the same frames, because all chats of an account share a channel (poe.md section 3.6).
"""

import asyncio
import json
import random
import secrets
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sandbox.changes import Changes
from sandbox.poe.records import Frame, Sent

CLOSE_NORMAL = 1001
CLOSE_FOR_GOOD = 4000
"""The sandbox's own close code, after which its page doesn't reconnect."""
BACKLOG = 500
TRACE_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Stamped:
    """A numbered frame."""

    seq: int
    text: str
    sent: Sent | None


@dataclass(frozen=True, slots=True)
class Closing:
    """Makes a listener close its WebSocket with this code."""

    code: int


class Listener:
    """One open WebSocket or long poll."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.muted = False
        self.queue: asyncio.Queue[str | Closing] = asyncio.Queue()


class Channel:
    """Numbers frames and delivers them to all listeners."""

    def __init__(self, rng: random.Random, changes: Changes) -> None:
        self._changes = changes
        self._seq = rng.randrange(3_000_000_000, 4_000_000_000)
        self._backlog: deque[Stamped] = deque(maxlen=BACKLOG)
        self._listeners: list[Listener] = []
        self.box = f"chan{rng.randrange(10, 99)}-8888"
        self._hashes: dict[str, str] = {}
        self.trace: list[Frame] = []
        self.is_down = False
        """While true, every new listener is closed at once."""
        self.on_outage: Callable[[float], None] = lambda _: None
        """Takes the server down for so many seconds."""

    @property
    def seq(self) -> int:
        """The number of the newest frame."""
        return self._seq

    def grant(self) -> tuple[str, str]:
        """Return the name and hash of a new channel for a page (poe.md section 3.1)."""
        name = f"poe-{self.box}-{secrets.token_hex(6)}"
        self._hashes[name] = secrets.token_hex(10)
        return name, self._hashes[name]

    def knows(self, name: str, digest: str) -> bool:
        """Return whether this name and hash belong together."""
        return self._hashes.get(name) == digest

    @contextmanager
    def listening(self, name: str) -> Generator[Listener]:
        """Add a listener within the block."""
        listener = Listener(name)
        self._listeners.append(listener)
        if self.is_down:
            listener.queue.put_nowait(Closing(CLOSE_NORMAL))
        self._changes.notify()
        try:
            yield listener
        finally:
            self._listeners.remove(listener)
            self._changes.notify()

    async def opened(self, name: str) -> None:
        """Wait until a listener of this name is there; a page that opens none within 2 s is not waited for."""
        with suppress(TimeoutError):
            await self._changes.wait_for(lambda: any(one.name == name for one in self._listeners), 2.0)

    def listeners(self) -> int:
        """Return how many WebSockets and long polls are open now."""
        return len(self._listeners)

    def since(self, seq: int) -> list[Stamped]:
        """Return the backlog from this number on, in order of delivery."""
        return [stamped for stamped in self._backlog if stamped.seq >= seq]

    def stamp(self, inners: Sequence[Mapping[str, object]], sent: Sent | None = None) -> Stamped:
        """Pack inner messages into the next numbered frame without delivering it (poe.md section 3.2)."""
        self._seq += 1
        frame = {"messages": [json.dumps(inner) for inner in inners], "min_seq": self._seq}
        return Stamped(self._seq, json.dumps(frame), sent)

    def deliver(self, stamped: Stamped) -> None:
        """Deliver a numbered frame to all listeners, and keep it in the backlog."""
        self._backlog.append(stamped)
        self._hand_out(stamped.text, stamped.seq, stamped.sent)

    def deliver_bare(self, text: str, sent: Sent | None = None) -> None:
        """Deliver an unnumbered frame: a pong, an error, a script's raw frame."""
        self._hand_out(text, None, sent)

    def close(self, code: int, name: str | None = None) -> None:
        """Close the listeners of one name, or all."""
        for listener in self._listeners:
            if name in (None, listener.name):
                listener.queue.put_nowait(Closing(code))

    def mute(self, name: str) -> None:
        """Send nothing more to the open listeners of one name."""
        for listener in self._listeners:
            listener.muted = listener.muted or listener.name == name

    def _hand_out(self, text: str, seq: int | None, sent: Sent | None) -> None:
        for listener in self._listeners:
            if not listener.muted:
                listener.queue.put_nowait(text)
        if len(self.trace) >= TRACE_LIMIT:
            del self.trace[: TRACE_LIMIT // 2]
        self.trace.append(Frame(time.monotonic(), seq, text, len(self._listeners), sent))
        self._changes.notify()
