"""Reads an answer's Markdown: CommonMark with GitHub's tables, strikethrough, task lists and bare URLs, and TeX. Pure.

markdown-it-py reads nearly all of it. The rules here add what it lacks: URLs without brackets, mathematics, which must
not be read as emphasis, and marks that are still open at the end of an answer that is being written.
"""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

NESTING = 24
"""Levels of lists and quotes that are read, of which a list takes two."""

UNFINISHED = "unfinished"
"""The key in the environment that tells that the text's last line is still being written."""

_LAST = "last"  # the same, while the inline text that ends the answer is read


@cache
def reader() -> MarkdownIt:
    """Return the reader, whose ``parse`` takes a text and an environment and returns tokens."""
    options = {"maxNesting": NESTING, "strikethrough_single_tilde": True, "tasklists": True}
    markdown = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    markdown.core.ruler.at("inline", _inline)
    markdown.block.ruler.at("blockquote", _quote, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    markdown.block.ruler.before("fence", "math", _math_block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    for name, rule in (("url", _url), ("math", _math), ("open_code", _open_code), ("cjk", _emphasis_in_cjk)):
        markdown.inline.ruler.before("escape", name, rule)
    markdown.inline.ruler.before("escape", "www", _www)
    markdown.inline.terminator_re = re.compile(rf"{markdown.inline.terminator_re.pattern}|{_WWW.pattern}")
    markdown.inline.ruler2.after("balance_pairs", "open_marks", _close_open_marks)
    return markdown


def _inline(state: StateCore) -> None:
    last = len(state.tokens) - 1
    while last >= 0 and state.tokens[last].nesting < 0:
        last -= 1
    for index, token in enumerate(state.tokens):
        if token.type == "inline":
            state.env[_LAST] = index == last and bool(state.env.get(UNFINISHED))
            token.children = state.md.inline.parse(token.content, state.md, state.env, [])


_SCHEME = re.compile(r"(?<![^\W_])(?<!<)https?\Z", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>`，。、；：！？）」』】》]+")
_ENTITY = re.compile(r"&\w{1,30};\Z")


def _url(state: StateInline, silent: bool) -> bool:
    """Read a URL without brackets. Its scheme has been read as text when the colon is reached."""
    if silent or state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.src[max(0, state.pos - 6) : state.pos])
    found = _ADDRESS.match(state.src, state.pos, state.posMax)
    if scheme is None or found is None or not state.pending.endswith(scheme[0]):
        return False
    url = _without_punctuation(found[0])
    if len(url) <= len("://") or not _push_link(state, scheme[0] + url, scheme[0] + url, read=len(scheme[0])):
        return False
    state.pos += len(url)
    return True


_WWW = re.compile(r"(?<![^\s*_~(])www\.(?=[^\s<.])")


def _www(state: StateInline, silent: bool) -> bool:
    """Read an address that begins with ``www.``."""
    if silent or state.linkLevel or not _WWW.match(state.src, state.pos, state.posMax):
        return False
    found = _ADDRESS.match(state.src, state.pos, state.posMax)
    address = _without_punctuation(found[0]) if found else ""
    if address.count(".") < 2 or not _push_link(state, address, f"http://{address}", read=0):
        return False
    state.pos += len(address)
    return True


def _push_link(state: StateInline, words: str, address: str, *, read: int) -> bool:
    """Write a link, of whose words the first few characters have been read as text; returns whether it is one."""
    href = state.md.normalizeLink(address)
    if not state.md.validateLink(href):
        return False
    state.pending = state.pending[: len(state.pending) - read]
    state.push("link_open", "a", 1).attrs = {"href": href}
    state.push("text", "", 0).content = words
    state.push("link_close", "a", -1)
    return True


def _without_punctuation(url: str) -> str:
    """Return a URL without the punctuation that ends the sentence or the brackets around it."""
    end = len(url)
    surplus = {")": url.count(")") - url.count("("), "]": url.count("]") - url.count("[")}
    while end:
        last = url[end - 1]
        if last in "?!.,:*_~'\"|":
            end -= 1
        elif surplus.get(last, 0) > 0:
            surplus[last] -= 1
            end -= 1
        elif last == ";":
            entity = _ENTITY.search(url, max(0, end - 32), end)
            end = entity.start() if entity else end - 1
        else:
            break
    return url[:end]


_MATH = re.compile(r"(\$\$?)(?![\s$])((?:\\.|[^\\$\n])+)(?<!\s)\1(?![\d$])|\\\(((?:\\[^()\n]|[^\\\n])+)\\\)")


def _math(state: StateInline, silent: bool) -> bool:
    r"""Read mathematics in a line: ``$x$`` as it is, and ``\(x\)`` without its backslashes, as elsewhere."""
    if state.src[state.pos] not in "$\\":
        return False
    found = _MATH.match(state.src, state.pos, min(state.posMax, state.pos + 1000))
    if found is None:
        return False
    if not silent:
        state.push("text_special", "", 0).content = f"({found[3]})" if found[3] else found[0]
    state.pos = found.end()
    return True


_OTHER_QUOTE = re.compile(r">(?!>>\s)")


def _quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a quote; ``>>> x`` is a prompt of Python's and no quote in a quote, unless quoted lines follow."""
    if _line(state, start).startswith(">>> "):
        after = _line(state, start + 1) if start + 1 < end else ""
        if not _OTHER_QUOTE.match(after):
            return False
    return blockquote(state, start, end, silent)


_LONGEST_MATH = 40  # lines
_MATH_ENDS = {"$$": "$$", "\\[": "\\]"}


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    r"""Read mathematics that stands alone: lines from ``$$`` to ``$$`` or from ``\[`` to ``\]``."""
    first = _line(state, start)
    closing = _MATH_ENDS.get(first[:2])
    if closing is None or state.is_code_block(start):
        return False
    lines: list[str] = []
    rest = first[2:]
    line = start
    while closing not in rest:
        lines.append(rest)
        line += 1
        if line >= min(end, start + _LONGEST_MATH) or state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            return False
        rest = _line(state, line)
    content, _, after = rest.partition(closing)
    lines.append(content)
    if after.strip() or not "".join(lines).strip():
        return False
    if not silent:
        token = state.push("fence", "code", 0)
        token.info, token.content = "latex", "\n".join(text for text in lines if text.strip()).strip() + "\n"
        token.map = [start, line + 1]
        state.line = line + 1
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()


_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
)


def _emphasis_in_cjk(state: StateInline, silent: bool) -> bool:
    """Read ``*`` beside Chinese, Japanese or Korean, which put no spaces around words: ``**「強い」**です`` is bold.

    CommonMark takes punctuation for a sign that the mark does not touch a word, and so leaves the marks visible.
    """
    if silent or state.src[state.pos] != "*":
        return False
    scanned = state.scanDelims(state.pos, canSplitWord=True)
    before = state.src[state.pos - 1 : state.pos] if state.pos else ""
    after = state.src[state.pos + scanned.length : state.pos + scanned.length + 1]
    if not (_CJK.match(before) or _CJK.match(after)):
        return False
    opens, closes = bool(after.strip()), bool(before.strip())
    for _ in range(scanned.length):
        state.push("text", "", 0).content = "*"
        token = len(state.tokens) - 1
        state.delimiters.append(Delimiter(ord("*"), scanned.length, token, -1, open=opens, close=closes))
    state.pos += scanned.length
    return True


_TICKS = re.compile(r"`+")


def _open_code(state: StateInline, silent: bool) -> bool:
    """Read inline code that is still being written: to the end, if its line ends the answer."""
    if state.src[state.pos] != "`" or silent or not state.env.get(_LAST):
        return False
    ticks = _TICKS.match(state.src, state.pos, state.posMax)
    if ticks is None or any(run[0] == ticks[0] for run in _TICKS.finditer(state.src, ticks.end(), state.posMax)):
        return False
    code = state.src[ticks.end() : state.posMax]
    if "\n" in code or not code.strip():
        return False
    state.push("code_inline", "code", 0).content = code
    state.pos = state.posMax
    return True


def _close_open_marks(state: StateInline) -> None:
    """Close marks that are open at the end of an answer that is being written, if they were opened in its last line.

    A mark in the middle of a word is left alone, because ``2*3`` opens nothing, and so is ``~5``.
    """
    if not state.env.get(_LAST):
        return
    line = max((index for index, token in enumerate(state.tokens) if token.type.endswith("break")), default=-1)
    opened: list[Delimiter] = []
    inside = run = -1  # where the pair around a delimiter ends, and the token after a run that is left alone
    for index, delimiter in enumerate(state.delimiters):
        if delimiter.end >= 0:
            inside = max(inside, delimiter.end)
        elif delimiter.open and index > inside and delimiter.token > line:
            before = state.tokens[delimiter.token - 1].content if delimiter.token > 0 else ""
            mark = state.tokens[delimiter.token].content
            in_word = before[-1:].isascii() and before[-1:].isalnum()
            if in_word or delimiter.token == run or mark == "~":
                run = delimiter.token + 1
            else:
                opened.append(delimiter)
    for delimiter in reversed(opened):
        mark = state.tokens[delimiter.token].content
        state.push("text", "", 0).content = mark
        closing = Delimiter(delimiter.marker, delimiter.length, len(state.tokens) - 1, -1, open=False, close=True)
        state.delimiters.append(closing)
        delimiter.end = len(state.delimiters) - 1
        delimiter.close = False
