"""The reasoning that a model shows before its answer: kept, folded into a line, or hidden. Pure.

Poe shows it as ``*Thinking...*``, an empty line and the lines of a quote; the first other paragraph is the answer
(poe.md section 3.5).
"""

import re

from bot.conversation import Thinking
from bot.i18n.translate import nt
from bot.markdown.own_lines import Sign, own_line

MARK = own_line(Sign.REASONING, "")
"""What a folded line begins with."""

_TITLE = "*Thinking...*"
_HEAD = re.compile(r"\s*[*_]Thinking(?:\.\.\.|…)(?: *\([^()\n]*\))?[*_](?: *\([^()\n]*\))?[ \t]*(?:\n|\Z)")
_BEGUN = re.compile(r"[*_](?:T(?:h(?:i(?:n(?:k(?:i(?:n(?:g[^\n]{0,40})?)?)?)?)?)?)?)?\Z")  # what may become a head
_NEWEST = 90  # characters of the newest reasoning that are shown
_MARKS = re.compile(r"[*_~`|#<>\[\]\\]+|https?://\S*|^-(?= )")


class Reasoning:
    """The reasoning in one growing text; every line of it is read once."""

    def __init__(self, display: Thinking) -> None:
        self._display = display
        self._words = 0
        self._read = 0
        self._over = False
        self._line = ""

    def fold(self, text: str) -> tuple[str, int]:
        """Return what is shown of the reasoning, and where the answer begins: at the text's end while there is none.

        Args:
            text: all of the text so far; it begins with the text of the call before.
        """
        if self._over or self._display == "kept":
            return self._line, self._read
        if not self._read:
            head = _HEAD.match(text)
            if head is None:
                opening = text.strip()
                begun = bool(opening) and _TITLE.startswith(opening)
                self._over = len(opening) >= len(_TITLE)
                return "", len(text) if begun else 0
            self._read = head.end()
        self._read_on(text)
        if self._display == "hidden":
            return "", self._read if self._over else len(text)
        if not self._over:
            return _newest(text[-3 * _NEWEST :] if len(text) > 3 * _NEWEST else text.partition("\n")[2]), len(text)
        words = nt("Reasoning: {count} word", "Reasoning: {count} words", self._words)
        self._line = f"{MARK}{words}\n" if self._words else ""
        return self._line, self._read

    def _read_on(self, text: str) -> None:
        """Count the words of the lines that are complete, until one belongs to the answer."""
        while self._read < len(text):
            end = text.find("\n", self._read)
            line = text[self._read : end if end >= 0 else len(text)].strip()
            if line and not line.startswith(">"):
                again = _HEAD.match(text, self._read)  # some models think twice
                if again is None and end < 0 and _BEGUN.match(line):
                    return  # it may become another head
                if again is None:
                    self._over = True
                    return
            elif end >= 0:
                self._words += len(line.lstrip("> ").split())
            if end < 0:
                return
            self._read = end + 1


def fold_reasoning(text: str, display: Thinking) -> str:
    """Return a text with its reasoning kept, folded or hidden."""
    line, answer = Reasoning(display).fold(text)
    return line + text[answer:]


def _newest(reasoning: str) -> str:
    """Return one line with the newest words of the reasoning."""
    words = " ".join(_MARKS.sub("", reasoning).split())
    if len(words) > _NEWEST:
        words = "…" + words[-_NEWEST:].partition(" ")[2]
    return f"{MARK}{words}\n" if words else ""
