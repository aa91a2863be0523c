"""The measurements on the way to Poe. Each works on either client.

Asks that are to stream together wait at the sandbox until all of them have been sent, and are then released at once;
their updates are spread evenly over the time between two updates of one answer. The age of an update is the time from
its hand-over to the site's sockets until the asker has the first text that contains it or a newer one.
"""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from benchmarks.numbered_text import UPDATE_INTERVAL
from benchmarks.poe.clients import Client, RecordedAsk
from benchmarks.poe.poe_process import PoeProcess
from benchmarks.poe.scripted_answer import ScriptedAnswer
from benchmarks.processes import memory

_START_LIMIT = 120.0  # seconds in which all browsers have to start and send
_MEMORY_SAMPLES = 3
_MEMORY_UPDATES = 160
_stream_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Streamed:
    """Answers that streamed together. Times are seconds."""

    ages: list[float]
    """The age of each update."""
    cpu: float
    """CPU that this process used while they streamed."""
    site_cpu: float
    """CPU that the sandbox's process used meanwhile."""
    duration: float
    """The time over which CPU and snapshots were counted."""
    snapshots: int
    """Texts that the askers got in this time."""
    sample: float
    """What `sample` returned in the middle of it, 0 without one."""


async def stream(
    client: Client, poe: PoeProcess, count: int, length: int, updates: int, sample: Callable[[], float] | None = None
) -> Streamed:
    """Stream `count` answers at once.

    Args:
        client: who asks.
        poe: who answers.
        count: how many ask at once.
        length: how many characters each answer begins with.
        updates: how often each answer grows.
        sample: called in a thread in the middle of it.

    Raises:
        RuntimeError: an asker did not see the last update, which makes the figures worthless.
    """
    stream_number = next(_stream_numbers)
    markers = [f"[stream {stream_number} ask {n}]" for n in range(count)]
    for number, marker in enumerate(markers):
        await poe.script(ScriptedAnswer(marker, length, updates, delay=0.2 + UPDATE_INTERVAL * number / count))
    async with asyncio.TaskGroup() as group:
        asks = [group.create_task(client.ask(n, f"Count for me. {marker}")) for n, marker in enumerate(markers)]
        await poe.wait_for_held(count, _START_LIMIT)
        site_cpu_before = await poe.cpu()
        began, cpu_before = await poe.release(), time.process_time()
        await asyncio.sleep(updates * UPDATE_INTERVAL / 2)
        sampled = await asyncio.to_thread(sample) if sample else 0.0
        await asyncio.sleep(max(0.0, began + updates * UPDATE_INTERVAL - time.monotonic()))
        ended, cpu = time.monotonic(), time.process_time() - cpu_before
        site_cpu = await poe.cpu() - site_cpu_before
    recorded = [ask.result() for ask in asks]
    ages = [age for marker, ask in zip(markers, recorded, strict=True) for age in _ages(await poe.updates(marker), ask)]
    snapshots = sum(began <= at <= ended for ask in recorded for _, at in ask.seen)
    return Streamed(ages, cpu, site_cpu, ended - began, snapshots, sampled)


async def times_until_sent(client: Client, poe: PoeProcess, count: int) -> list[float]:
    """Ask one after the other, resting between asks, and return the seconds until each prompt reached the site.

    One more ask comes first, to start what is warm for the others, and is not counted.
    """
    seconds: list[float] = []
    for number in range(count + 1):
        marker = f"[send {client.name} ask {number}]"
        await poe.script(ScriptedAnswer(marker, 200, 4, hold=False))
        recorded = await client.ask(0, f"Be short. {marker}")
        seconds.append(await poe.received_at(marker) - recorded.began)
        await client.rest()
    return seconds[1:]


async def memory_per_ask(client: Client, poe: PoeProcess, few: int, many: int) -> float:
    """Return the MB (PSS) of browsers and drivers per further simultaneous ask, from `few` to `many`."""

    def sample() -> float:
        return median(memory(excluded=[poe.pid]) for _ in range(_MEMORY_SAMPLES))

    used = [(await stream(client, poe, count, 1000, _MEMORY_UPDATES, sample)).sample for count in (few, many)]
    return (used[1] - used[0]) / (many - few)


def _ages(sent: dict[int, float], ask: RecordedAsk) -> list[float]:
    if not ask.seen or ask.seen[-1][0] != max(sent):
        raise RuntimeError("an asker did not see the whole answer")
    return [next(seen for newest, seen in ask.seen if newest >= number) - at for number, at in sent.items()]
