"""The half of the bench that measures Quoth's way to Poe beside the contract's loop."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.figures import Streamed, memory_per_ask, sendings, stream
from benchmarks.sides import Contract, Quoth, Side
from benchmarks.site import Site
from benchmarks.table import Row, table
from bot.poe.web.browser.executables import find_browser, version_of

_SMALL, _LARGE = 1_000, 100_000  # characters
_CONTRACT_BROWSERS = 4  # against one, for the memory of the contract's loop
_CONTRACT_SENDS = 5  # each starts a browser


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    at_once: int
    """Simultaneous asks."""
    updates: int
    """Updates of one answer."""
    sends: int
    """Asks that are timed until they are sent."""
    many: int
    """Simultaneous asks whose memory is compared with one's."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that was measured on one side. Times are seconds."""

    per_ask: float | None
    sent: list[float]
    together: Streamed
    small: Streamed
    large: Streamed


async def measure(side: Side, site: Site, plan: Plan) -> Measured:
    """Measures one side. Memory comes first, while no browser has grown by what came before."""

    def doing(what: str) -> None:
        print(f"{type(side).__name__}: {what} …", file=sys.stderr)

    doing("memory")
    per_ask = await memory_per_ask(side, site, 1, plan.many) if plan.many > 1 else None
    doing("asks until they are sent")
    sent = await sendings(side, site, plan.sends)
    doing(f"{plan.at_once} answers at once")
    together = await stream(side, site, plan.at_once, 200, plan.updates)
    small, large = await _lengths(side, site, plan.updates)
    return Measured(per_ask, sent, together, small, large)


async def _lengths(side: Side, site: Site, updates: int) -> tuple[Streamed, Streamed]:
    print(f"{type(side).__name__}: short and long answers …", file=sys.stderr)
    return await stream(side, site, 1, _SMALL, updates), await stream(side, site, 1, _LARGE, updates)


async def run(at_once: int, updates: int, sends: int) -> str:
    """Measures both sides, one after the other, and gives the table."""
    async with Site() as site:
        async with Quoth(site, at_once) as quoth:
            ours = await measure(quoth, site, Plan(at_once, updates, sends, at_once))
        async with Quoth(site, 1) as quoth:
            alone = await _lengths(quoth, site, updates)
        contract_plan = Plan(at_once, updates, min(sends, _CONTRACT_SENDS), _CONTRACT_BROWSERS)
        theirs = await measure(Contract(site, max(at_once, _CONTRACT_BROWSERS)), site, contract_plan)
    rows = list(_rows(ours, alone, theirs, at_once))
    return table(rows, ["contract's loop"], list(_notes(ours, alone, theirs, at_once)))


def _rows(ours: Measured, alone: tuple[Streamed, Streamed], theirs: Measured, at_once: int) -> Iterator[Row]:
    wire = f"text on the wire → snapshot, {at_once} asks at once, 20 updates a second each"
    fast, slow = ours.together, theirs.together
    yield Row(f"{wire}: median", "ms", _ms(fast.ages), (_ms(slow.ages),), 5, 0.1)
    yield Row(f"{wire}: p95", "ms", _p95(fast.ages), (_p95(slow.ages),), 20)
    yield Row(
        "ask handed to the client → prompt sent, warm: median", "ms", _ms(ours.sent), (_ms(theirs.sent),), 150, 0.1
    )
    yield Row("memory (PSS) per further simultaneous ask", "MB", ours.per_ask, (theirs.per_ask,), 40, 0.15)
    yield Row(f"CPU of Quoth's process while {at_once} answers stream", "%", 100 * fast.cpu / fast.lasted, (None,), 20)
    long = f"age of a text at {_LARGE:,} characters against {_SMALL:,}"
    yield Row(long, "times", _times(*alone), (_times(theirs.small, theirs.large),), 2)
    small, large = alone
    yield Row("CPU per snapshot, likewise", "times", _cpu_ms(large) / _cpu_ms(small), (None,), 2)


def _notes(ours: Measured, alone: tuple[Streamed, Streamed], theirs: Measured, at_once: int) -> Iterator[str]:
    # A name and a version; what may follow is a hash or the distribution.
    programs = (" ".join(version_of(program).split()[:2]) for program in find_browser())
    yield f"- {', '.join(programs)}."
    together = ours.together
    small, large = alone
    for name, side, lengths in (("Quoth", ours, alone), ("the contract's loop", theirs, (theirs.small, theirs.large))):
        yield (
            f"- {name}, median age at {_SMALL:,} and {_LARGE:,} characters: {_both(*lengths)}; asks until they were "
            f"sent: {len(side.sent)}, p95 {_p95(side.sent):.0f} ms."
        )
    yield (
        f"- The same on Quoth's side where {at_once} tabs are open, each of which hears the whole account: "
        f"{_both(ours.small, ours.large)}, {_times(ours.small, ours.large):.2f} times."
    )
    yield (
        f"- Quoth's own CPU per snapshot: {_cpu_ms(together):.2f} ms with all at once, "
        f"{_cpu_ms(small):.2f} ms at {_SMALL:,} and {_cpu_ms(large):.2f} ms at {_LARGE:,} characters; the "
        f"sandbox's process took {100 * together.site_cpu / together.lasted:.0f} % of a core with all at once."
    )


def _ms(seconds: list[float]) -> float:
    return median(seconds) * 1000


def _p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20, method="inclusive")[-1] * 1000


def _both(small: Streamed, large: Streamed) -> str:
    return f"{_ms(small.ages):.1f} ms and {_ms(large.ages):.1f} ms"


def _times(small: Streamed, large: Streamed) -> float:
    return median(large.ages) / median(small.ages)


def _cpu_ms(streamed: Streamed) -> float:
    return streamed.cpu / max(1, streamed.snapshots) * 1000
