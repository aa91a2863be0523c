"""An answer's Markdown becomes Discord's, while it grows. Pure.

Models write CommonMark with GitHub's extensions. Discord renders a dialect of its own (docs/markdown.md). The text is
read by a parser and written anew, before it is split into pages.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

from bot.conversation import Thinking
from bot.markdown.blocks import BlockWriter, Place
from bot.markdown.commonmark import UNFINISHED, reader
from bot.markdown.cuts import Cut, cuts
from bot.markdown.escapes import escaped, escaped_start
from bot.markdown.media import take_out
from bot.markdown.own_lines import BIDI, neutralize
from bot.markdown.pages import MOST_PAGES, PAGE_LIMIT
from bot.markdown.reasoning import Reasoning
from bot.markdown.unfinished import settled

_ENOUGH = (MOST_PAGES + 2) * PAGE_LIMIT  # characters that more than fill a reply's pages
_MOST = 4 * _ENOUGH  # characters of an answer that are read, however few of them are shown
_REFUSED = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{BIDI}\ufdd0-\ufdef\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LABEL = re.compile(r"\[([^\[\]]{1,200})\]")


@dataclass(slots=True)
class _Piece:
    """A part of an answer that is converted for good, unless a link's address becomes known later."""

    source: str
    place: Place
    open_end: bool
    text: str
    labels: frozenset[str]


class Converter:
    """Converts one growing answer again and again, and reads only what is new.

    Args:
        reasoning: what becomes of the reasoning before the answer.
    """

    def __init__(self, reasoning: Thinking = "folded") -> None:
        self._display: Thinking = reasoning
        self.more = False
        """Whether even more of the last answer is left out than the pages leave out."""
        self._given: Mapping[str, object] = {}
        self._shown = frozenset[str]()
        self._restart()

    def _restart(self) -> None:
        self._answer = ""
        self._reasoning = Reasoning(self._display)
        self._begin(0)

    def _begin(self, start: int) -> None:
        self._start = self._accepted = start  # where the answer begins after the reasoning, and what was taken of it
        self._text = ""  # the answer without what Discord refuses
        self._done = 0  # how much of the text the pieces hold
        self._place = Place()
        self._pieces: list[_Piece] = []
        self._sealed = ""
        self._references: dict[str, object] = dict(self._given)
        self._known = len(self._given)

    def define(self, references: Mapping[str, object]) -> None:
        """Read these names of addresses as if the answer defined them; see `bot.markdown.media.definitions`."""
        self._given = references
        self._references |= references

    def take_out(self, shown: frozenset[str]) -> None:
        """Leave out links to these addresses from now on; see `bot.markdown.media.take_out`."""
        if shown != self._shown:
            self._shown = shown
            self._restart()

    def convert(self, answer: str, *, growing: bool = False) -> str:
        """Return the converted text: of a very long answer a little more than the pages of a reply hold.

        Args:
            answer: all of the answer so far.
            growing: whether more may follow. Then marks that are open at the end are closed, and what may become
                something else is left out.
        """
        if not answer.startswith(self._answer):
            self._restart()
        self._answer = answer
        line, start = self._reasoning.fold(answer, growing=growing)
        if start != self._start:
            self._begin(start)
        self._text += _acceptable(answer[self._accepted :])
        self._accepted = len(answer)
        shown = self._converted(growing=growing)
        if not shown.strip() and not growing and self._text.strip() and not self._shown:
            shown = "\n".join(escaped_start(escaped(words.strip())) for words in self._text.split("\n"))
        return line + shown

    @property
    def unsealed(self) -> int:
        """How many characters at the end of the answer are read again with the next text."""
        return len(self._text) - self._done

    def _converted(self, *, growing: bool) -> str:
        while True:
            room = max(0, _ENOUGH - len(self._sealed))
            rest = self._text[self._done : min(self._done + room, _MOST)]
            self.more = self._done + len(rest) < len(self._text)
            growing = growing and not self.more
            if growing:
                code = self._place.preamble.strip() if self._place.kind == "fence" else ""
                rest = settled(rest, in_table=self._place.table is not None, fence=code[:3])
            tokens = self._read(rest, self._place, growing=growing and not rest.endswith("\n"))
            found = cuts(rest, tokens, self._place)
            if len(found) <= 2 or not found[-2].position:
                break
            self._seal(rest, found[-2])
        tail = BlockWriter(rest, self._place).write(tokens)
        self._resolve()
        return self._sealed + _sendable(tail)

    def _read(self, source: str, place: Place, *, growing: bool = False) -> Sequence[Token]:
        environment = {"references": self._references, UNFINISHED: growing}
        tokens = reader().parse(place.preamble + source, environment)
        if self._shown:
            take_out(tokens, self._shown)
        return tokens

    def _seal(self, rest: str, cut: Cut) -> None:
        source = rest[: cut.position]
        labels = frozenset(map(normalizeReference, _LABEL.findall(source))) if "[" in source else frozenset[str]()
        piece = _Piece(source, self._place, cut.inside, "", labels)
        writer = self._write(piece)
        self._pieces.append(piece)
        self._sealed += piece.text
        self._done += cut.position
        joint = cut.place.joint
        if not piece.text:  # what shows nothing, such as a comment, leaves its blank line to what follows
            joint = max(piece.place.joint, joint, key=len) if self._sealed else ""
        self._place = replace(cut.place, joint=joint, table=writer.table if cut.place.kind == "table_open" else None)

    def _write(self, piece: _Piece) -> BlockWriter:
        writer = BlockWriter(piece.source, piece.place, open_end=piece.open_end)
        piece.text = _sendable(writer.write(self._read(piece.source, piece.place)))
        return writer

    def _resolve(self) -> None:
        """Write again what refers to links whose addresses have just become known."""
        if len(self._references) == self._known:
            return
        new = set(list(self._references)[self._known :])
        self._known = len(self._references)
        for piece in self._pieces:
            if not new.isdisjoint(piece.labels):
                self._write(piece)
        self._sealed = "".join(piece.text for piece in self._pieces)


def convert(answer: str, reasoning: Thinking = "folded") -> str:
    """Return the converted text of a whole answer: see `Converter`."""
    return Converter(reasoning).convert(answer)


def _sendable(text: str) -> str:
    """Return text that may be sent: an entity can stand for what was dropped before, too."""
    return neutralize(_acceptable(text))


def _acceptable(text: str) -> str:
    """Return a text without the characters that Discord refuses or drops, or that reorder the text beside them."""
    return text if text.isascii() and text.isprintable() else _SURROGATE.sub("\ufffd", _REFUSED.sub("", text))
