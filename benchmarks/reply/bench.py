"""The figures of what people see of a streaming reply: Quoth's compared with how other bots edit."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import mean, median

from benchmarks.event_loop import LoopLag
from benchmarks.percentiles import ms, percentile
from benchmarks.reply.baselines import InlineEdits, SharedThrottle
from benchmarks.reply.chart import Panel, curve, draw
from benchmarks.reply.quoth_reply import QuothReply
from benchmarks.reply.scenarios import EIGHT, MANY, SCENARIOS, SHARED, Result, Scenario, ScenarioRunner, page_planning
from benchmarks.table import Row, table

_IDLE = 3.0  # seconds for which the lag of an idle loop is measured
_LENGTH, _GROWTH = 100_000, 100  # characters: of the answer whose pages are planned, and of each of its updates
_FULL = 12_000  # characters that fill all pages of a reply; what follows is in the file
_WINDOW = (2.0, 8.0)  # seconds of a reply that are enlarged in the picture, because its steps are small

Results = Mapping[Scenario, list[Result]]
"""The results of each scenario: Quoth's first, then the baselines'."""


async def run(updates: int, picture: Path | None) -> str:
    """Measure all writers and return the table; draw the picture if there is a path for it."""
    writers = QuothReply(), InlineEdits(), SharedThrottle()
    results: dict[Scenario, list[Result]] = {}
    async with ScenarioRunner(updates) as runner:
        async with LoopLag() as idle:
            await asyncio.sleep(_IDLE)
        for scenario in SCENARIOS:
            results[scenario] = []
            for writer in writers:
                print(f"{writer.name}: {scenario.name} …", file=sys.stderr)
                results[scenario].append(await runner.run(writer, scenario))
    print("Quoth: planning pages …", file=sys.stderr)
    plans = page_planning(_LENGTH, _GROWTH)
    names = [writer.name for writer in writers]
    if picture:
        svg = draw(list(_panels(results, names)))
        await asyncio.to_thread(picture.write_text, svg, encoding="utf-8")
    return table(list(_rows(results, plans)), names[1:], list(_notes(results, plans, idle.seconds)))


def _rows(results: Results, plans: list[float]) -> Iterator[Row]:
    for scenario, of_writers in results.items():
        age, *ages = (result.age for result in of_writers)
        factor = 1.25 if scenario.one_channel else 1.15
        text = f"mean age of visible text, {scenario.name} (optimum {scenario.optimum:.2f} s)"
        yield Row(text, "s", age, tuple(ages), factor * scenario.optimum)
    share, *shares = (result.least_share for result in results[SHARED])
    yield Row("fewest edits that one of these 4 got, divided by a fair share", "", share, tuple(shares), least=0.5)
    delays = [[seconds for scenario in SCENARIOS for seconds in results[scenario][n].delays] for n in range(3)]
    ours, *theirs = delays
    text = "answer complete → final text visible, all of these replies, without latency"
    yield Row(f"{text}: median", "ms", ms(median(ours)), tuple(ms(median(each)) for each in theirs), 150)
    yield Row(f"{text}: p95", "ms", ms(percentile(ours, 95)), tuple(ms(percentile(each, 95)) for each in theirs), 600)
    limited, *others = (sum(results[scenario][n].rate_limited for scenario in SCENARIOS) for n in range(3))
    yield Row("requests answered with 429", "", limited, tuple(others), 0)
    lag, *lags = (ms(percentile(result.lag, 99)) for result in results[MANY])
    yield Row(f"event loop lag with {MANY.replies} replies streaming: p99", "ms", lag, tuple(lags), 10)
    text = f"planning pages for an answer that grows to {_LENGTH:,} characters, CPU per update: p95"
    yield Row(text, "ms", ms(percentile(plans, 95)), (None, None), 2)


def _notes(results: Results, plans: list[float], idle: list[float]) -> Iterator[str]:
    quoth = [results[scenario][0] for scenario in SCENARIOS]
    worst = ", ".join(f"{max(answer.age for answer in result.answers):.2f} s" for result in quoth)
    yield f"- Quoth's worst single reply, per scenario: {worst}."
    delays = ", ".join(f"{ms(median(result.delays)):.0f} and {ms(max(result.delays)):.0f} ms" for result in quoth)
    yield f"- Quoth's final text, median and worst, per scenario: {delays}."
    edits = ", ".join(f"{mean(answer.edits for answer in result.answers):.0f}" for result in quoth)
    yield f"- Quoth's edits per reply while all were streaming, per scenario: {edits}."
    lost = ", ".join(f"{sum(answer.disappearances for answer in result.answers)}" for result in quoth)
    yield f"- How often visible text of Quoth's disappeared for a while, per scenario: {lost}."
    filling = plans[: _FULL // _GROWTH]
    yield (
        f"- Planning pages: mean {ms(mean(plans)):.2f} ms, worst {ms(max(plans)):.1f} ms; p95 of the updates that "
        f"fill the pages, the first {_FULL:,} characters, {ms(percentile(filling, 95)):.2f} ms."
    )
    lag = ms(percentile(idle, 99))
    yield f"- Lag of the idle loop before the first reply, which is the machine's own: p99 {lag:.1f} ms."


def _panels(results: Results, names: list[str]) -> Iterator[Panel]:
    for scenario, window in ((EIGHT, _WINDOW), (SHARED, None)):
        index = results[scenario][0].median_reply
        curves = [curve(name, each.answers[index]) for name, each in zip(names, results[scenario], strict=True)]
        title = f"One of {scenario.name}"
        yield Panel(f"{title}, enlarged" if window else title, curves, window)
