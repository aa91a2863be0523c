"""The picture: text that exists against text that can be seen, over time, as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil
from xml.sax.saxutils import escape

from benchmarks.reply.ages import Shown

_WIDTH, _HEIGHT = 460, 300  # of a panel's axes
_LEFT, _TOP, _BETWEEN, _RIGHT, _BOTTOM = 66, 84, 34, 20, 54
_COLOURS = ("#3451d1", "#c2410c", "#6b7280")
_DASHES = ("none", "none", "5 3")
_EXISTS = "#dfe5ee"

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


def curve(name: str, shown: Shown) -> Curve:
    """Gives the curve of one reply."""
    answer = shown.answer
    lengths = [0, *accumulate(len(answer.piece(update)) for update in range(answer.updates))]
    exists = [(answer.since(update) - answer.start, float(lengths[update + 1])) for update in range(answer.updates)]
    seen = [(at - answer.start, float(lengths[count])) for at, count in shown.steps if at > answer.start]
    return Curve(name, exists, [(0.0, 0.0), *seen])


def draw(panels: Sequence[Panel]) -> str:
    """Gives the picture: panels side by side on one scale, one legend above."""
    curves = [curve for panel in panels for curve in panel.curves]
    seconds = ceil(max(curve.seen[-1][0] for curve in curves) + 0.5)
    most = ceil(max(curve.exists[-1][1] for curve in curves) / 500) * 500
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
        parts.append(f'<g transform="translate({_LEFT + number * (_WIDTH + _BETWEEN)} {_TOP})">')
        parts += [*_axes(panel.title, seconds, most, numbers=number == 0), *_curves(panel, seconds, most), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _legend(names: Sequence[str]) -> list[str]:
    x, parts = _LEFT, list[str]()
    parts.append(f'<rect x="{x}" y="16" width="26" height="14" fill="{_EXISTS}"/>')
    parts.append(f'<text x="{x + 33}" y="28">text that exists; visible text of:</text>')
    x += 250
    for name, colour, dash in zip(names, _COLOURS, _DASHES, strict=True):
        line = f'stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dash}"'
        parts.append(f'<path d="M{x} 23h26" {line}/><text x="{x + 33}" y="28">{escape(name)}</text>')
        x += 60 + 7 * len(name)
    return parts


def _axes(title: str, seconds: int, most: int, *, numbers: bool) -> list[str]:
    parts = [f'<text x="0" y="-14" font-weight="600">{escape(title)}</text>']
    for value in range(0, most + 1, 500):
        y = _y(value, most)
        parts.append(f'<path d="M0 {y:.1f}H{_WIDTH}" stroke="#eceff3"/>')
        if numbers:
            parts.append(f'<text x="-8" y="{y + 4:.1f}" text-anchor="end">{value:,}</text>')
    step = 5 if seconds > 12 else 2
    for value in range(0, seconds + 1, step):
        x = _x(value, seconds)
        parts.append(f'<path d="M{x:.1f} {_HEIGHT}v5" stroke="#6b7280"/>')
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT + 20}" text-anchor="middle">{value}</text>')
    axis = f'<path d="M0 0V{_HEIGHT}H{_WIDTH}" fill="none" stroke="#6b7280"/>'
    label = f'<text x="{_WIDTH / 2}" y="{_HEIGHT + 42}" text-anchor="middle">seconds since the first text</text>'
    return [*parts, axis, label]


def _curves(panel: Panel, seconds: int, most: int) -> list[str]:
    exists = panel.curves[0].exists
    line = "".join(
        f"L{_x(at, seconds):.1f} {_y(length, most):.1f}" for at, length in [*exists, (seconds, exists[-1][1])]
    )
    parts = [f'<path d="M0 {_HEIGHT}{line}V{_HEIGHT}Z" fill="{_EXISTS}"/>']
    styles = list(zip(panel.curves, _COLOURS, _DASHES, strict=True))
    for each, colour, dash in reversed(styles):  # Quoth's on top
        path = "".join(
            f"H{_x(at, seconds):.1f}V{_y(length, most):.1f}"
            for (_, before), (at, length) in pairwise(each.seen)
            if length != before
        )
        style = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        parts.append(f'<path d="M0 {_HEIGHT}{path}H{_WIDTH}" {style}/>')
    return parts


def _x(at: float, seconds: int) -> float:
    return at / seconds * _WIDTH


def _y(length: float, most: int) -> float:
    return _HEIGHT - length / most * _HEIGHT
