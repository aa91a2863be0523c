"""How busy the running event loop is."""

import asyncio
import time
from types import TracebackType
from typing import Self

_INTERVAL = 0.005  # seconds between two measurements of the lag
_QUIET = 0.01  # seconds in which an idle loop
_QUIET_CPU = 0.001  # uses less CPU than this


class LoopLag:
    """Measures the running loop's lag while the `async with` block runs.

    Attributes:
        seconds: how late each callback came. asyncio's timers have a resolution of 1 ms, so that an idle loop has up
            to 1 ms of lag.
    """

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._measuring: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._measuring = asyncio.create_task(self._measure())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._measuring.cancel()
        await asyncio.wait({self._measuring})

    async def _measure(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _INTERVAL
            await asyncio.sleep(_INTERVAL)
            self.seconds.append(loop.time() - due)


async def loop_is_idle() -> None:
    """Wait until the loop's thread has nothing left to do."""
    used = time.thread_time()
    while True:
        await asyncio.sleep(_QUIET)
        before, used = used, time.thread_time()
        if used - before < _QUIET_CPU:
            return
