"""The thoughts that a reasoning model shows before its answer, and what becomes of them. Pure.

Poe gives them as ``*Thinking...*``, an empty line and lines of a quote; the first other paragraph is the answer
(poe.md section 3.5).
"""

import re
from typing import Literal, TypeAlias

from bot.i18n.translate import nt

How: TypeAlias = Literal["kept", "folded", "hidden"]
"""Kept as the quote that they are, folded into one line of subtext, or hidden."""

MARK = "-# 💭 "
"""What a folded line begins with."""

_TITLE = "*Thinking...*"
_HEAD = re.compile(r"\s*[*_]Thinking(?:\.\.\.|…)(?: *\([^()\n]*\))?[*_](?: *\([^()\n]*\))?[ \t]*(?:\n|\Z)")
_BEGUN = re.compile(r"[*_](?:T(?:h(?:i(?:n(?:k(?:i(?:n(?:g[^\n]{0,40})?)?)?)?)?)?)?)?\Z")  # what may become one
_NEWEST = 90  # characters of the newest thoughts that are shown
_MARKS = re.compile(r"[*_~`|#<>\[\]\\]+|https?://\S*|^-(?= )")


class Thoughts:
    """Folds the thoughts of one growing text, reading every line of them once."""

    def __init__(self, how: How) -> None:
        self._how = how
        self._words = 0
        self._read = 0
        self._over = False
        self._line = ""

    def fold(self, text: str) -> tuple[str, int]:
        """Return what is shown for the thoughts, and where the answer begins: at the text's end while there is none.

        Args:
            text: the answer so far, which begins with the last one.
        """
        if self._over or self._how == "kept":
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
        if self._how == "hidden":
            return "", self._read if self._over else len(text)
        if not self._over:
            return _ticker(text[-3 * _NEWEST :] if len(text) > 3 * _NEWEST else text.partition("\n")[2]), len(text)
        words = nt("thought for {count} word", "thought for {count} words", self._words)
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
                    return  # it may become such a line
                if again is None:
                    self._over = True
                    return
            elif end >= 0:
                self._words += len(line.lstrip("> ").split())
            if end < 0:
                return
            self._read = end + 1


def fold_thinking(text: str, how: How) -> str:
    """Return a text with its thoughts kept, folded or hidden."""
    line, answer = Thoughts(how).fold(text)
    return line + text[answer:]


def _ticker(thoughts: str) -> str:
    """Return one line with the newest of the thoughts."""
    words = " ".join(_MARKS.sub("", thoughts).split())
    if len(words) > _NEWEST:
        words = "…" + words[-_NEWEST:].partition(" ")[2]
    return f"{MARK}{words}\n" if words else ""
