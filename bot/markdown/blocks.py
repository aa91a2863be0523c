"""Writes the blocks of an answer in Discord's dialect. Pure.

Discord knows lists, quotes of one level, three sizes of headings, and fences of three backticks. A fence or a quote in
a list stands at the beginning of its lines, because Discord ends a list where a blank line is. So every list item has
its own number.
"""

import re
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Literal

from markdown_it.token import Token

from bot.markdown.commonmark import NESTING
from bot.markdown.escapes import ZERO_WIDTH_SPACE, escaped, escaped_start
from bot.markdown.html import visible_lines
from bot.markdown.spans import spans
from bot.markdown.tables import Row, Table

RULE = "─" * 7
"""What a horizontal rule becomes."""

_FENCE = "```"
_TICKS = re.compile(r"`{3,}")
_LANGUAGE = re.compile(r"[a-z0-9-]+", re.IGNORECASE)
_LANGUAGES = {"c++": "cpp", "c#": "cs", "f#": "fs", "objective-c++": "objectivec"}  # not every Discord reads the others
_CLOSING_HASHES = re.compile(r"#+\Z")
_LONG_HEADING = 300  # characters of a paragraph above a line of `=` or `-` that make it no heading any more
_DEEPEST = 5  # levels of lists that are indented


@dataclass(frozen=True, slots=True)
class Place:
    """What a text continues, where an answer is written piece by piece.

    ``joint`` separates the piece from what is before it. ``kind`` is the type of the block that goes on, empty for a
    new one, and ``number`` that of the next item of a list. ``preamble`` are lines of source that have to be read
    again: a table's header, or the first line of a fence. ``table`` is the table that goes on.
    """

    joint: str = ""
    kind: str = ""
    number: int = 0
    preamble: str = ""
    table: Table | None = None


def is_blank(line: str) -> bool:
    """Whether a line of source separates blocks; it may belong to a quote."""
    return not line.strip(" \t>")


class BlockWriter:
    """Writes the blocks of one piece of an answer.

    Args:
        source: the text that was read, without a preamble.
        place: where the piece stands.
        open_end: whether the code at the end goes on in the next piece.
    """

    def __init__(self, source: str, place: Place = Place(), *, open_end: bool = False) -> None:
        self.lines: list[str] = []
        self.table = place.table
        """The last table as it was left."""
        self._place = place
        self._source = source.split("\n")
        self._above = place.preamble.count("\n")  # lines of source that only the reader sees
        self._open_end = open_end
        self._quote: Literal["", "> "] = ""
        self._indent = ""
        self._marker = ""
        self._lists = 0
        self._gap: str | None = None  # the blank line that goes before the next line
        self._first = True
        self._last = False

    def write(self, tokens: Sequence[Token]) -> str:
        """Return the piece, with what separates it from the piece before."""
        previous = self._place.kind
        blocks = list(split_blocks(tokens))
        for block in blocks:
            self._last = block is blocks[-1]
            self._separate(block[0], previous)
            if any(token.level >= NESTING - 1 and token.nesting > 0 and token.block for token in block):
                self._plain(block[0])
            else:
                self._block(block)
            previous = block[0].type
            self._first = False
        return self._place.joint + "\n".join(self.lines) if self.lines else ""

    def _separate(self, token: Token, previous: str) -> None:
        """Leave a blank line before a block where the source has one, and where Discord would join two blocks."""
        apart = kept_apart(token.type, previous)
        if self.lines and (apart or (not self._lists and self._after_blank(token))):
            self._gap = self._quote + (self._indent if self._lists else "")

    def _after_blank(self, token: Token) -> bool:
        line = (token.map[0] if token.map else 0) - self._above
        return 0 < line <= len(self._source) and is_blank(self._source[line - 1])

    def _put(self, lines: Sequence[str], *, outdented: bool = False) -> None:
        """Add lines, with the quote, the indent and the item's marker before them."""
        if outdented and self._marker:
            self._put([ZERO_WIDTH_SPACE])
        for line in lines:
            if self._gap is not None:
                self.lines.append(self._gap)
                self._gap = None
            before = "" if outdented else self._marker or self._indent
            self._marker = ""
            self.lines.append(f"{self._quote}{before}{line}")
        if outdented:
            self._indent = ""  # the list has ended on Discord: what follows in its item is no part of it

    @property
    def _open(self) -> bool:
        """Whether the code that is written goes on in the next piece."""
        return self._open_end and self._last and not self._lists

    def _block(self, block: Sequence[Token]) -> None:
        token = block[0]
        match token.type:
            case "paragraph_open":
                self._paragraph(block[1])
            case "heading_open":
                self._heading(block[1], int(token.tag[1:]), setext=token.markup in ("=", "-"))
            case "bullet_list_open" | "ordered_list_open":
                self._list(block)
            case "blockquote_open":
                self._quoted(block)
            case "fence" | "code_block":
                self._code(token)
            case "table_open":
                self._table(block)
            case "hr":
                if self.lines[-1:] != [f"{self._quote}{self._indent}{RULE}"]:
                    self._put([RULE])
            case "html_block":
                self._put([escaped_start(escaped(line)) for line in visible_lines(token.content)])
            case _:
                self._plain(token)

    def _plain(self, token: Token) -> None:
        """Write a block that is nested too deeply, as it is in the source."""
        start, end = token.map or (0, 0)
        lines = self._source[start - self._above : end - self._above]
        self._put([escaped_start(escaped(line.strip())) for line in lines if line.strip()])

    def _paragraph(self, inline: Token) -> None:
        text = spans(inline.children or ())
        if text.strip():
            self._put([line.strip() for line in text.strip().split("\n")])

    def _heading(self, inline: Token, level: int, *, setext: bool) -> None:
        if setext and len(inline.content) > _LONG_HEADING:
            self._paragraph(inline)
            self._put([RULE])
            return
        bold = level > 3 or self._lists > 0
        text = spans(inline.children or (), bold=bold, one_line=True).strip()
        if not text:
            return
        if not bold:
            text = _CLOSING_HASHES.sub(lambda hashes: "\\#" * len(hashes[0]), text)
            text = f"{'#' * level} {text}"
        self._put([text])

    def _list(self, block: Sequence[Token]) -> None:
        ordered = block[0].type == "ordered_list_open"
        continued = self._first and self._place.kind == block[0].type
        number = self._place.number if continued else int(block[0].attrs.get("start", 1))
        if self._marker and self._lists <= _DEEPEST:
            self._put([ZERO_WIDTH_SPACE])
        self._marker = ""
        outer, self._lists = self._indent, self._lists + 1
        base = outer if self._lists <= _DEEPEST else outer[: len(outer) - 2]
        for index, item in enumerate(split_blocks(block[1:-1])):
            marker = ("0\\. " if number == 0 else f"{number}. ") if ordered else "- "
            if index and self._lists == 1 and self._after_blank(item[0]):
                self._gap = self._quote
            checked = item[0].meta.get("checked")
            self._marker = base + marker + ("" if checked is None else "☑ " if checked else "☐ ")
            self._indent = base + " " * len(marker)
            self._children(item[1:-1])
            if self._marker:
                self._put([ZERO_WIDTH_SPACE])
            number += 1
        self._indent, self._lists = outer, self._lists - 1

    def _children(self, tokens: Sequence[Token]) -> None:
        previous = ""
        for block in split_blocks(tokens):
            if previous:
                self._separate(block[0], previous)
            self._block(block)
            previous = block[0].type

    def _quoted(self, block: Sequence[Token]) -> None:
        if self._quote:  # Discord knows no quote in a quote
            self._children(block[1:-1])
            return
        if self._marker:
            self._put([ZERO_WIDTH_SPACE])
        lists, self._lists, self._indent, self._quote = self._lists, 0, "", "> "
        self._children(block[1:-1])
        self._lists, self._indent, self._quote = lists, "", ""

    def _code(self, token: Token) -> None:
        words = token.info.split()
        language = _LANGUAGES.get(words[0].lower(), words[0]) if words else ""
        language = language if _LANGUAGE.fullmatch(language) else ""
        lines = [without_fences(line) for line in token.content.removesuffix("\n").split("\n")] if token.content else []
        continued = self._first and self._place.kind == "fence"
        if continued or token.content.strip():
            opening = [] if continued else [_FENCE + language]
            self._put([*opening, *lines, *([] if self._open else [_FENCE])], outdented=True)

    def _table(self, block: Sequence[Token]) -> None:
        header, right, rows = table_parts(block)
        continued = self._first and self._place.table is not None
        table = copy(self._place.table) if continued and self._place.table else Table(header, right, rows)
        self.table = table
        lines = [] if continued else table.beginning
        for row in rows:
            lines += table.row(row)
        if table.listed:
            self._put(lines if continued else lines[1:])
        else:
            opening = [] if continued else [_FENCE]
            closing = [] if self._open else [_FENCE]
            self._put([*opening, *map(without_fences, lines), *closing], outdented=True)


def kept_apart(kind: str, previous: str) -> bool:
    """Whether Discord would join two kinds of blocks that no blank line separates."""
    return previous == "blockquote_open" or (kind.endswith("list_open") and previous.endswith("list_open"))


def table_parts(block: Sequence[Token]) -> tuple[Row, list[bool], list[Row]]:
    """Return a table's header, which columns are aligned to the right, and its rows."""
    rows: list[list[Token]] = []
    right: list[bool] = []
    for token in block:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(token)
        elif token.type == "th_open":
            right.append(token.attrs.get("style") == "text-align:right")
    return rows[0], right, list[Row](rows[1:])


def without_fences(line: str) -> str:
    """Return a line of code in which nothing ends the code."""
    return _TICKS.sub(lambda ticks: ZERO_WIDTH_SPACE.join(ticks[0]), line) if _FENCE in line else line


def split_blocks(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the blocks that tokens consist of."""
    start = depth = 0
    for index, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            yield tokens[start : index + 1]
            start = index + 1
