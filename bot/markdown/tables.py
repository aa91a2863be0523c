"""Tables, which Discord does not render, become aligned code, or rows of ``**header:** cell``. Pure.

The header and the first rows decide a table's form, so that a table that is still being written keeps the form it has.
"""

from collections.abc import Sequence

from markdown_it.token import Token
from wcwidth import ljust, rjust, width

from bot.markdown.escapes import escaped, escaped_start
from bot.markdown.spans import plain, spans

DECIDING = 3
"""Rows that decide a table's form; until then a growing table is not shown."""

SETTLING = 8
"""Rows that decide how wide its columns are."""

_WIDEST = 60  # characters of a line of code that fit a narrow screen
_TOO_WIDE = 90  # the same for a row that comes later
_GAP = "  "
_SPARE = 100  # characters that a table may grow by, beyond twice its length

Row = Sequence[Token]
"""The inline tokens of a row's cells."""


class Table:
    """One table, row by row.

    Args:
        header: the header's cells.
        right: for each column, whether it is aligned to the right.
        rows: the rows so far, of which the first ones decide the form.
    """

    def __init__(self, header: Row, right: Sequence[bool], rows: Sequence[Row]) -> None:
        self._names = [plain(cell.children or ()) for cell in header]
        self._right = right
        shown = [self._names, *([plain(cell.children or ()) for cell in row] for row in rows[:SETTLING])]
        self._widths = _widths(shown, len(header))
        too_wide = _total(_widths(shown[: DECIDING + 1], len(header))) > _WIDEST or _total(self._widths) > _TOO_WIDE
        self.listed = bool(rows) and too_wide
        """Whether it is shown as rows of ``**header:** cell`` and not as code."""
        self._spare = _SPARE + 2 * sum(len(cell.content) + 3 for cell in header)

    @property
    def beginning(self) -> list[str]:
        """The lines before the rows, without the mark of the code."""
        return [] if self.listed else [self._line(self._names), _GAP.join("─" * wide for wide in self._widths)]

    def row(self, cells: Row) -> list[str]:
        """Return the lines of a row; an empty line separates it from the row before it."""
        lines = self._list(cells) if self.listed else [self._line([plain(cell.children or ()) for cell in cells])]
        self._spare += 2 * sum(len(cell.content) + 1 for cell in cells) - sum(len(line) + 1 for line in lines)
        return lines

    def _line(self, cells: Sequence[str]) -> str:
        if self._spare < 0:  # many short cells in a wide table: not worth the spaces between them
            return _GAP.join(cells).rstrip()
        columns = zip(cells, self._widths, self._right, strict=False)
        aligned = ((rjust if right else ljust)(cell, wide, control_codes="ignore") for cell, wide, right in columns)
        return _GAP.join(aligned).rstrip()

    def _list(self, cells: Row) -> list[str]:
        texts = [(name, spans(cell.children or ())) for name, cell in zip(self._names, cells, strict=False)]
        texts = [(name, text) for name, text in texts if text.strip()]
        if self._spare < 0:
            return [" · ".join(text.replace("\n", " ") for _, text in texts)]
        named = (
            f"**{escaped_start(escaped(name.strip()))}:** {text}" if name.strip() else escaped_start(text)
            for name, text in texts
        )
        return ["", *"\n".join(named).split("\n")] if texts else []


def _widths(rows: Sequence[Sequence[str]], columns: int) -> list[int]:
    return [max((_width(row[column]) for row in rows if column < len(row)), default=0) for column in range(columns)]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _width(text: str) -> int:
    return width(text, control_codes="ignore")
