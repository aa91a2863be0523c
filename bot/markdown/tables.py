"""Tables, which Discord does not render, as aligned code or as lists. Pure.

A table's form is settled by its header and first rows, so that a table that is still being written keeps what it has
shown: a later cell that is wider than its column is wrapped.
"""

import re
import unicodedata

from bot.markdown.links import linked

SETTLING = 8
"""Rows after which the widths of the columns are settled."""

_WIDEST = 60  # columns of text that a line of code has on a narrow screen
_LEAST = 4  # columns of a cell at least: later ones may be longer
_MOST_CELLS = 6  # columns of a table that is readable as code
_GAP = "  "
_SEPARATOR = re.compile(r"[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)*[ \t]*:?-+:?[ \t]*\|?[ \t]*")
_PIPE = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\(([^()\s]*)\)|https?://")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_MARKS = re.compile(r"\*+(?=\S)|(?<=\S)\*+|~~|`+|(?<!\w)__?(?=\w)|(?<=\w)__?(?!\w)")


def starts_table(line: str, following: str) -> bool:
    """Whether these two lines are the header of a table and the line that sets it off."""
    if "|" not in line or "-" not in following or not _SEPARATOR.fullmatch(following):
        return False
    return len(_cells(line)) == len(_cells(following)) and "|" in following


def is_row(line: str) -> bool:
    """Whether a line that follows a table's row is one too."""
    return "|" in line


class Table:
    """How the rows of one table are shown.

    Args:
        header: the first line.
        separator: the second line.
        rows: the rows that there are, of which the first ``SETTLING`` decide about the columns.
    """

    def __init__(self, header: str, separator: str, rows: list[str]) -> None:
        self._header = _cells(header)
        self._right = [cell.endswith(":") and not cell.startswith(":") for cell in _cells(separator)]
        self._listed = len(self._header) > _MOST_CELLS or bool(rows and _LINK.search(rows[0]))
        table = [[_plain(cell) for cell in cells] for cells in (self._header, *map(_cells, rows[:SETTLING]))]
        widths = [max((width(row[n]) for row in table if n < len(row)), default=0) for n in range(len(self._header))]
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


def width(text: str) -> int:
    """Count the columns that a text takes in a monospaced font."""
    columns = 0
    joined = False
    for character in text:
        if character == "\ufe0f":
            columns += 1  # it makes an emoji, two columns wide, of the sign before
        elif not joined and unicodedata.category(character) not in ("Mn", "Me", "Cf"):
            columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        joined = character == "\u200d"
    return columns


def _cells(line: str) -> list[str]:
    row = line.strip().removeprefix("|")
    if row.endswith("|") and not row.endswith("\\|"):
        row = row[:-1]
    return [cell.strip().replace("\\|", "|") for cell in _PIPE.split(row)]


def _plain(cell: str) -> str:
    """Return a cell's words without marks, which code would show."""
    words = _LINK.sub(lambda link: f"{link[1]} ({link[2]})" if link[2] else link[0], _BREAK.sub(" ", cell))
    return " ".join(_MARKS.sub("", words).split())


def _narrowed(widths: list[int]) -> list[int]:
    """Take from the widest columns what is too much for a screen."""
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


def _wrapped(cell: str, wide: int) -> list[str]:
    """Split a cell into lines of at most so many columns."""
    lines = [""]
    room = wide
    for word in cell.split():
        needed = width(word)
        if lines[-1] and needed < room:
            lines[-1] += f" {word}"
            room -= needed + 1
            continue
        if lines[-1]:
            lines.append("")
            room = wide
        if needed <= room:
            lines[-1] = word
            room -= needed
            continue
        for character in word:  # a word wider than its column
            columns = width(character)
            if columns > room and lines[-1]:
                lines.append("")
                room = wide
            lines[-1] += character
            room -= columns
    return lines


def _aligned(cell: str, wide: int, *, right: bool) -> str:
    space = " " * max(0, wide - width(cell))
    return space + cell if right else cell + space
