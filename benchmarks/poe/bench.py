"""The figures of asking Poe: Quoth's client compared with the contract's loop."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from benchmarks.percentiles import ms, percentile
from benchmarks.poe.clients import Client, ContractClient, QuothClient
from benchmarks.poe.measurements import Streamed, memory_per_ask, stream, times_until_sent
from benchmarks.poe.poe_process import PoeProcess
from benchmarks.table import Row, table
from bot.poe.web.browser.executables import find_browser, version_of

_SHORT, _LONG = 1_000, 100_000  # characters
_CONTRACT_AT_ONCE = 4  # asks of the contract's loop whose memory is compared with one's
_CONTRACT_SENDS = 5  # each starts a browser


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much is measured."""

    at_once: int
    """Simultaneous asks."""
    updates: int
    """Updates of one answer."""
    sends: int
    """Asks that are timed until they are sent."""
    memory_at_once: int
    """Simultaneous asks whose memory is compared with one's."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that was measured of one client. Times are seconds."""

    memory_per_ask: float | None
    """MB."""
    until_sent: list[float]
    together: Streamed
    short: Streamed
    long: Streamed


async def run(at_once: int, updates: int, sends: int) -> str:
    """Measure both clients, one after the other, and return the table."""
    async with PoeProcess() as poe:
        async with QuothClient(poe, at_once) as quoth:
            ours = await _measure(quoth, poe, Amounts(at_once, updates, sends, at_once))
        async with QuothClient(poe, 1) as quoth:
            alone = await _lengths(quoth, poe, updates)
        contract_amounts = Amounts(at_once, updates, min(sends, _CONTRACT_SENDS), _CONTRACT_AT_ONCE)
        theirs = await _measure(ContractClient(poe, max(at_once, _CONTRACT_AT_ONCE)), poe, contract_amounts)
    rows = list(_rows(ours, alone, theirs, at_once))
    return table(rows, ["contract's loop"], list(_notes(ours, alone, theirs, at_once)))


async def _measure(client: Client, poe: PoeProcess, amounts: Amounts) -> Measured:
    """Measure one client: memory first, while no browser has grown by what came before."""
    several = amounts.memory_at_once > 1
    _progress(client, "memory")
    memory = await memory_per_ask(client, poe, 1, amounts.memory_at_once) if several else None
    _progress(client, "asks until they are sent")
    until_sent = await times_until_sent(client, poe, amounts.sends)
    _progress(client, f"{amounts.at_once} answers at once")
    together = await stream(client, poe, amounts.at_once, 200, amounts.updates)
    return Measured(memory, until_sent, together, *await _lengths(client, poe, amounts.updates))


async def _lengths(client: Client, poe: PoeProcess, updates: int) -> tuple[Streamed, Streamed]:
    _progress(client, "a short and a long answer")
    return await stream(client, poe, 1, _SHORT, updates), await stream(client, poe, 1, _LONG, updates)


def _rows(ours: Measured, alone: tuple[Streamed, Streamed], theirs: Measured, at_once: int) -> Iterator[Row]:
    text = f"text on the wire → snapshot, {at_once} asks at once, 20 updates a second each"
    fast, slow = ours.together, theirs.together
    yield Row(f"{text}: median", "ms", ms(median(fast.ages)), (ms(median(slow.ages)),), 5, 0.1)
    yield Row(f"{text}: p95", "ms", ms(percentile(fast.ages, 95)), (ms(percentile(slow.ages, 95)),), 20)
    sent, their_sent = ms(median(ours.until_sent)), ms(median(theirs.until_sent))
    yield Row("ask handed to the client → prompt sent, warm: median", "ms", sent, (their_sent,), 150, 0.1)
    text = "memory (PSS) per further simultaneous ask"
    yield Row(text, "MB", ours.memory_per_ask, (theirs.memory_per_ask,), 40, 0.15)
    text = f"CPU of Quoth's process while {at_once} answers stream"
    yield Row(text, "%", 100 * fast.cpu / fast.duration, (None,), 20)
    text = f"age of a text at {_LONG:,} characters compared with {_SHORT:,}"
    yield Row(text, "times", _ratio(*alone), (_ratio(theirs.short, theirs.long),), 2)
    short, long = alone
    yield Row("CPU per snapshot, likewise", "times", _cpu_ms(long) / _cpu_ms(short), (None,), 2)


def _notes(ours: Measured, alone: tuple[Streamed, Streamed], theirs: Measured, at_once: int) -> Iterator[str]:
    # A name and a version; a hash or a distribution may follow.
    programs = (" ".join(version_of(program).split()[:2]) for program in find_browser())
    yield f"- {', '.join(programs)}."
    together = ours.together
    short, long = alone
    for name, client, lengths in (("Quoth", ours, alone), ("The contract's loop", theirs, (theirs.short, theirs.long))):
        yield (
            f"- {name}, median age at {_SHORT:,} and {_LONG:,} characters: {_ages(*lengths)}; asks until they were "
            f"sent: {len(client.until_sent)}, p95 {ms(percentile(client.until_sent, 95)):.0f} ms."
        )
    yield (
        f"- The same for Quoth with {at_once} open tabs, each of which hears the whole account: "
        f"{_ages(ours.short, ours.long)}, {_ratio(ours.short, ours.long):.2f} times."
    )
    yield (
        f"- Quoth's own CPU per snapshot: {_cpu_ms(together):.2f} ms with all at once, "
        f"{_cpu_ms(short):.2f} ms at {_SHORT:,} and {_cpu_ms(long):.2f} ms at {_LONG:,} characters; the "
        f"sandbox's process took {100 * together.site_cpu / together.duration:.0f} % of a core with all at once."
    )


def _ages(short: Streamed, long: Streamed) -> str:
    return f"{ms(median(short.ages)):.1f} ms and {ms(median(long.ages)):.1f} ms"


def _ratio(short: Streamed, long: Streamed) -> float:
    return median(long.ages) / median(short.ages)


def _cpu_ms(streamed: Streamed) -> float:
    return ms(streamed.cpu) / max(1, streamed.snapshots)


def _progress(client: Client, what: str) -> None:
    print(f"{client.name}: {what} …", file=sys.stderr)
