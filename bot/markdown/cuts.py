"""Where an answer can be cut, so that what is above never has to be read again. Pure.

Every block can be read by itself once two others follow it (one is not enough: a line below can still change the block
above it). A large block is cut inside: a list between its items, a table between its rows, a quote between its blocks,
code and paragraphs between lines or sentences.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from bot.markdown.blocks import Place, is_blank, kept_apart, split_blocks
from bot.markdown.commonmark import reader
from bot.markdown.tables import SETTLING

_LARGE = 800  # characters of a block that is cut inside
_PART = 400  # characters of code or of a paragraph between two cuts


@dataclass(frozen=True, slots=True)
class Cut:
    """A place where a text can be cut. ``inside`` tells whether code goes on there."""

    position: int
    place: Place
    inside: bool = False


def cuts(text: str, tokens: Sequence[Token], place: Place) -> list[Cut]:
    """Return where each part of a text begins, in order.

    Args:
        text: the text, without its place's preamble.
        tokens: what the text with the preamble was read as.
        place: where the text stands.
    """
    return list(_Cutter(text, place).cuts(tokens))


class _Cutter:
    def __init__(self, text: str, place: Place) -> None:
        self._text = text
        self._place = place
        self._lines = text.split("\n")
        self._starts = list(accumulate((len(line) + 1 for line in self._lines), initial=0))
        self._above = place.preamble.count("\n")

    def cuts(self, tokens: Sequence[Token]) -> Iterator[Cut]:
        previous = ""
        for block in split_blocks(tokens):
            first = block[0]
            start, end = self._range(first)
            apart = kept_apart(first.type, previous) or self._after_blank(start)
            yield Cut(self._starts[start], Place(joint="\n\n" if apart else "\n"))
            if self._starts[end] - self._starts[start] > _LARGE:
                yield from self._inside(block, start, end, goes_on=not previous and bool(self._place.kind))
            previous = first.type

    def _inside(self, block: Sequence[Token], start: int, end: int, *, goes_on: bool) -> Iterator[Cut]:
        first = block[0]
        match first.type:
            case "bullet_list_open" | "ordered_list_open":
                number = self._place.number if goes_on else int(first.attrs.get("start", 1))
                for index, item in enumerate(split_blocks(block[1:-1])):
                    if index:
                        line = self._range(item[0])[0]
                        joint = "\n\n" if self._after_blank(line) else "\n"
                        yield Cut(self._starts[line], Place(joint, first.type, number + index))
            case "blockquote_open":
                yield from self._inside_quote(block)
            case "table_open":
                head = self._text[self._starts[start] : self._starts[min(start + 2, end)]]
                preamble = self._place.preamble if goes_on else head
                rows = [token for token in block if token.type == "tr_open"][1:]
                for row in rows[0 if goes_on else SETTLING :]:
                    line = self._range(row)[0]
                    yield Cut(self._starts[line], Place("\n", first.type, preamble=preamble), inside=True)
            case "fence" if first.markup:
                preamble = self._place.preamble if goes_on else f"{self._lines[start]}\n"
                yield from self._inside_code(start + (not goes_on), end, preamble)
            case "paragraph_open":
                yield from self._inside_paragraph(self._starts[start], self._starts[end] - 1)
            case _:
                pass

    def _inside_quote(self, block: Sequence[Token]) -> Iterator[Cut]:
        previous = ""
        for child in split_blocks(block[1:-1]):
            start, end = self._range(child[0])
            if previous:
                apart = kept_apart(child[0].type, previous) or self._after_blank(start)
                yield Cut(self._starts[start], Place("\n> \n" if apart else "\n", "blockquote_open"))
            if child[0].type == "paragraph_open" and self._starts[end] - self._starts[start] > _LARGE:
                lines = self._starts[start + 1 : end]
                for position in self._closed(self._starts[start], [at for at in lines if self._text[at] == ">"]):
                    yield Cut(position, Place("\n", "blockquote_open"))
            previous = child[0].type

    def _inside_code(self, start: int, end: int, preamble: str) -> Iterator[Cut]:
        position = self._starts[start]
        for line in self._starts[start + 1 : end]:
            if line - position >= _PART:
                position = line
                yield Cut(position, Place("\n", "fence", preamble=preamble), inside=True)

    def _inside_paragraph(self, start: int, end: int) -> Iterator[Cut]:
        places = [found.end() for found in _SENTENCE_END.finditer(self._text, start, end)]
        for position in self._closed(start, places):
            joint = "\n" if self._text[position - 1] == "\n" else " " if self._text[position - 1].isspace() else ""
            yield Cut(position, Place(joint, "paragraph_open"))

    def _closed(self, start: int, places: Sequence[int]) -> Iterator[int]:
        """Yield those of the places in a paragraph at which no mark is open that began after the one before."""
        least = _PART
        for position in places:
            if position - start < least or not _BEGINS_NOTHING.match(self._text, position):
                continue
            if _is_closed(_QUOTE_MARKS.sub("", self._text[start:position])):
                yield position
                start, least = position, _PART
            else:
                least = 2 * (position - start)  # so that no text is read more than a few times

    def _range(self, token: Token) -> tuple[int, int]:
        """Return the first line of a block, and the first after it that is not its own."""
        start, end = token.map or (0, 0)
        start, end = max(0, start - self._above), max(0, end - self._above)
        while end > start + 1 and end <= len(self._lines) and is_blank(self._lines[end - 1]):
            end -= 1
        return start, min(end, len(self._lines))

    def _after_blank(self, line: int) -> bool:
        return line > 0 and is_blank(self._lines[line - 1])


_SENTENCE_END = re.compile(r"(?<=[.!?…:;,]) |[。！？]|\n")
_BEGINS_NOTHING = re.compile(r"[ >]*[^\W\d_]")
_QUOTE_MARKS = re.compile(r"^[ >]*", re.MULTILINE)


def _is_closed(text: str) -> bool:
    """Whether nothing that follows can change how a text in a paragraph is read."""
    markdown = reader()
    state = StateInline(text.rstrip(" \n"), markdown, {}, [])
    markdown.inline.tokenize(state)
    for rule in markdown.inline.ruler2.getRules(""):
        rule(state)
    if any(delimiter.open and delimiter.end < 0 for delimiter in state.delimiters):
        return False
    left = "".join(token.content for token in state.tokens if token.type == "text")
    return left.count("[") == left.count("]") and not any(mark in left for mark in "`<$&")
