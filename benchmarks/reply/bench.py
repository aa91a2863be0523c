"""The half of the bench that measures what people see of a streaming reply."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from statistics import mean, median, quantiles

from benchmarks.reply.baselines import Inline, Throttle
from benchmarks.reply.figures import ALONE, EIGHT, MANY, SCENES, SHARED, Played, Scene, Theatre, planning
from benchmarks.reply.lag import Lag
from benchmarks.reply.plot import Panel, curve, draw
from benchmarks.reply.quoth import Quoth
from benchmarks.table import Row, table

_IDLE = 3.0  # seconds for which an idle loop is looked at
_LONG, _GRAIN = 100_000, 100  # characters: of the answer whose pages are planned, and of each update
_FILLED = 12_000  # characters that fill all pages of a reply: what follows is in the file
_WINDOW = (2.0, 8.0)  # seconds of a reply that are drawn large, where steps are small

Results = Mapping[Scene, list[Played]]
"""What came of each scene: Quoth's first, then the baselines'."""


async def run(updates: int) -> tuple[str, str]:
    """Measures all sides and gives the table, and the picture as SVG."""
    sides = Quoth(), Inline(), Throttle()
    results: dict[Scene, list[Played]] = {}
    async with Theatre(updates) as theatre:
        async with Lag() as idle:
            await asyncio.sleep(_IDLE)
        for scene in SCENES:
            results[scene] = []
            for side in sides:
                print(f"{side.name}: {_name(scene)} …", file=sys.stderr)
                results[scene].append(await theatre.play(side, scene))
    print("Quoth: planning pages …", file=sys.stderr)
    plans = planning(_LONG, _GRAIN)
    names = [side.name for side in sides]
    figures = table(list(_rows(results, plans)), names[1:], list(_notes(results, plans, idle.seconds)))
    return figures, draw(list(_panels(results, names)))


def _name(scene: Scene) -> str:
    if scene.one_channel:
        return f"{scene.replies} replies in one channel by bot token"
    return "1 reply" if scene is ALONE else f"{scene.replies} replies in as many channels"


def _rows(results: Results, plans: list[float]) -> Iterator[Row]:
    for scene, played in results.items():
        age, *ages = (each.age for each in played)
        times = 1.25 if scene.one_channel else 1.15
        text = f"mean age of visible text, {_name(scene)} (optimum {scene.optimum:.2f} s)"
        yield Row(text, "s", age, tuple(ages), times * scene.optimum)
    share, *shares = (each.least_share for each in results[SHARED])
    yield Row("fewest edits that one of these 4 got, against a fair share", "", share, tuple(shares), least=0.5)
    late = [[seconds for scene in SCENES for seconds in results[scene][n].late] for n in range(3)]
    ours, *theirs = late
    text = "answer finished → final text visible, all of these replies, above latency"
    yield Row(f"{text}: median", "ms", _ms(median(ours)), tuple(_ms(median(each)) for each in theirs), 150)
    yield Row(f"{text}: p95", "ms", _ms(_p95(ours)), tuple(_ms(_p95(each)) for each in theirs), 600)
    limited, *others = (sum(results[scene][n].limited for scene in SCENES) for n in range(3))
    yield Row("429 answers", "", limited, tuple(others), 0)
    lag, *lags = (_ms(_p99(each.lag)) for each in results[MANY])
    yield Row(f"event loop lag with {MANY.replies} replies streaming: p99", "ms", lag, tuple(lags), 10)
    text = f"planning pages for an answer that grows to {_LONG:,} characters, CPU for an update: p95"
    yield Row(text, "ms", _ms(_p95(plans)), (None, None), 2)


def _notes(results: Results, plans: list[float], idle: list[float]) -> Iterator[str]:
    worst = ", ".join(f"{max(s.age for s in results[scene][0].shown):.2f} s" for scene in SCENES)
    yield f"- Quoth's worst single reply, in the same order: {worst}."
    lates = ", ".join(f"{_ms(median(p := results[scene][0].late)):.0f} and {_ms(max(p)):.0f} ms" for scene in SCENES)
    yield f"- Quoth's final text, median and worst, in the same order: {lates}."
    edits = ", ".join(f"{mean(s.edits for s in results[scene][0].shown):.0f}" for scene in SCENES)
    yield f"- Quoth's edits a reply while all were streaming, in the same order: {edits}."
    lost = ", ".join(f"{sum(s.losses for s in results[scene][0].shown)}" for scene in SCENES)
    yield f"- How often visible text was gone for a while on Quoth's side, in the same order: {lost}."
    filling = plans[: _FILLED // _GRAIN]
    yield (
        f"- Planning pages: mean {_ms(mean(plans)):.2f} ms, worst {_ms(max(plans)):.1f} ms; p95 of the updates that "
        f"fill them, the first {_FILLED:,} characters, {_ms(_p95(filling)):.2f} ms."
    )
    yield f"- Lag of the idle loop before the first reply, so the machine's own: p99 {_ms(_p99(idle)):.1f} ms."


def _panels(results: Results, names: list[str]) -> Iterator[Panel]:
    for scene, window in ((EIGHT, _WINDOW), (SHARED, None)):
        place = results[scene][0].typical
        curves = [curve(name, each.shown[place]) for name, each in zip(names, results[scene], strict=True)]
        title = f"One of {_name(scene)}"
        yield Panel(f"{title}, enlarged" if window else title, curves, window)


def _ms(seconds: float) -> float:
    return seconds * 1000


def _p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20, method="inclusive")[-1]


def _p99(seconds: list[float]) -> float:
    return quantiles(seconds, n=100, method="inclusive")[-1]
