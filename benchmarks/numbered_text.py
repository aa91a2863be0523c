"""Synthetic text in numbered pieces, by which a measurement recognises what of an answer was seen. Pure.

An answer grows by one piece per update. Each piece ends in a mark with the answer's number and the update's.
"""

import re

UPDATE_INTERVAL = 0.05
"""Seconds between two updates of one answer."""
_UPDATES_PER_PARAGRAPH = 40
_WORDS = ("raven", "", "**fog**", "", "`twice`", "", "moonlit,", "", "paper", "")
_MARK = re.compile(r"\bx([0-9a-z]{2})([0-9a-z]{2})\b")  # two numbers in base 36
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TAIL = 12  # characters at the end of a text in which the mark of its last piece is


def piece(answer: int, update: int) -> str:
    """Return what an update adds to the text. Its length depends on the update alone.

    Args:
        answer: the answer's number, below 1296.
        update: the update's number, below 1296.
    """
    end = "\n\n" if update % _UPDATES_PER_PARAGRAPH == _UPDATES_PER_PARAGRAPH - 1 else " "
    return f"{_WORDS[update % len(_WORDS)]} x{_digits(answer)}{_digits(update)}{end}".lstrip()


def marks(text: str) -> list[tuple[int, int]]:
    """Return the answer's and the update's number of each piece in a text, in Markdown or as a page renders it."""
    return [(int(answer, 36), int(update, 36)) for answer, update in _MARK.findall(text)]


def last_update(text: str) -> int | None:
    """Return the number of the update that a text ends with, or None if it doesn't end with one."""
    found = marks(text[-_TAIL:])
    return found[-1][1] if found else None


def _digits(value: int) -> str:
    high, low = divmod(value, 36)
    return _DIGITS[high] + _DIGITS[low]
