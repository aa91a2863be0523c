"""The answers that are shown: each update exists from its own time on, as if a model streamed it.

An update exists whether it was read or not, so that a reader who comes late finds several at once.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from benchmarks.numbered_text import UPDATE_INTERVAL, piece


@dataclass(slots=True)
class StreamedAnswer:
    """One answer. Times are monotonic seconds.

    Args:
        number: its number, below 1296.
        start: when its first update exists.
        updates: how many updates it has, below 1296.
        shown: done when its writer has shown all of it, or has failed.
    """

    number: int
    start: float
    updates: int
    shown: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    async def read(self) -> AsyncGenerator[str]:
        """Yield the whole text so far, update by update."""
        text, loop = "", asyncio.get_running_loop()
        for update in range(self.updates):
            text += self.piece(update)
            if (wait := self.exists_at(update) - loop.time()) > 0:
                await asyncio.sleep(wait)
            yield text

    def exists_at(self, update: int) -> float:
        """Return from when on an update exists."""
        return self.start + update * UPDATE_INTERVAL

    @property
    def end(self) -> float:
        """When the whole answer exists."""
        return self.exists_at(self.updates - 1)

    def piece(self, update: int) -> str:
        """Return what an update adds to the text."""
        return piece(self.number, update)
