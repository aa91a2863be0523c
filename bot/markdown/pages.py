"""An answer's text is split into pages: each is one Discord message, and valid Markdown by itself. Pure."""

import re
from dataclasses import dataclass, replace
from itertools import islice

from wcwidth import grapheme_boundary_before

from bot.markdown.scanner import Open, Reading, Torn, begins_block, closes

PAGE_LIMIT = 2000
"""Characters of a message (discord.md section 3), counted as UTF-16 units: never fewer than Discord may count."""

MOST_PAGES = 6
"""Pages of a reply at most; a longer answer comes as a file too."""

_CLOSING = 30  # units kept for the marks that close what is open: the longest fence's, or those of nested spans
# Kept free on every page for these marks and, on the last page, for the lines below the answer. Where both fit in, a
# page breaks at the same place whether or not it is the last one, and never changes again.
_RESERVE = 100
_LEAST = 0.65  # where in a page the best kind of break is looked for first, before a worse kind is taken
_LINE = re.compile(r"\n")
_BREAKS = (
    (re.compile(r"\n[ \t]*\n+(?![ \t\n])"), Torn.NOTHING),
    (re.compile(r"\n(?![ \t\n])"), Torn.NOTHING),
    (_LINE, Torn.NOTHING),
    (re.compile(r"(?<![\n ]\d)[.!?…][\"'”’)*_]*\s|[。！？][」』”）]?"), Torn.NOTHING),
    (re.compile(r"\s|[，、；：]"), Torn.NOTHING),
    (re.compile(r"(?=[*_~|`])"), Torn.NOTHING),
    (_LINE, Torn.CODE),
    (re.compile(r"(?<![\n ]\d)[.!?…][\"'”’)]*\s|[。！？][」』”）]?"), Torn.SPAN),
    (re.compile(r"\s|[，、；：]"), Torn.SPAN),
)
_LONGEST = 64  # code points of what people see as one character; a longer pile of marks is torn
_QUOTE = re.compile(r"> ?")
_SPACE = re.compile(r"\s*")
_EMPTY_QUOTE = re.compile(r"(?:\n *>[> ]*)+\Z")  # at the end of a message Discord shows its mark


def units(text: str) -> int:
    """Count a text in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A page that is not the last, and where and how the next one begins."""

    page: str
    position: int
    opening: str
    open: Open


_START = _Sealed("", 0, "", Open())


class Planner:
    """Splits one growing text into pages again and again, and reads only what changed since the last time.

    Pages break at a paragraph, else at a line, a sentence, a word, a character; not inside bold or other marks where
    that can be avoided, and never inside a link, an address or a mention that fits a page. A code fence or a mark that
    is open at a break is closed and opened again on the next page. A break depends only on the text before it, so pages
    stay as they are while a text grows.

    Args:
        limit: units of a page, at least 500.
        most: pages at most, the rest is left out; None for no limit.
    """

    def __init__(self, limit: int = PAGE_LIMIT, most: int | None = MOST_PAGES) -> None:
        self._limit = limit
        self._most = most
        self._text = ""
        self._first = 0
        self._sealed: list[_Sealed] = []
        self._cut_from: tuple[_Sealed, int, str] | None = None
        self._cut_page = ""
        self._lasting: int | None = None  # how many of the sealed pages stay in any case; None for all
        self.more = False
        """Whether the last text was longer than its pages show."""

    def plan(self, text: str, *, first: int = 0, last: int = 0) -> list[str]:
        """Return the pages of a text; there is always at least one, and only the last may be empty.

        Args:
            text: the answer so far.
            first: units to leave free on the first page.
            last: units to leave free on the last page.
        """
        text = text.strip()
        self._forget(text, first)
        self.more = False
        while True:
            place = self._sealed[-1] if self._sealed else _START
            room = self._limit - units(place.opening) - (0 if self._sealed else first)
            page = _final(text, place, room - last)
            if page is not None:
                break
            if len(self._sealed) + 1 == self._most:
                self.more = True
                page = self._cut(text, place, room - max(_RESERVE, last + _CLOSING))
                break
            if self._lasting is None and len(text) - place.position <= room + _RESERVE:
                self._lasting = len(self._sealed)  # with less to leave free, or another end, the rest may fit this page
            if units(text[place.position : place.position + room]) <= room - _RESERVE:
                # The text would fit but for what the last page has to leave free.
                self._sealed.append(_seal(text, place, room - last - _CLOSING))
            else:
                self._sealed.append(_seal(text, place, room - _RESERVE))
        pages = [*(sealed.page for sealed in self._sealed), page]
        if not page and self._sealed and units(pages[-2]) + last + (first if len(pages) == 2 else 0) <= self._limit:
            return pages[:-1]
        return pages

    def _cut(self, text: str, place: _Sealed, room: int) -> str:
        """Return the last of the most pages, which stays the same however long the text becomes."""
        made_from = (place, room, text[place.position : place.position + room + 1])
        if self._cut_from != made_from:
            self._cut_from, self._cut_page = made_from, _seal(text, place, room).page
        return self._cut_page

    def _forget(self, text: str, first: int) -> None:
        """Keep the pages that this text has in common with the last one."""
        before, self._text = self._text, text
        if self._lasting is not None:
            del self._sealed[self._lasting :]
        self._lasting = None
        if first != self._first:
            self._first = first
            self._sealed.clear()
        while self._sealed and not text.startswith(before[: self._seen(len(self._sealed) - 1)]):
            self._sealed.pop()

    def _seen(self, page: int) -> int:
        """Return how much of the text a sealed page depends on."""
        return (self._sealed[page - 1].position if page else 0) + self._limit + _RESERVE


def plan(text: str, *, first: int = 0, last: int = 0, limit: int = PAGE_LIMIT) -> list[str]:
    """Split one text into any number of pages of at most ``limit`` units: see `Planner`."""
    return Planner(limit, None).plan(text, first=first, last=last)


def _final(text: str, place: _Sealed, room: int) -> str | None:
    """Return the page that holds all the rest of a text, or None where the rest does not fit."""
    if len(text) - place.position > room + _RESERVE:
        return None
    page = text[place.position :]
    if page and (place.open.fence or "```" in page or "~~~" in page):
        end = Reading(page, place.open).at(len(page))
        page += end.closing if end.fence else ""
    if not page:
        return ""
    return place.opening + page if units(page) <= room else None


def _seal(text: str, place: _Sealed, room: int) -> _Sealed:
    """Return the page that begins at a place of a text that goes on after this page."""
    window = _fitting(text[place.position : place.position + room], room)
    reading = Reading(window, place.open)
    end = _break(reading, text[place.position + len(window)])
    left_open = reading.at(end)
    body = window[:end].rstrip("\n") if left_open.fence else _EMPTY_QUOTE.sub("", window[:end].rstrip())
    gap = "\n" if left_open.marks and body.endswith(("```", "~~~")) else ""
    page = place.opening + body + gap + left_open.closing
    position, opening, after = _continue(text, place.position + end, left_open)
    return _Sealed(page, position, opening, after)


def _continue(text: str, end: int, left_open: Open) -> tuple[int, str, Open]:
    """Return where the page after a break begins, the marks it begins with, and what is open there."""
    position = end
    if left_open.fence:
        line_start = text[end - 1] == "\n"
        line = text[end : text.find("\n", end) if "\n" in text[end:] else len(text)]
        if not (line_start and closes(left_open.fence, line)):
            again = "" if line_start else left_open.prefix
            return end, f"{left_open.quote}{left_open.fence}\n{again}", replace(left_open, inside_line=not line_start)
        # Only the line that ends the code is left of it, and the page before ends with that line already.
        position = end + len(line)
        left_open = replace(left_open, fence="")
    marks = left_open.marks
    while marks and text.startswith(marks[-1], position):  # the page before closes them already
        position, marks = position + len(marks[-1]), marks[:-1]
    if space := _SPACE.match(text, position):
        position = space.end()
    line_start = "\n" in text[end - 1 : position]
    if line_start and begins_block(text, position):
        marks = tuple(mark for mark in marks if mark == "||")
    quote = left_open.quote
    if quote == "> " and line_start:
        quoted = _QUOTE.match(text, position) if marks else None
        position, quote = (quoted.end(), quote) if quoted else (position, "")
    gap = "\n" if marks and line_start and begins_block(text, position) else ""
    opened = Open(marks=marks, quote=quote, inside_line=not gap and bool(marks or quote == "> "))
    return position, quote + "".join(marks) + gap, opened


def _fitting(text: str, room: int) -> str:
    """Return the longest beginning of a text that has at most so many units."""
    window = text[:room]
    while (over := units(window) - room) > 0:
        window = window[: -((over + 1) // 2)]
    return window


def _break(reading: Reading, after: str) -> int:
    """Return where to break a text that is followed by this character."""
    window, torn = reading.text, reading.torn
    most = len(window)
    for pattern, how in _BREAKS:
        ends = [match.end() for match in pattern.finditer(window, int(most * _LEAST), most)]
        for end in reversed(ends):
            if torn[end] <= how:
                return end
    for how in (Torn.SPAN, Torn.CODE):
        whole = (end for end in range(most, 0, -1) if torn[end] <= how)
        for end in islice(whole, _LONGEST):
            if not _tears(window + after, end):
                return end
    return most


def _tears(text: str, end: int) -> bool:
    """Whether a break here is inside of what people see as one character: an accented letter, an emoji, a flag."""
    return grapheme_boundary_before(text, end + 1) != end
