"""The figures of the queue: what the event loop spends when a full queue moves up by one.

One ask is answered and 100 wait. A move begins when the answer ends: the next ask begins, and everybody who still waits
is told their new position. The time is the CPU of the event loop's thread until it is idle again, during which nothing
else runs there.
"""

import asyncio
import sys
import time
from dataclasses import dataclass, field
from statistics import median

from benchmarks.event_loop import loop_is_idle
from benchmarks.percentiles import ms, percentile
from benchmarks.table import Row, table
from bot.conversation import Asker
from bot.poe.queue import Queue, Rules

_WAITING, _MOVES = 100, 40
_GUILDS, _PEOPLE = 10, 37  # among whom the asks are spread
_RULES = Rules(concurrency=1, gap=0.0, hourly=0, most=_WAITING)


@dataclass(slots=True)
class _Ask:
    """One ask. `ahead` is the position that it was told last."""

    asker: Asker
    ahead: int | None = None
    running: bool = False
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, queue: Queue) -> None:
        """Wait in the queue, then hold the turn until the ask is answered."""
        async with queue.turn(self.asker, self._told):
            self.running = True
            await self.answered.wait()
        self.running = False

    def _told(self, ahead: int, seconds: float, reason: str) -> None:
        self.ahead = ahead


async def run() -> str:
    """Measure and return the table."""
    print(f"Queue: {_MOVES} moves of {_WAITING} waiting asks …", file=sys.stderr)
    seconds = await _moves()
    text = f"a full queue of {_WAITING} moves up by one, CPU of the event loop"
    rows = (
        Row(f"{text}: median", "ms", ms(median(seconds)), (), 5),
        Row(f"{text}: p95", "ms", ms(percentile(seconds, 95)), (), 5),
    )
    return table(rows, (), ())


async def _moves() -> list[float]:
    """Return the seconds of CPU that each move took. A new ask fills the queue again before the next move."""
    queue, asks, seconds = Queue(_RULES), list[_Ask](), list[float]()
    tasks: list[asyncio.Task[None]] = []

    def join() -> None:
        number = len(asks)
        asks.append(_Ask(Asker(number % _GUILDS, number % _PEOPLE)))
        tasks.append(asyncio.create_task(asks[-1].run(queue)))

    try:
        join()
        await loop_is_idle()  # the first begins at once, before the queue is full
        for _ in range(_WAITING - 1):
            join()
        for _ in range(_MOVES):
            join()
            await loop_is_idle()
            running = next(ask for ask in asks if ask.running)
            began = time.thread_time()
            running.answered.set()
            await loop_is_idle()
            seconds.append(time.thread_time() - began)
            _check(asks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return seconds


def _check(asks: list[_Ask]) -> None:
    """Raise RuntimeError if a move left somebody with a wrong position, which makes the figure worthless."""
    told = sorted(ask.ahead or 0 for ask in asks if not ask.running and not ask.answered.is_set())
    if sum(ask.running for ask in asks) != 1 or told != list(range(1, _WAITING)):
        raise RuntimeError(f"after a move the waiting asks were told {told}")
