"""Which Markdown is open at a place of a text, and where a page must not break. Pure.

The marks are Discord's, read as strictly as CommonMark where the two differ: ``2 * 3`` opens nothing, and bold text
ends with its paragraph or list item. Only a spoiler and ``>>> `` reach further, as they do on Discord.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from operator import itemgetter

_INFO = 40  # characters of a fence's language that are repeated on the next page
_ITEM = r"(?:[-*+]|\d{1,9}[.)])[ ]"
# A fence may be indented by any number of spaces: Discord, unlike CommonMark, has no indented code.
_LINE = re.compile(
    rf"(?P<quote>>[ ]?)?[ \t]*(?:(?:{_ITEM})?(?P<mark>`{{3,20}}|~{{3,20}})(?P<info>[^`~]*)\Z"
    rf"|(?P<begins>{_ITEM}|\#{{1,6}}[ ]|-\#[ ])|(?P<blank>\Z))?"
)
_LABEL = r"!?\[(?:[^\[\]\n]|\[[^\[\]\n]{0,99}\]){0,300}+"
_INLINE = re.compile(
    r"(?P<atom>\\[^0-9A-Za-z\s]"
    rf"|{_LABEL}\]\((?:[^()\s]|\([^()\s]*+\))*+(?:\s\"[^\"\n]*\")?\)"
    r"|<(?:[@#:/]|a:|t:|https?:)[^<>\n]{0,150}>)"
    r"|(?P<address>https?://[^\s<>`]+)"
    r"|(?P<ticks>`+)"
    r"|(?P<mark>\*+|_+|~~|\|\|)"
)
_UNFINISHED = re.compile(  # a link, mention or address that is not complete at the end of a text
    rf"(?:{_LABEL}(?:\[[^\[\]\n]{{0,99}}|\](?:\((?:[^()\s]|\([^()\s]*+\)?)*+)?)?"
    r"|<(?:(?:[@#:]|a|t|h)[^<>\s]{0,150}|/[^<>\n]{0,150})?|https?:[^\s<>`]*|h(?:t(?:t(?:ps?)?)?)?|\\)\Z"
)
# What would begin a block at the start of a line, or may become that at the end of a text.
_SEEMS = re.compile(rf"(?<=[^\S\n])(?={_ITEM}|(?:\#{{1,6}}|-\#|>|>>>)[ ]|(?:[-*+\#>]|-\#|>>>|\d\.|)\Z)")
_NO_CODE = re.compile(r"\n(?=[ \t>]*(?:\n|`{3}|~{3}))")  # where a span of code ends at the latest
_LINE_END = re.compile(r"\n")
_FENCE_MARKS = 3
_BY_TORN = itemgetter(2)


class Torn(IntEnum):
    """How bad a page break at a place is."""

    NOTHING = 0
    SPAN = 1
    """Marks have to be closed and opened again, or a heading ends the page."""
    CODE = 2
    """A fence has to be closed and opened again; only between two lines."""
    ATOM = 3
    """A link, a mention or an emoji would be broken."""


@dataclass(frozen=True, slots=True)
class Open:
    """What is open at a place: a fence, by its first line, or spans, by their marks; and the quote around it."""

    fence: str = ""
    marks: tuple[str, ...] = ()
    quote: str = ""
    inside_line: bool = False

    @property
    def closing(self) -> str:
        """Return what closes everything at the end of a page."""
        return f"\n{self.prefix}{_run(self.fence)}" if self.fence else "".join(reversed(self.marks))

    @property
    def prefix(self) -> str:
        """Return what every line of the quote begins with."""
        return self.quote if self.quote == "> " else ""


@dataclass(slots=True)
class _Span:
    start: int
    end: int
    mark: str
    quote: str = ""


class Reading:
    """One reading of a text. ``torn`` has a ``Torn`` for a break before each character, and one for the end.

    Args:
        text: at most as much as a page can hold.
        before: what is open where the text begins.
    """

    def __init__(self, text: str, before: Open = Open()) -> None:
        self.text = text
        self.torn = bytearray(len(text) + 1)
        self._beyond = len(text) + 1
        self._marked: list[tuple[int, int, Torn]] = []
        self._spans = [_Span(-1, self._beyond, mark) for mark in before.marks if mark[0] != "`"]
        self._stack = list(self._spans)
        self._fences = [_Span(-1, self._beyond, before.fence, before.prefix)] if before.fence else []
        self._in_fence = bool(before.fence)
        self._quotes = {0: before.prefix}
        self._all_quoted = -1 if before.quote == ">>> " else self._beyond
        self._resume = 0  # where marks count again after inline code
        self._unclosed: set[str] = set()
        if before.marks and before.marks[-1][0] == "`":
            self._resume = self._code(-1, before.marks[-1], 0)
        self._read(continued=before.inside_line)
        self._judge()

    def at(self, place: int) -> Open:
        """Return what is open at a place."""
        quote = ">>> " if place > self._all_quoted else ""
        for fence in self._fences:
            if fence.start < place < fence.end:
                return Open(fence.mark, quote=quote or fence.quote)
        marks = tuple(span.mark for span in self._spans if span.start < place < span.end)
        return Open(marks=marks, quote=quote or self._quotes.get(self.text.rfind("\n", 0, place) + 1, ""))

    def _read(self, *, continued: bool) -> None:
        start = 0
        for line in self.text.split("\n"):
            inline = 0 if continued and start == 0 and not self._in_fence else self._begin(start, line)
            if inline is not None:
                self._inline(start + inline, start + len(line))
            start += len(line) + 1

    def _begin(self, start: int, line: str) -> int | None:
        """Read the beginning of a line; returns where its marks can start, or None for a line of code."""
        found = _LINE.match(line)
        if found is None:
            return 0
        end = start + len(line)
        quoted = line.startswith(">")
        if self._in_fence:
            fence = self._fences[-1]
            if start == 0 or quoted or not fence.quote:
                if closes(fence.mark, line):
                    fence.end, self._in_fence = end, False
                    self._mark(start - 1, end, Torn.ATOM)
                return None
            fence.end, self._in_fence = start, False  # such code ends with its quote
        self._quotes[start] = "> " if found["quote"] else ""
        if start < self._resume:
            return 0
        if line.startswith(">>> "):
            self._all_quoted = min(self._all_quoted, start)
        if found["mark"]:
            self._end_block()
            opening = found["mark"] + found["info"].strip()[:_INFO]
            self._fences.append(_Span(start, self._beyond, opening, self._quotes[start]))
            self._in_fence = True
            self._mark(start, end + 2, Torn.ATOM)
            return None
        if found["begins"] or found["blank"] is not None:
            self._end_block()
        if (found["begins"] or "").startswith("#"):
            self._mark(start, end + 3, Torn.SPAN)
        return found.end()

    def _inline(self, start: int, end: int) -> None:
        position = max(start, self._resume)
        while position < end and (token := _INLINE.search(self.text, position, end)):
            position = token.end()
            if token["mark"]:
                self._marks(token.start(), token["mark"])
            elif token["ticks"]:
                position = self._resume = self._code(token.start(), token["ticks"], token.end())
            else:
                if token["address"]:  # marks and punctuation after an address don't belong to it
                    position = token.start() + len(token["address"].rstrip("*_~|.,:;!?)"))
                self._mark(token.start(), position, Torn.ATOM)

    def _code(self, start: int, ticks: str, after: int) -> int:
        """Read inline code; returns where marks count again."""
        if len(ticks) > _FENCE_MARKS or ticks in self._unclosed:
            return after
        stop = (_NO_CODE if len(ticks) < _FENCE_MARKS else _LINE_END).search(self.text, after)
        closing = re.compile(rf"(?<!`){ticks}(?!`)").search(self.text, after, stop.start() if stop else self._beyond)
        if len(ticks) == _FENCE_MARKS:
            if closing:  # opened again on the next page, these would be a fence
                self._mark(start, closing.end(), Torn.CODE)
            return closing.end() if closing else after
        if closing is None and stop:
            self._unclosed.add(ticks)
            return after
        end = closing.end() if closing else self._beyond
        self._spans.append(_Span(start, end, ticks))
        return end

    def _marks(self, start: int, run: str) -> None:
        before = self.text[start - 1] if start else " "
        after = self.text[start + len(run)] if start + len(run) < len(self.text) else " "
        word_before, word_after = before.isalnum(), after.isalnum()
        may_close = not before.isspace() and not (run[0] == "_" and word_after)
        may_open = not after.isspace() and not (word_before and (run[0] == "_" or (run == "*" and word_after)))
        at = start
        while run:
            opened = next((s for s in reversed(self._stack) if s.mark[0] == run[0] and len(s.mark) <= len(run)), None)
            if may_close and opened:
                while (closed := self._stack.pop()) is not opened:
                    closed.end = closed.start  # it was no mark
                at, run = at + len(opened.mark), run[len(opened.mark) :]
                opened.end = at
            elif may_open and len(run) <= 3 and all(span.mark != run[:2] for span in self._stack):
                self._stack.append(_Span(at, self._beyond, run[:2]))
                self._spans.append(self._stack[-1])
                at, run = at + len(run[:2]), run[2:]
            else:
                return

    def _end_block(self) -> None:
        for span in self._stack:
            if span.mark != "||":
                span.end = span.start  # it was no mark
        self._stack = [span for span in self._stack if span.mark == "||"]
        self._unclosed.clear()

    def _judge(self) -> None:
        for span in self._spans:
            self._mark(span.start, span.end, Torn.SPAN)
        for fence in self._fences:
            self._mark(fence.start, fence.end, Torn.CODE)
        for seeming in _SEEMS.finditer(self.text):
            self._mark(seeming.start() - 1, seeming.start() + 1, Torn.ATOM)
        if unfinished := _UNFINISHED.search(self.text, max(0, len(self.text) - 2000)):
            self._mark(unfinished.start(), self._beyond, Torn.ATOM)
        for start, end, how in sorted(self._marked, key=_BY_TORN):
            start, end = max(start + 1, 0), min(end, self._beyond)
            self.torn[start:end] = bytes([how]) * (end - start)

    def _mark(self, start: int, end: int, how: Torn) -> None:
        """Note how bad a break between two places is."""
        if end - start > 1 and start < len(self.text):
            self._marked.append((start, end, how))


def closes(fence: str, line: str) -> bool:
    """Whether a line closes the fence that this line opened."""
    found = _LINE.match(line)
    return bool(found and found["mark"] and not found["info"].strip() and found["mark"].startswith(_run(fence)))


def begins_block(text: str, start: int) -> bool:
    """Whether the line at ``start`` begins a block, such as a list item, a heading or a fence, or is blank."""
    end = text.find("\n", start)
    found = _LINE.match(text[start : end if end >= 0 else len(text)])
    return bool(found and (found["mark"] or found["begins"] or found["blank"] is not None))


def _run(fence: str) -> str:
    return fence[: len(fence) - len(fence.lstrip(fence[0]))]
