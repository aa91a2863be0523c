"""Tables of figures in Markdown, and their places in docs/benchmarks.md: between two marks per subject."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs" / "benchmarks.md"
_BEGIN = "<!-- written by `make bench ONLY={subject}` -->"
_END = "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. Values are in `unit`; None means that there is no such value or no such target."""

    figure: str
    unit: str
    quoth: float | None
    others: tuple[float | None, ...]
    """The baselines' values, in the order of the table's columns."""
    most: float | None = None
    """Target: at most this."""
    most_ratio: float | None = None
    """Target: at most this ratio to the first baseline."""
    least: float | None = None
    """Target: at least this."""

    @property
    def ratio(self) -> float | None:
        """Quoth's value divided by the first baseline's."""
        return self.quoth / self.others[0] if self.quoth is not None and self.others[0] else None

    @property
    def met(self) -> bool | None:
        """Whether all targets are met; None if there is none or its value was not measured."""
        if self.quoth is None or (self.most_ratio is not None and self.ratio is None):
            return None
        checks = [self.quoth <= self.most] if self.most is not None else []
        checks += [self.quoth >= self.least] if self.least is not None else []
        checks += [self.ratio <= self.most_ratio] if self.most_ratio is not None and self.ratio is not None else []
        return all(checks) if checks else None

    def cells(self, *, ratios: bool) -> tuple[str, ...]:
        """Return the texts of the row's cells, with the ratio if the table has a column for it."""
        met = {True: "yes", False: "**no**", None: "–"}[self.met]
        ratio = ("–" if self.ratio is None else f"{self.ratio:.3f}",) if ratios else ()
        values = (self._with_unit(value) for value in (self.quoth, *self.others))
        return (self.figure, *values, *ratio, self._target(), met)

    def _target(self) -> str:
        parts = [
            f"{sign} {self._with_unit(value)}"
            for sign, value in (("≤", self.most), ("≥", self.least))
            if value is not None
        ]
        parts += [f"ratio ≤ {self.most_ratio:g}"] if self.most_ratio else []
        return ", ".join(parts) or "–"

    def _with_unit(self, value: float | None) -> str:
        if value is None:
            return "–"
        return (f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}") + (f" {self.unit}" if self.unit else "")


def table(rows: Sequence[Row], baselines: Sequence[str], notes: Sequence[str]) -> str:
    """Return a table in Markdown, with a list below it that begins with the machine.

    Args:
        rows: the figures.
        baselines: the names of the baselines, in the order of the rows' values.
        notes: further items of the list, each beginning with "- ".
    """
    ratios = any(row.most_ratio is not None for row in rows)
    head = ("figure", "Quoth", *baselines, *(["ratio"] if ratios else []), "target", "met?")
    rule = ("---", *["---:"] * (len(head) - 3), "---", "---")
    lines = [head, rule, *(row.cells(ratios=ratios) for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n\n" + "\n".join((_machine(), *notes))


def write(subject: str, figures: str, file: Path = DOCS) -> None:
    """Replace a subject's figures in a file and leave the rest of the file as it is.

    Args:
        subject: the name of the subject, as in `make bench ONLY=`.
        figures: the table.
        file: the file, in which two marks stand around the old figures.

    Raises:
        ValueError: the file has no such marks.
    """
    mark = _BEGIN.format(subject=subject)
    text = file.read_text(encoding="utf-8")
    before, begin, rest = text.partition(mark)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{file.name} has no place for figures: the marks {mark} and {_END} are missing")
    file.write_text(f"{before}{begin}\n{figures}\n{end}{after}", encoding="utf-8")


def _machine() -> str:
    cores = len(os.sched_getaffinity(0))
    return (
        f"- {datetime.now(UTC):%Y-%m-%d}, {platform.system()}, {cores} cores, Python {platform.python_version()}; "
        f"load over the last minute at the end: {os.getloadavg()[0]:.1f}."
    )
