"""Poe's Markdown becomes Discord's: reasoning folded, tables as code, links without previews. Pure.

Models write GitHub's Markdown, of which Discord knows a part (discord.md section 3): no tables, no images, three sizes
of headings, and fences of three backticks only. The text is converted before it is split into pages.
"""

import re
from dataclasses import dataclass

from bot.conversation import Thinking
from bot.markdown.links import linked
from bot.markdown.own_lines import BIDI, neutralize
from bot.markdown.pages import MOST_PAGES, PAGE_LIMIT
from bot.markdown.reasoning import Reasoning
from bot.markdown.scanner import closes, fence_line
from bot.markdown.tables import SETTLING, Table, is_row, starts_table

_ENOUGH = (MOST_PAGES + 2) * PAGE_LIMIT  # characters that more than fill a reply's pages
_REFUSED = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{BIDI}\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_TICKS = re.compile(r"`{3,}")
_LANGUAGE = re.compile(r"[\w+.#-]*", re.ASCII)
_LATE_FENCE = re.compile(r"(?P<before>[^`]*:)[ \t]*(?P<fence>```[\w+.#-]*)")
_DEEP_HEADING = re.compile(r"#{4,6} +(?P<title>\S.*)")


@dataclass(frozen=True, slots=True)
class _State:
    """What a line is in: a fence, by the line that opened it, or a table."""

    fence: str = ""
    quoted: bool = False
    table: Table | None = None


class Converter:
    """Converts one growing answer again and again, and reads only what is new.

    Args:
        reasoning: what becomes of the reasoning before the answer.
    """

    def __init__(self, reasoning: Thinking = "folded") -> None:
        self._display: Thinking = reasoning
        self.more = False
        """Whether even more of the last answer is left out than the pages leave out."""
        self._restart()

    def _restart(self) -> None:
        self._answer = ""
        self._reasoning = Reasoning(self._display)
        self._start: int = 0  # where the answer begins, after the reasoning
        self._done = 0  # how much of the text is converted for good
        self._lines: list[str] = []
        self._length = 0
        self._state = _State()

    def convert(self, answer: str) -> str:
        """Return the converted text: of a very long answer a little more than the pages of a reply hold."""
        if not answer.startswith(self._answer):
            self._restart()
        self._answer = answer
        line, start = self._reasoning.fold(answer)
        if start != self._start:
            self._start = self._done = start
            self._lines, self._length, self._state = [], 0, _State()
        self._settle()
        rest = answer[self._done : self._done + max(0, _ENOUGH - self._length)]
        self.more = self._done + len(rest) < len(answer)
        lines, _, _ = _converted(rest.split("\n"), self._state, over=True)
        return line + "\n".join([*self._lines, *lines])

    def _settle(self) -> None:
        """Convert the complete lines, except those that may become a table."""
        while self._length < _ENOUGH:
            end = self._answer.rfind("\n", self._done, self._done + _ENOUGH)
            if end < 0:
                return
            lines = self._answer[self._done : end].split("\n")
            new, used, self._state = _converted(lines, self._state, over=False)
            self._lines += new
            self._length += sum(map(len, new)) + len(new)
            self._done += sum(map(len, lines[:used])) + used
            if not used:
                return


def convert(answer: str, reasoning: Thinking = "folded") -> str:
    """Return the converted text of a whole answer: see `Converter`."""
    return Converter(reasoning).convert(answer)


def _converted(lines: list[str], state: _State, *, over: bool) -> tuple[list[str], int, _State]:
    """Convert lines; returns the new lines, how many of the old ones they replace, and the state after them.

    Args:
        lines: lines of the text, from the one that `state` is about.
        state: what the first line is in.
        over: whether nothing follows; then a table that has only begun is converted too.
    """
    done: list[str] = []
    at = 0
    while at < len(lines):
        line = _accepted(lines[at])
        if state.table and is_row(line) and not fence_line(line):
            done += state.table.row(line)
        elif state.table:
            done += state.table.end
            state = _State()
            continue
        elif state.fence:
            new, state = _code(line, state)
            done += new
        elif "|" in line and not over and at + 1 == len(lines):
            break
        elif at + 1 < len(lines) and starts_table(line, _accepted(lines[at + 1])):
            rows = [_accepted(row) for row in lines[at + 2 : at + 2 + SETTLING]]
            rows = rows[: next((n for n, row in enumerate(rows) if not is_row(row) or fence_line(row)), len(rows))]
            if not over and len(rows) < SETTLING and at + 2 + len(rows) == len(lines):
                break
            table = Table(line, _accepted(lines[at + 1]), rows)
            done += table.beginning
            state = _State(table=table)
            at += 1
        else:
            new, state = _prose(line)
            done += new
        at += 1
    if over and state.table:
        done += state.table.end
    return [neutralize(line) for line in done], at, state


def _code(line: str, state: _State) -> tuple[list[str], _State]:
    """Convert a line that is in a fence."""
    if state.quoted and not line.startswith(">"):  # such code ends with its quote
        new, after = _prose(line)
        return ["> ```", *new], after
    if closes(state.fence, line):
        return [line[: line.index(state.fence[0])] + "```"], _State()
    return [_without_fences(line)], state


def _prose(line: str) -> tuple[list[str], _State]:
    """Convert a line that is in no fence; it may open one."""
    before: list[str] = []
    if late := _LATE_FENCE.fullmatch(line):
        before, line = [late["before"]], late["fence"]
    if opening := fence_line(line):
        language = _LANGUAGE.match(opening[1].lstrip("`~").strip())
        fence = f"{opening[0]}```{language[0] if language else ''}"
        return [*before, fence], _State(fence=opening[1], quoted=line.startswith(">"))
    if line.count("```") % 2:
        line = _without_fences(line)
    if deep := _DEEP_HEADING.fullmatch(line):
        line = f"**{deep['title'].replace('**', '').strip()}**"
    return [linked(line)], _State()


def _without_fences(line: str) -> str:
    """Return a line whose backticks are no fence: Discord knows fences in the middle of lines too."""
    return _TICKS.sub(lambda ticks: "\u200b".join(ticks[0]), line)


def _accepted(line: str) -> str:
    """Return a line without the characters that Discord refuses or drops, or that reverse the words around them."""
    return line if line.isprintable() else _REFUSED.sub("", line)
