"""Tables, which Discord does not render, become aligned code or lists. Pure.

The header and the first rows decide a table's form, so that a table that is still being written keeps the form it has:
a later cell that is wider than its column is wrapped.
"""

import re

from wcwidth import iter_graphemes, ljust, rjust, width

from bot.markdown.links import linked

SETTLING = 8
"""Rows that decide how wide the columns are."""

_WIDEST = 60  # characters of a line of code that fit a narrow screen
_LEAST = 4  # width of a column at least: later cells may be longer
_MOST_CELLS = 6  # columns of a table up to which it is readable as code
_GAP = "  "
_SEPARATOR = re.compile(r"[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)*[ \t]*:?-+:?[ \t]*\|?[ \t]*")
_PIPE = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\(([^()\s]*)\)|https?://")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_MARKS = re.compile(r"\*+(?=\S)|(?<=\S)\*+|~~|`+|(?<!\w)__?(?=\w)|(?<=\w)__?(?!\w)")


def starts_table(line: str, following: str) -> bool:
    """Whether these two lines are the header of a table and the line below it."""
    if "|" not in line or "-" not in following or not _SEPARATOR.fullmatch(following):
        return False
    return len(_cells(line)) == len(_cells(following)) and "|" in following


def is_row(line: str) -> bool:
    """Whether a line that follows a row of a table is a row too."""
    return "|" in line


class Table:
    """One table: how its rows are shown.

    Args:
        header: the first line.
        separator: the second line.
        rows: the rows so far; the first ``SETTLING`` decide how wide the columns are.
    """

    def __init__(self, header: str, separator: str, rows: list[str]) -> None:
        self._header = _cells(header)
        self._right = [cell.endswith(":") and not cell.startswith(":") for cell in _cells(separator)]
        self._listed = len(self._header) > _MOST_CELLS or bool(rows and _LINK.search(rows[0]))
        table = [[_plain(cell) for cell in cells] for cells in (self._header, *map(_cells, rows[:SETTLING]))]
        widths = [max((_width(row[n]) for row in table if n < len(row)), default=0) for n in range(len(self._header))]
        self._widths = [] if self._listed else _narrowed([max(_LEAST, wide) for wide in widths])

    @property
    def beginning(self) -> list[str]:
        """The lines before the rows."""
        if self._listed:
            return []
        rule = _GAP.join("─" * wide for wide in self._widths)
        return ["```", *self._lines([_plain(cell) for cell in self._header]), rule]

    @property
    def end(self) -> list[str]:
        """The lines after the rows."""
        return [] if self._listed else ["```"]

    def row(self, line: str) -> list[str]:
        """Return the lines of a row."""
        cells = _cells(line)[: len(self._header)]
        if not any(cells):
            return []
        if not self._listed:
            lines = self._lines([_plain(cell) for cell in cells])
            return [*lines, ""] if len(lines) > 1 else lines
        named = [
            f"**{_plain(name)}**: {linked(cell)}" if name else linked(cell)
            for name, cell in zip(self._header, cells, strict=False)
            if cell
        ]
        return [f"{'  ' if n else ''}- {part}" for n, part in enumerate(named)]

    def _lines(self, cells: list[str]) -> list[str]:
        columns = [_wrapped(cell, wide) for cell, wide in zip(cells, self._widths, strict=False)]
        height = max(map(len, columns))
        lines = (
            _GAP.join(
                _aligned(column[n] if n < len(column) else "", wide, right=right)
                for column, wide, right in zip(columns, self._widths, self._right, strict=False)
            )
            for n in range(height)
        )
        return [line.rstrip() for line in lines]


def _cells(line: str) -> list[str]:
    row = line.strip().removeprefix("|")
    if row.endswith("|") and not row.endswith("\\|"):
        row = row[:-1]
    return [cell.strip().replace("\\|", "|") for cell in _PIPE.split(row)]


def _plain(cell: str) -> str:
    """Return a cell's words without Markdown, which code would show as it is."""
    words = _LINK.sub(lambda link: f"{link[1]} ({link[2]})" if link[2] else link[0], _BREAK.sub(" ", cell))
    return " ".join(_MARKS.sub("", words).split())


def _narrowed(widths: list[int]) -> list[int]:
    """Narrow the widest columns until the table fits a screen."""
    over = sum(widths) + len(_GAP) * (len(widths) - 1) - _WIDEST
    while over > 0:
        widest = max(widths)
        others = [wide for wide in widths if wide < widest]
        columns = [n for n, wide in enumerate(widths) if wide == widest]
        step = max(1, min(widest - max(others, default=0), -(-over // len(columns))))
        for n in columns:
            taken = min(step, over)
            widths[n] -= taken
            over -= taken
    return widths


def _width(text: str) -> int:
    return width(text, control_codes="ignore")


def _wrapped(cell: str, columns: int) -> list[str]:
    """Split a cell into lines of at most so many columns."""
    lines = [""]
    room = columns
    for word in cell.split():  # wcwidth's own wrap takes quadratic time for one long word
        needed = _width(word)
        if lines[-1] and needed < room:
            lines[-1] += f" {word}"
            room -= needed + 1
            continue
        if lines[-1]:
            lines.append("")
            room = columns
        for part in [word] if needed <= room else iter_graphemes(word):
            needed = _width(part)
            if needed > room and lines[-1]:
                lines.append("")
                room = columns
            lines[-1] += part
            room -= needed
    return lines


def _aligned(cell: str, columns: int, *, right: bool) -> str:
    return (rjust if right else ljust)(cell, columns, control_codes="ignore")
