"""The picture of docs/benchmarks.md: the text that exists and the text that can be seen, over time."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, cast

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.reply.visible_text import VisibleAnswer

_matplotlib = cast("Any", mpl)  # its annotations leave keyword arguments unknown
_STYLE = {
    "font.size": 9,
    "path.simplify_threshold": 1.0,
    "svg.fonttype": "none",  # text stays text, in a font that the reader has
    "font.family": "sans-serif",
    "svg.hashsalt": "quoth",  # equal data gives an equal file
}
_EXISTS = "#dfe5ee"
_LINES = (("#2f4fd6", "-"), ("#c2410c", "-"), ("#6b7280", "--"))  # Quoth's first

Point = tuple[float, float]
"""Seconds since the answer's first text, and characters."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One reply: the text that existed, and the text that could be seen. Each point holds until the next."""

    name: str
    exists: list[Point]
    visible: list[Point]


@dataclass(frozen=True, slots=True)
class Panel:
    """One scenario. All its curves show the same answer."""

    title: str
    curves: list[Curve]
    window: tuple[float, float] | None = None
    """The seconds that are drawn; None for all."""


def curve(name: str, visible: VisibleAnswer) -> Curve:
    """Return the curve of one reply."""
    answer = visible.answer
    lengths = [0, *accumulate(len(answer.piece(update)) for update in range(answer.updates))]
    exists = [(answer.exists_at(update) - answer.start, float(lengths[update + 1])) for update in range(answer.updates)]
    seen = [(at - answer.start, float(lengths[count])) for at, count in visible.steps if at > answer.start]
    return Curve(name, exists, [(0.0, 0.0), *seen])


def draw(panels: Sequence[Panel]) -> str:
    """Return the panels side by side below one legend, as SVG. Its background is white, whatever is behind it."""
    with _matplotlib.rc_context(_STYLE):
        figure: Any = Figure((11, 4.2), facecolor="white", layout="constrained")
        for column, panel in enumerate(panels):
            axes = figure.add_subplot(1, len(panels), column + 1)
            _draw_panel(axes, panel)
            if not column:
                axes.set_ylabel("characters")
                handles, labels = axes.get_legend_handles_labels()
                figure.legend(handles, labels, loc="outside upper left", ncols=len(handles), frameon=False)
        svg = io.StringIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return svg.getvalue()


def _draw_panel(axes: Any, panel: Panel) -> None:
    end = max(curve.visible[-1][0] for curve in panel.curves) + 0.5
    since, until = panel.window or (0.0, end)
    exists = [(at, length) for at, length in panel.curves[0].exists if since <= at <= until]
    times, lengths = zip(*exists, (until, exists[-1][1]), strict=True)
    axes.fill_between(times, lengths, color=_EXISTS, linewidth=0, label="text that exists; visible text of:")
    for each, (colour, style), order in zip(panel.curves, _LINES, (4, 3, 2), strict=True):
        times, lengths = zip(*each.visible, (end, each.visible[-1][1]), strict=True)
        axes.step(times, lengths, colour, where="post", linestyle=style, label=each.name, zorder=order)
    axes.set_title(panel.title, loc="left", fontsize=9, fontweight="bold")
    axes.set_xlabel("seconds since the first text")
    axes.set_xlim(since, until)
    low, high = exists[0][1], exists[-1][1]
    axes.set_ylim(low, high + 0.02 * (high - low))  # a line along the top is not cut off
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.grid(axis="y", color="#c9d0da", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
