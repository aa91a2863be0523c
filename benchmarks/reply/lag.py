"""How late the event loop is: what a callback waits that could run at once."""

import asyncio
from types import TracebackType
from typing import Self

_STEP = 0.005  # seconds between two looks


class Lag:
    """Looks at the running loop for as long as the `async with` block runs.

    Attributes:
        seconds: by how much each look came late. asyncio's timers count in milliseconds, so a free loop has up to one.
    """

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._looking: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._looking = asyncio.create_task(self._look())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._looking.cancel()
        await asyncio.wait({self._looking})

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _STEP
            await asyncio.sleep(_STEP)
            self.seconds.append(loop.time() - due)
