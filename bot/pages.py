"""An answer's text becomes pages: each one Discord message's worth, valid Markdown by itself. Pure."""

import re
import unicodedata

PAGE_LIMIT = 2000
"""Characters of a message (discord.md section 3), counted as UTF-16 units: never fewer than Discord may count."""

# Indented at will, as in the lists of lists: Discord, unlike CommonMark, has no code by indentation.
_FENCE = re.compile(r"^[ \t]*(?P<mark>`{3,20}|~{3,20})(?P<info>[^`~\n]*)$", re.MULTILINE)
_RESERVE = 21  # units kept for the mark that closes a fence: the longest mark and its newline
_INFO = 40  # characters of a fence's language that are worth repeating
_BREAKS = (re.compile(r"\n\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s"), re.compile(r"\s"))
_LEAST = 0.6  # a page is filled at least this far before a better place to break is given up for a worse one
_LONGEST = 64  # code points of what people see as one character; a longer pile of marks is torn
_CONTINUES = re.compile("[\u200d🏻-🏿\U000e0020-\U000e007f]")  # of one emoji: joiner, skin tone, region
_FLAGS = "🇦🇧🇨🇩🇪🇫🇬🇭🇮🇯🇰🇱🇲🇳🇴🇵🇶🇷🇸🇹🇺🇻🇼🇽🇾🇿"  # two of these letters make a flag


def units(text: str) -> int:
    """Count a text in UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def plan(text: str, *, first: int = 0, last: int = 0, limit: int = PAGE_LIMIT) -> list[str]:
    """Split a text into pages of at most ``limit`` units.

    Pages break at a paragraph, else a line, a sentence, a word, a whole character. A code fence that is open at a break
    is closed and opened again with its language; one that is open at the end is closed. A break depends only on the
    text before it, so pages stay as they are while a text grows.

    Args:
        text: the answer so far.
        first: units to leave free on the first page.
        last: units to leave free on the last page.
        limit: units of a page.
    """
    pages: list[str] = []
    rest, fence = text.strip("\n"), ""
    while True:
        opening = f"{fence}\n" if fence else ""
        room = limit - units(opening) - (0 if pages else first)
        fits = False
        if len(rest) <= room:
            whole = rest + _closing(_open_fence(rest, fence))
            if units(whole) <= room - last:
                return [*pages, opening + whole]
            fits = units(whole) <= room
        # What would fit the page, but not together with what comes after it, is broken a little earlier.
        window = _fitting(rest, room - _RESERVE - (last if fits else 0))
        page = rest[: _break(rest, len(window), inside_code=bool(_open_fence(window, fence)))]
        rest = rest[len(page) :]
        after = _open_fence(page, fence)
        pages.append(opening + page.rstrip("\n") + _closing(after))
        rest, fence = rest if after else rest.lstrip(), after


def _fitting(text: str, room: int) -> str:
    window = text[:room]
    while units(window) > room:
        window = window[: -max(1, (units(window) - room) // 2)]
    return window


def _break(text: str, most: int, *, inside_code: bool) -> int:
    """Return where to break a text that is longer than ``most`` code points."""
    for pattern in _BREAKS[1:2] if inside_code else _BREAKS:
        ends = [match.end() for match in pattern.finditer(text, int(most * _LEAST), most)]
        if ends:
            return ends[-1]
    ends = range(most, max(0, most - _LONGEST), -1)
    return next((end for end in ends if not _tears(text, end)), most)


def _tears(text: str, end: int) -> bool:
    """Whether a break here is inside of what people see as one character: an accented letter, an emoji, a flag."""
    before, after = text[:end], text[end]
    if before.endswith("\u200d") or _CONTINUES.match(after) or unicodedata.category(after).startswith("M"):
        return True
    return after in _FLAGS and (end - len(before.rstrip(_FLAGS))) % 2 == 1


def _open_fence(text: str, fence: str) -> str:
    """Return the line that opens the fence in which the text ends, empty for none; it begins inside ``fence``."""
    for match in _FENCE.finditer(text):
        mark, info = match["mark"], match["info"].strip()
        if not fence:
            fence = mark + info[:_INFO]
        elif not info and mark.startswith(_mark(fence)):
            fence = ""
    return fence


def _mark(fence: str) -> str:
    return fence[: len(fence) - len(fence.lstrip(fence[0]))]


def _closing(fence: str) -> str:
    return f"\n{_mark(fence)}" if fence else ""
