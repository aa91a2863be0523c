"""What of a growing answer is shown only later, because nobody can know yet what it becomes. Pure.

Half a link would be shown as brackets and an address, half a table as pipes, a lone mark as itself; with the next words
each of them would turn into something else. Only the end of the text is looked at.
"""

import re

from bot.markdown.tables import DECIDING

_MOST = 400  # characters of a line's end that are looked at
_LONGEST = 2 * _MOST  # characters of a line's end that are kept back at most
_BLOCK_MARKS = re.compile(
    r"(?:[ \t>]|[-+*][ \t]|\d{1,9}[.)][ \t])*"
    r"(?:[-+*_=#]+|\[[ xX]?\]?|\#{1,6}[ \t]*|\d{1,9}[.)]?|`{1,2}|~{1,2}|```[^`]*|~~~[^~]*"
    r"|\$\$|\\\[?|\[[^\]]*\]:.*)?[ \t]*"
)
_TRAILING = re.compile(
    r"(?:[*_~`|\\$]+"
    r"|&\#?\w{0,30}"
    r"|<https?:[^\s<>`]{0,300}|<[A-Za-z/!?][^<>`\n]{0,60}|<"
    r"|(?<!\w)(?:h(?:t(?:t(?:ps?(?::/{0,2})?)?)?)?|w(?:w(?:w(?:\.[^\s.]{0,99})?)?)?)"
    r"|[ \t]+)\Z",
    re.IGNORECASE,
)
_AFTER_URL = re.compile(r"(?:://|\bwww\.)\S*?(?P<after>[?!.,:;'\")\]*_~]+)\Z")
_TOKEN = re.compile(r"\\.|`+|\[|\]\(?|\)")
_SEPARATOR = re.compile(r"[ \t>]*\|?(?:[ \t]*:?-+:?[ \t]*\|)*[ \t]*:?-*:?[ \t]*\|?[ \t]*")
_FENCE = re.compile(r"(?:[ \t>]|[-+*][ \t]|\d{1,9}[.)][ \t])*(`{3,}|~{3,})(.*)")


def settled(text: str, *, in_table: bool = False, fence: str = "") -> str:
    """Return the beginning of a text that can be shown.

    Args:
        text: the end of an answer, from the beginning of a block.
        in_table: whether the text goes on with rows of a table.
        fence: the mark of the code that the text goes on with, empty for none.
    """
    lines = text.split("\n")
    open_fence = _open_fence(lines[:-1], fence)
    if open_fence:
        last = lines[-1].strip(" >\t")
        return text[: len(text) - len(lines[-1])] if last and open_fence.startswith(last) else text
    if kept := _table_lines(lines, in_table=in_table):
        return "\n".join([*lines[:-kept], ""])
    start = len(text) - len(lines[-1])
    line = lines[-1]
    least = len(line) - _LONGEST
    while not _BLOCK_MARKS.fullmatch(line):
        kept = _settled_line(line)
        if kept == line or len(kept) < least:  # what goes on like this for so long becomes nothing else
            return text[:start] + line
        line = kept
    return text[:start]


def _settled_line(line: str) -> str:
    end = _open_link(line)
    least = end - _LONGEST
    while end >= least and (found := _TRAILING.search(line, max(0, end - _MOST), end)):
        end = found.start()
    if after := _AFTER_URL.search(line, max(0, end - _MOST), end):
        end = after.start("after")  # it may be a part of the address
    return line[:end]


def _open_link(line: str) -> int:
    """Return where half a link begins, or the end of the line."""
    opened: list[int] = []
    link = -1  # where the link begins whose address is being read
    code = ""
    for token in _TOKEN.finditer(line, max(0, len(line) - _MOST)):
        mark = token[0]
        if code:
            code = "" if mark == code else code
        elif mark[0] == "`":
            code = mark
        elif mark == "[" and link < 0:
            opened.append(token.start())
        elif mark == "](" and opened:
            link = opened.pop()
        elif mark == "]" and opened:
            start = opened.pop()
            if token.end() == len(line):
                opened.append(start)  # an address may follow
        elif mark == ")":
            link = -1
    if code:
        return len(line)
    start = link if link >= 0 else opened[0] if opened else len(line)
    return start - 1 if start and line[start - 1 : start] == "!" else start


def _open_fence(lines: list[str], fence: str) -> str:
    """Return the mark of the code that is open after these lines, empty for none."""
    for line in lines:
        found = _FENCE.match(line)
        if found is None:
            continue
        if not fence:
            fence = found[1] if "`" not in found[2] or found[1][0] == "~" else ""
        elif found[1].startswith(fence) and not found[2].strip():
            fence = ""
    return fence


def _table_lines(lines: list[str], *, in_table: bool) -> int:
    """Return how many lines at the end may become a table, or are the beginning of its next row."""
    partial = lines[-1]
    count = 0
    for line in reversed(lines[:-1]):
        if "|" not in line:
            break
        count += 1
    rows = lines[len(lines) - 1 - count : -1]
    separators = [index for index, row in enumerate(rows) if index and "-" in row and _SEPARATOR.fullmatch(row)]
    if in_table and count == len(lines) - 1:
        return 1 if partial.strip() else 0
    if separators:
        head = separators[0] - 1
        if len(rows) < separators[0] + 1 + DECIDING:
            return len(rows) - head + 1
        return 1 if partial.strip() else 0
    if rows and (_begins_row(rows[-1]) or partial.strip()) and _SEPARATOR.fullmatch(partial):
        return 2
    return 1 if _begins_row(partial) else 0


def _begins_row(line: str) -> bool:
    return line.lstrip(" \t>").startswith("|")
