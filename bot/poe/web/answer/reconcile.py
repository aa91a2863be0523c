"""Two texts of one answer: the raw one of the wire, and the page's, rendered and made Markdown again. Pure.

Rendering drops and adds signs, so only letters and digits are compared.
"""

import re
from collections.abc import Mapping

_PLACEHOLDERS = {"", "...", "…", "Thinking...", "Thinking…"}  # poe.md section 8
_LONG = 1000  # characters: longer ones are not even looked at
_BARE = " \n\t*_"
_SIGNS = re.compile(r"[\W_]+")
# A rendered code block and a row of a table are closed before their text is at its end.
_CLOSED_EARLY = re.compile(r"\n(?:`{3,}|\|[^\n]*)\Z")


def letters(text: str) -> str:
    """What survives rendering: letters and digits."""
    return _SIGNS.sub("", text)


def is_placeholder(text: str) -> bool:
    """Whether a text only says that there will be one. An answer that is over may say the same and mean it."""
    return len(text) < _LONG and text.strip(_BARE) in _PLACEHOLDERS


def fuller(wire: str, page: str, *, running: bool) -> str:
    """The text of the witness that knows more.

    Where they agree, the raw text wins; where they differ otherwise than in length, the page is believed once its
    message is complete.
    """
    raw, rendered = letters(wire), letters(page)
    if is_placeholder(page) or raw.startswith(rendered):
        return wire
    if running and not rendered.startswith(raw):
        return wire
    return _CLOSED_EARLY.sub("", page) if running else page


def not_cut(wire: str, page: str) -> str:
    """The wire's whole text, or the page's where that goes on behind it: the wire can lose its last frames."""
    raw, rendered = letters(wire), letters(page)
    return page if rendered.startswith(raw) and len(rendered) > len(raw) else wire


def mended(told: Mapping[int, str], shown: Mapping[int, str]) -> str:
    """An answer's messages in their order, each as whole as the wire (``told``) or the page (``shown``) has it."""
    texts = (not_cut(told.get(number, ""), shown.get(number, "")) for number in sorted({*told, *shown}))
    return "\n\n".join(filter(None, texts))
