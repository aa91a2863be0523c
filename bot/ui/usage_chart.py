"""Asks per day and model as a picture. It contains figures, dates and names, but no words in any language."""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

_SIZE = (800, 400)
_SCALE = 2  # drawn larger and shrunk, for smooth edges
_LEFT, _TOP, _RIGHT, _BOTTOM = 56, 24, 260, 40
_FONT = str(files("noto_cjk_sans_otc") / "NotoSansCJK-Regular.ttc")
_SIMPLIFIED_CHINESE = 2  # the face of the font's file: they differ in the forms of Chinese characters
_TEXT = 17.0  # pixels: legible where Discord shows the picture at half its size
_PAPER, _INK, _FAINT, _GRID = "#2b2d31", "#f2f3f5", "#949ba4", "#3f4248"
_COLOURS = ("#5865f2", "#3ba55c", "#faa61a", "#eb459e", "#00a8fc", "#80848e")
OTHERS = "…"
"""The name for all models after the first five."""


def ranked(days: Mapping[date, Mapping[str, int]]) -> list[tuple[str, int]]:
    """Return models with how often they were asked, the most asked first."""
    total: Counter[str] = Counter()
    for models in days.values():
        total.update(models)
    return total.most_common()


def draw(days: Mapping[date, Mapping[str, int]]) -> bytes:
    """Return a PNG with a stacked bar for each day. Takes some 50 ms, so call it in a thread."""
    from PIL import Image, ImageDraw, ImageFont  # take memory that is rarely needed

    width, height = (side * _SCALE for side in _SIZE)
    image = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(image)
    font = ImageFont.truetype(_FONT, _TEXT * _SCALE, _SIMPLIFIED_CHINESE)
    names = [name for name, _ in ranked(days)]
    shown = names[:5] + ([OTHERS] if len(names) > 5 else [])
    _bars(pen, font, days, shown)
    for row, name in enumerate(shown):
        x, y = width - (_RIGHT - 16) * _SCALE, (_TOP + 30 * row) * _SCALE
        pen.rectangle((x, y, x + 14 * _SCALE, y + 14 * _SCALE), _COLOURS[row])
        left = x + 22 * _SCALE
        pen.text((left, y + 7 * _SCALE), _fitting(name, font, width - left - 8 * _SCALE), _INK, font, "lm")
    stored = io.BytesIO()
    image.reduce(_SCALE).save(stored, "PNG", optimize=True)
    return stored.getvalue()


def _bars(
    pen: "ImageDraw.ImageDraw",
    font: "ImageFont.FreeTypeFont",
    days: Mapping[date, Mapping[str, int]],
    shown: Sequence[str],
) -> None:
    left, top = _LEFT * _SCALE, _TOP * _SCALE
    right, bottom = (_SIZE[0] - _RIGHT) * _SCALE, (_SIZE[1] - _BOTTOM) * _SCALE
    most = _ceiling(max((sum(models.values()) for models in days.values()), default=0))
    for part in range(5):
        y = bottom - (bottom - top) * part / 4
        pen.line((left, y, right, y), _GRID, _SCALE)
        if most * part % 4 == 0:
            pen.text((left - 8 * _SCALE, y), str(most * part // 4), _FAINT, font, "rm")
    step = (right - left) / max(1, len(days))
    for number, (day, models) in enumerate(days.items()):
        x, y = left + step * number, float(bottom)
        for colour, name in zip(_COLOURS, shown, strict=False):
            rest = sum(count for other, count in models.items() if other not in shown)
            count = rest if name == OTHERS else models.get(name, 0)
            if count:
                upper = y - (bottom - top) * count / most
                pen.rectangle((x + 0.15 * step, upper, x + 0.85 * step, y), colour)
                y = upper
        if (len(days) - 1 - number) % 7 == 0:
            pen.text((x + step / 2, bottom + 8 * _SCALE), f"{day:%m-%d}", _FAINT, font, "mt")


def _ceiling(most: int) -> int:
    """Return the top of the axis, a multiple of four: 4, 8, 12, 16, 20, 28, 40, 80 and so on."""
    unit = 4
    while True:
        for times in (1, 2, 3, 4, 5, 7):
            if most <= unit * times:
                return unit * times
        unit *= 10


def _fitting(name: str, font: "ImageFont.FreeTypeFont", width: float) -> str:
    """Return the name, or as much of its beginning as fits into so many pixels."""
    shown = name
    while font.getlength(shown) > width:
        name = name[:-1]
        shown = f"{name}…"
    return shown
