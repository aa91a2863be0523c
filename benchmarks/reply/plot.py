"""The picture: text that exists against text that can be seen, over time, as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, floor
from xml.sax.saxutils import escape

from benchmarks.reply.ages import Shown

_WIDTH, _HEIGHT = 450, 300  # of a panel's axes
_LEFT, _TOP, _BETWEEN, _RIGHT, _BOTTOM = 70, 84, 70, 20, 54
_COLOURS = ("#2f4fd6", "#c2410c", "#6b7280")  # Quoth's first
_DASHES = ("none", "none", "6 3")
_EXISTS = "#dfe5ee"
_GRID, _AXIS = "#c9d0da", "#6b7280"
_MOST_LINES = 9  # of a grid in one direction
_PLEASANT = (1, 2, 5, 250, 500, 1000, 2000)  # distances between lines of a grid

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """One reply. Points are seconds since its answer's first text, and characters."""

    name: str
    exists: list[Point]
    seen: list[Point]
    """Each holds until the next."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One scene; the first curve's answer stands for what exists, as it is the same for all."""

    title: str
    curves: list[Curve]
    window: tuple[float, float] | None = None
    """From which second to which; None for all."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Seconds and characters to places."""

    since: float
    until: float
    low: float
    high: float

    def x(self, at: float) -> float:
        return (at - self.since) / (self.until - self.since) * _WIDTH

    def y(self, length: float) -> float:
        return _HEIGHT - (length - self.low) / (self.high - self.low) * _HEIGHT


def curve(name: str, shown: Shown) -> Curve:
    """Gives the curve of one reply."""
    answer = shown.answer
    lengths = [0, *accumulate(len(answer.piece(update)) for update in range(answer.updates))]
    exists = [(answer.since(update) - answer.start, float(lengths[update + 1])) for update in range(answer.updates)]
    seen = [(at - answer.start, float(lengths[count])) for at, count in shown.steps if at > answer.start]
    return Curve(name, exists, [(0.0, 0.0), *seen])


def draw(panels: Sequence[Panel]) -> str:
    """Gives the picture: panels side by side, one legend above."""
    width = _LEFT + len(panels) * (_WIDTH + _BETWEEN) - _BETWEEN + _RIGHT
    height = _TOP + _HEIGHT + _BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="13" fill="#1f2937">',
        "<title>Text that exists against text that can be seen, over time</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *_legend([curve.name for curve in panels[0].curves]),
        f'<text transform="translate(18 {_TOP + _HEIGHT / 2}) rotate(-90)" text-anchor="middle">characters</text>',
    ]
    for number, panel in enumerate(panels):
        scale = _scale(panel)
        parts.append(f'<g transform="translate({_LEFT + number * (_WIDTH + _BETWEEN)} {_TOP})">')
        # An inner picture shows nothing beyond its edges.
        inner = [f'<svg width="{_WIDTH}" height="{_HEIGHT}">', *_curves(panel, scale), "</svg>"]
        parts += [*_grid(scale), *inner, *_axes(panel.title, scale), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _scale(panel: Panel) -> _Scale:
    exists = panel.curves[0].exists
    since, until = panel.window or (0.0, ceil(max(curve.seen[-1][0] for curve in panel.curves) + 0.5))
    inside = [length for at, length in exists if since <= at <= until]
    low = min(inside) if since else 0.0
    step = _step(max(inside) - low)
    return _Scale(since, until, floor(low / step) * step, ceil(max(inside) / step) * step)


def _legend(names: Sequence[str]) -> list[str]:
    parts = [
        f'<rect x="{_LEFT}" y="16" width="26" height="14" fill="{_EXISTS}"/>',
        f'<text x="{_LEFT + 33}" y="28">text that exists; visible text of:</text>',
    ]
    x = _LEFT + 250
    for name, colour, dash in zip(names, _COLOURS, _DASHES, strict=True):
        line = f'stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dash}"'
        parts.append(f'<path d="M{x} 23h26" {line}/><text x="{x + 33}" y="28">{escape(name)}</text>')
        x += 60 + 7 * len(name)
    return parts


def _grid(scale: _Scale) -> list[str]:
    return [
        f'<g transform="translate(0 {scale.y(value):.1f})"><path d="M-4 0H{_WIDTH}" stroke="{_GRID}"/>'
        f'<text x="-9" y="4" text-anchor="end">{value:,}</text></g>'
        for value in _values(scale.low, scale.high)
    ]


def _axes(title: str, scale: _Scale) -> list[str]:
    ticks = (
        f'<g transform="translate({scale.x(value):.1f} {_HEIGHT})"><path d="M0 0v5" stroke="{_AXIS}"/>'
        f'<text y="20" text-anchor="middle">{value}</text></g>'
        for value in _values(scale.since, scale.until)
    )
    axes = f'<path d="M0 0V{_HEIGHT}H{_WIDTH}" fill="none" stroke="{_AXIS}"/>'
    label = f'<text x="{_WIDTH / 2}" y="{_HEIGHT + 42}" text-anchor="middle">seconds since the first text</text>'
    return [f'<text y="-14" font-weight="600">{escape(title)}</text>', *ticks, axes, label]


def _values(low: float, high: float) -> range:
    step = _step(high - low)
    return range(ceil(low / step) * step, floor(high) + 1, step)


def _step(length: float) -> int:
    return next((step for step in _PLEASANT if length / step <= _MOST_LINES), _PLEASANT[-1])


def _curves(panel: Panel, scale: _Scale) -> list[str]:
    exists = panel.curves[0].exists
    rising = "".join(f"L{scale.x(at):.1f} {scale.y(length):.1f}" for at, length in exists)
    floor_y = scale.y(0)
    parts = [f'<path d="M{scale.x(0):.1f} {floor_y:.1f}{rising}H{_WIDTH}V{floor_y:.1f}Z" fill="{_EXISTS}"/>']
    styles = list(zip(panel.curves, _COLOURS, _DASHES, strict=True))
    for each, colour, dash in reversed(styles):  # Quoth's on top
        steps = "".join(f"H{scale.x(at):.1f}V{scale.y(length):.1f}" for at, length in each.seen)
        style = f'fill="none" stroke="{colour}" stroke-width="2.2" stroke-dasharray="{dash}"'
        parts.append(f'<path d="M{scale.x(0):.1f} {floor_y:.1f}{steps}H{_WIDTH}" {style}/>')
    return parts
