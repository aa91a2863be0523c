"""Block rules of Discord's Markdown: fences, quotes, headings, subtext, lists, and other lines.

A block has the class ``gap`` if there is a blank line above it.
"""

import re

from markdown_it.rules_block import StateBlock, list_block
from markdown_it.rules_core import StateCore

from sandbox.discord.markdown.inline import Environment, Fence, environment

_QUOTE_TO_END = r"^ *>>> .*\Z"
_QUOTE_LINES = r"^ *> [^\n]*(?:\n *> [^\n]*)*"
_FENCE = r"(?P<indent>^ *)?```(?:(?P<language>[\w+.#-]+)\n)?(?P<code>.*?)```"
_CODE_SPAN = r"(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
_QUOTED = re.compile(rf"\\[^\w\s]|{_FENCE}|{_CODE_SPAN}", re.DOTALL | re.MULTILINE)
_UNQUOTED = re.compile(rf"{_QUOTE_TO_END}|{_QUOTE_LINES}|{_QUOTED.pattern}", re.DOTALL | re.MULTILINE)


def lift_all_fences(state: StateCore) -> None:
    """Replace each code block outside of quotes with a one-line placeholder.

    This comes first, because a fence may begin in the middle of a line and contain blank lines and list markers. The
    placeholder contains NUL, which the text can't: markdown-it has just replaced them.
    """
    state.src = _lift_fences(state.src, environment(state))


def _lift_fences(text: str, env: Environment) -> str:
    def lift(match: re.Match[str]) -> str:
        code = match["code"]
        if code is None or not code.strip("\n"):
            return match[0]
        indent = match["indent"] or ""
        if indent:  # in a list item, where the lines of code stand as far right as the fence
            code = re.sub(rf"^ {{1,{len(indent)}}}", "", code, flags=re.MULTILINE)
        env.fences.append(Fence(match["language"] or "", code.strip("\n")))
        return f"{indent}<\0{len(env.fences) - 1}\0>"

    return (_QUOTED if env.quoted else _UNQUOTED).sub(lift, text)


def quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse quotes: ``> `` quotes its line, ``>>> `` everything after it. Quotes do not nest."""
    env = environment(state)
    first = _line(state, start)
    if env.quoted or not first.startswith(("> ", ">>> ")):
        return False
    if silent:
        return True
    if first.startswith(">>> "):
        stop = end
        content = state.getLines(start, end, 0, keepLastLF=False).lstrip(" ").removeprefix(">>> ")
    else:
        stop = start
        while stop < end and _line(state, stop).startswith("> "):
            stop += 1
        content = "\n".join(_line(state, line)[2:] for line in range(start, stop))
    _open(state, "blockquote", start)
    env.quoted = True
    state.md.block.parse(_lift_fences(content, env), state.md, env, state.tokens)
    env.quoted = False
    state.push("blockquote_close", "blockquote", -1)
    state.line = stop
    return True


_MARKED_LINE = re.compile(r"(?P<marker>-#|#{1,3}) +(?P<text>\S.*)")


def marked_line(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse headings of three sizes and subtext."""
    match = _MARKED_LINE.fullmatch(_line(state, start))
    if match is None:
        return False
    if not silent:
        tag = "small" if match["marker"] == "-#" else f"h{len(match['marker'])}"
        _open(state, tag, start)
        _inline(state, match["text"])
        state.push(f"{tag}_close", tag, -1)
        state.line = start + 1
    return True


_ITEM = re.compile(r"(?:[-*]|\d{1,9}\.) +\S")


def listing(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse lists like CommonMark, but only ``-``, ``*`` and ``1.`` begin one."""
    if not _ITEM.match(_line(state, start)):
        return False
    opening = len(state.tokens)
    gap = _after_blank(state, start)
    found = list_block(state, start, end, silent)
    if found and gap and not silent:
        state.tokens[opening].attrSet("class", "gap")
    return found


def lines(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse everything up to the next block, including blank lines, across which formatting may extend."""
    others = state.md.block.ruler.getRules("lines")
    stop = start + 1
    while stop < end:
        outdented = state.sCount[stop] < state.blkIndent
        if not state.isEmpty(stop) and (outdented or any(rule(state, stop, end, True) for rule in others)):
            break
        stop += 1
    while state.isEmpty(stop - 1):
        stop -= 1
    _open(state, "div", start, "lines")
    _inline(state, state.getLines(start, stop, state.blkIndent, keepLastLF=False))
    state.push("div_close", "div", -1)
    state.line = stop
    return True


def _open(state: StateBlock, tag: str, line: int, kind: str = "") -> None:
    token = state.push(f"{tag}_open", tag, 1)
    if classes := f"{kind} {'gap' if _after_blank(state, line) else ''}".strip():
        token.attrSet("class", classes)


def _inline(state: StateBlock, content: str) -> None:
    token = state.push("inline", "", 0)
    token.content = content
    token.children = []


def _after_blank(state: StateBlock, line: int) -> bool:
    return line > 0 and state.isEmpty(line - 1)


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
