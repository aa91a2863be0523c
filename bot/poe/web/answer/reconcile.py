"""Combines the two texts of one answer: the socket's raw one, and the page's rendered one, turned back into Markdown.

Rendering drops and adds characters, so only letters and digits are compared. Pure.
"""

import re
from collections.abc import Mapping

_PLACEHOLDERS = {"", "...", "…", "Thinking...", "Thinking…"}  # poe.md section 8
_LONG = 1000  # characters of a text that is certainly no placeholder
_IGNORED = " \n\t*_"
_SIGNS = re.compile(r"[\W_]+")
# The page closes a code block or a table row although its text is still growing.
_CLOSED_EARLY = re.compile(r"\n(?:`{3,}|\|[^\n]*)\Z")


def letters(text: str) -> str:
    """Return what survives rendering: letters and digits."""
    return _SIGNS.sub("", text)


def is_placeholder(text: str) -> bool:
    """Whether the text of a running answer only announces one. A finished answer may really consist of it."""
    return len(text) < _LONG and text.strip(_IGNORED) in _PLACEHOLDERS


def more_complete(wire: str, page: str, *, running: bool) -> str:
    """Return the text that has more of the answer.

    If one continues the other, the longer one, and the socket's if they are equal. If they differ otherwise, the page's
    once its message is complete, the socket's before.
    """
    raw, rendered = letters(wire), letters(page)
    if is_placeholder(page) or raw.startswith(rendered):
        return wire
    if running and not rendered.startswith(raw):
        return wire
    return _CLOSED_EARLY.sub("", page) if running else page


def with_lost_end(wire: str, page: str) -> str:
    """Return the socket's text, or the page's if that continues it: the socket may have lost its last frames."""
    raw, rendered = letters(wire), letters(page)
    return page if rendered.startswith(raw) and len(rendered) > len(raw) else wire


def merged(wire: Mapping[int, str], page: Mapping[int, str]) -> str:
    """Return an answer's messages in order, each as complete as the socket or the page has it; keys are message ids."""
    texts = (with_lost_end(wire.get(number, ""), page.get(number, "")) for number in sorted({*wire, *page}))
    return "\n\n".join(filter(None, texts))
