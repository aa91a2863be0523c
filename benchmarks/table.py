"""The table of figures: on the screen, and in docs/benchmarks.md between two marks, around which people may write."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.poe.programs import find_browser, version_of

DOCS = Path(__file__).parent.parent / "docs" / "benchmarks.md"
_BEGIN = "<!-- `make bench` writes from here -->"
_END = "<!-- to here -->"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. Values are in `unit`; None was not measured or has no target."""

    figure: str
    unit: str
    quoth: float | None
    contract: float | None
    most: float
    """The target: as much as this at the most."""
    most_ratio: float | None = None
    """The target of the ratio to the contract's loop."""

    @property
    def ratio(self) -> float | None:
        """Quoth's value as a part of the contract's."""
        return self.quoth / self.contract if self.quoth is not None and self.contract else None

    @property
    def met(self) -> bool | None:
        """Whether every target is met; None where that was not measured."""
        if self.quoth is None or (self.most_ratio is not None and self.ratio is None):
            return None
        return self.quoth <= self.most and (self.most_ratio is None or (self.ratio or 0.0) <= self.most_ratio)

    def cells(self) -> tuple[str, ...]:
        """Gives the row as texts."""
        target = f"≤ {self.most:g} {self.unit}" + (f", ratio ≤ {self.most_ratio:g}" if self.most_ratio else "")
        met = {True: "yes", False: "**no**", None: "–"}[self.met]
        ratio = "–" if self.ratio is None else f"{self.ratio:.3f}"
        return self.figure, self._shown(self.quoth), self._shown(self.contract), ratio, target, met

    def _shown(self, value: float | None) -> str:
        return "–" if value is None else f"{value:.3g} {self.unit}" if abs(value) < 100 else f"{value:.0f} {self.unit}"


def table(rows: Sequence[Row], notes: Sequence[str]) -> str:
    """Gives the figures in Markdown, with the machine they were measured on."""
    head = ("figure", "Quoth", "contract's loop", "ratio", "target", "met?")
    lines = [head, ("---", "---:", "---:", "---:", "---", "---"), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n\n" + "\n".join((_machine(), *notes))


def write(figures: str, file: Path = DOCS) -> None:
    """Puts the figures between the marks of the file; what stands around them stays.

    Raises:
        ValueError: the file has no such marks.
    """
    text = file.read_text(encoding="utf-8")
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{file.name} has no place for figures: the marks {_BEGIN} and {_END} are missing")
    file.write_text(f"{before}{begin}\n{figures}\n{end}{after}", encoding="utf-8")


def _machine() -> str:
    browser, driver = find_browser()
    cores = len(os.sched_getaffinity(0))
    # A name and a version; what may follow is a hash or the distribution.
    programs = ", ".join(" ".join(version_of(program).split()[:2]) for program in (browser, driver))
    return (
        f"- {datetime.now(UTC):%Y-%m-%d}, {platform.system()}, {cores} cores, Python {platform.python_version()}, "
        f"{programs}; load over the last minute at the end: {os.getloadavg()[0]:.1f}."
    )
