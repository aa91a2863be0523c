"""Plain text in Discord's dialect: what Discord would read as a mark is escaped, and read back again. Pure.

Discord takes a backslash before anything but a letter, a digit or white space of ASCII as an escape.
"""

import re

ZERO_WIDTH_SPACE = "\u200b"
"""Separates marks where no backslash helps: in code, and between two pairs of marks."""

_MARK = re.compile(
    r"\\(?![0-9A-Za-z\s])"
    r"|[`*_\[]|(?<=\])\("
    r"|~(?=~)|(?<=~)~|\|(?=\|)|(?<=\|)\|"  # one by itself is no mark of Discord's
    r"|<(?![\s=-])"
    r"|@(?=everyone|here)"
    r"|:(?=(?!\d:)[\w+-]{1,40}:)"  # an emoji's name
    r"|(?<=http):(?=//)|(?<=https):(?=//)",
    re.IGNORECASE,
)
_SPECIAL = re.compile(r"[\\`*\[\]_~|<@:]")
_BLOCK = re.compile(r"(?P<space>\s*)(?:(?P<mark>(?:-?#{1,6}|[-+])(?=\s|\Z)|>)|(?P<number>\d{1,12})(?=[.)](?:\s|\Z)))")


def escaped(text: str) -> str:
    """Return plain text so that Discord shows it as it is, inside of a line."""
    return _MARK.sub(r"\\\g<0>", text) if _SPECIAL.search(text) else text


def escaped_start(text: str) -> str:
    """Return text that was escaped so that it begins no block where it stands at the beginning of a line."""
    found = _BLOCK.match(text)
    if found is None:
        return text
    end = found.end()
    if found["number"]:
        return f"{text[:end]}\\{text[end:]}"
    mark = found.start("mark")
    return f"{text[:mark]}\\{text[mark:]}"


_SEPARATING = re.compile(rf"(?<=[`*~|]){ZERO_WIDTH_SPACE}|{ZERO_WIDTH_SPACE}(?=[`*~|])")
_READ_BACK = re.compile(r"\\([^0-9A-Za-z\s])|(`{1,3})|\]\(<(https?://[^\s<>]*)>\)")


def unescape(shown: str) -> str:
    """Return what a model wrote from what Discord was sent: without what separates marks, and escapes outside of code.

    Formatting stays as Discord's; tables stay blocks of code.
    """
    text = _SEPARATING.sub("", shown)
    done: list[str] = []
    unclosed: set[str] = set()
    position = 0
    while found := _READ_BACK.search(text, position):
        done.append(text[position : found.start()])
        position = found.end()
        if found[1]:
            done.append(found[1])
        elif found[3]:
            done.append(f"]({found[3]})")
        else:
            end = -1 if found[2] in unclosed else text.find(found[2], position)
            if end < 0:
                unclosed.add(found[2])
            else:
                position = end + len(found[2])
            done.append(text[found.start() : position])
    return "".join([*done, text[position:]])
