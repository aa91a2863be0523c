"""The measurements. Each works on either side, so that both are measured in one way, one after the other.

Asks that are to stream together wait at the sandbox until all of them have been sent, and are then released at once;
their updates are spread evenly over the 50 ms between two updates of one answer. An update's age is the time from its
hand-over to the wire until the asker has the first text that holds it or a newer one.
"""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from benchmarks.answers import TICK, Shape
from benchmarks.processes import cpu_used, memory
from benchmarks.sides import Side, Watched
from benchmarks.site import Site

_GATHERING = 120.0  # seconds for all browsers to start and send
_SAMPLES = 3
_MEMORY_UPDATES = 160
_streams = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Streamed:
    """What came of answers that streamed together. Times are seconds."""

    ages: list[float]
    cpu: float
    """Seconds of CPU that this process used while they streamed."""
    site_cpu: float
    """The same of the sandbox's process."""
    lasted: float
    """Seconds over which these were taken."""
    snapshots: int
    """Texts that the askers had in this time."""
    during: float
    """What was measured meanwhile."""


async def stream(
    side: Side, site: Site, count: int, base: int, updates: int, during: Callable[[], float] | None = None
) -> Streamed:
    """Lets `count` answers stream at once; in the middle of it `during` is called in a thread.

    Raises:
        RuntimeError: an asker did not see the last update, so that a figure would mean nothing.
    """
    stream_number = next(_streams)
    markers = [f"[stream {stream_number} ask {n}]" for n in range(count)]
    for number, marker in enumerate(markers):
        await site.shape(Shape(marker, base, updates, lag=0.2 + TICK * number / count))
    async with asyncio.TaskGroup() as group:
        asks = [group.create_task(side.ask(n, f"Count for me. {marker}")) for n, marker in enumerate(markers)]
        await site.gathered(count, _GATHERING)
        site_before = await site.cpu()
        began, before = await site.release(), cpu_used()
        measured = 0.0
        await asyncio.sleep(updates * TICK / 2)
        if during:
            measured = await asyncio.to_thread(during)
        await asyncio.sleep(max(0.0, began + updates * TICK - asyncio.get_running_loop().time()))
        ended, cpu = asyncio.get_running_loop().time(), cpu_used() - before
        site_cpu = await site.cpu() - site_before
    watched = [ask.result() for ask in asks]
    ages = [age for marker, ask in zip(markers, watched, strict=True) for age in _ages(await site.wire(marker), ask)]
    snapshots = sum(began <= at <= ended for ask in watched for _, at in ask.seen)
    return Streamed(ages, cpu, site_cpu, ended - began, snapshots, measured)


async def sendings(side: Side, site: Site, count: int) -> list[float]:
    """Asks one after another, resting between them, and gives the seconds until each prompt reached the site.

    One ask before them, which starts what is to be warm, doesn't count.
    """
    taken: list[float] = []
    for number in range(count + 1):
        marker = f"[send {side.__class__.__name__} ask {number}]"
        await site.shape(Shape(marker, 200, 4, hold=False))
        watched = await side.ask(0, f"Be short. {marker}")
        taken.append(await site.sent(marker) - watched.handed)
        await side.rest()
    return taken[1:]


async def memory_per_ask(side: Side, site: Site, few: int, many: int) -> float:
    """Gives the MB (PSS) of browser and driver processes per further ask: `many` that stream at once against `few`."""

    def sample() -> float:
        return median(memory(without=[site.pid]) for _ in range(_SAMPLES))

    used = [(await stream(side, site, count, 1000, _MEMORY_UPDATES, sample)).during for count in (few, many)]
    return (used[1] - used[0]) / (many - few)


def _ages(wire: dict[int, float], ask: Watched) -> list[float]:
    if not ask.seen or ask.seen[-1][0] != max(wire):
        raise RuntimeError("an asker did not see the whole answer")
    return [next(seen for newest, seen in ask.seen if newest >= number) - at for number, at in wire.items()]
