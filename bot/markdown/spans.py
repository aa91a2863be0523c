"""Writes the inside of a paragraph, a heading or a cell in Discord's dialect. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from markdown_it.token import Token

from bot.markdown.escapes import ZERO_WIDTH_SPACE, escaped, escaped_start
from bot.markdown.html import read_tag

Style = Literal["strong", "em", "strike"]

_MARKS: dict[str, Style] = {"strong": "strong", "em": "em", "s": "strike"}
_TAGS: dict[str, Style] = {
    "b": "strong",
    "strong": "strong",
    "i": "em",
    "em": "em",
    "s": "strike",
    "del": "strike",
    "strike": "strike",
}
_TEXTS: dict[Style, str] = {"strong": "**", "em": "*", "strike": "~~"}
_JOINING = ("`", "~", "|")
_TICKS = re.compile(r"`+")
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_ESCAPES = re.compile(r"\\.", re.DOTALL)
_LONG = 600  # characters of an address that a page might have to break

# Marks in a hidden address could end a span around it, and a parenthesis the link.
_QUOTED = {character: f"%{ord(character):02X}" for character in "()*`|~\\<>\"' "}
_QUOTED_IN_SPAN = {**_QUOTED, "_": "%5F"}


@dataclass(slots=True)
class _Mark:
    """One end of a span. ``text`` is what is written in its place; an emphasis gets it in the end."""

    style: Style
    opens: bool
    text: str


def spans(children: Iterable[Token], *, bold: bool = False, one_line: bool = False) -> str:
    """Return inline tokens in Discord's dialect; lines are separated by line feeds.

    Args:
        children: the tokens of one inline text.
        bold: whether all of it is bold.
        one_line: whether line breaks become spaces, as in a heading.
    """
    writer = _Writer({"strong": int(bold), "em": 0, "strike": 0})
    if bold:
        writer.items.append(_Mark("strong", True, "**"))
    writer.write(list(children))
    if bold:
        writer.items.append(_Mark("strong", False, "**"))
    items = [" " if item == "\n" else item for item in writer.items] if one_line else writer.items
    return _written(items)


def plain(children: Iterable[Token]) -> str:
    """Return the words of inline tokens, without any mark, in one line."""
    words: list[str] = []
    for token in children:
        if token.type in ("text", "code_inline"):
            words.append(token.content)
        elif token.type == "image":
            words.append(plain(token.children or ()).strip() or "image")
        elif token.type.endswith("break"):
            words.append(" ")
        elif token.type == "html_inline":
            tag = read_tag(token.content)
            words.append(token.content if tag is None else " " if tag.breaks else "")
    return "".join(words)


class _Writer:
    """Turns tokens into strings, of which none needs another escape, and marks.

    Args:
        depth: how many spans of a style are open already.
        label: whether these are the words of a link, in which brackets come in pairs.
    """

    def __init__(self, depth: dict[Style, int], *, label: bool = False) -> None:
        self.items: list[str | _Mark] = []
        self._depth = depth
        self._label = label

    def write(self, tokens: Sequence[Token]) -> None:
        """Write tokens that belong together: all marks that are opened in them are closed in them."""
        tags = _paired_tags(tokens)
        link: int | None = None
        for index, token in enumerate(tokens):
            if token.type == "link_open":
                link = index
            elif token.type == "link_close" and link is not None:
                self._link(str(tokens[link].attrs.get("href", "")), tokens[link + 1 : index])
                link = None
            elif link is None and index in tags:
                self._span(*tags[index])
            elif link is None:
                self._token(token)

    def _token(self, token: Token) -> None:
        match token.type:
            case "code_inline":
                self._add(self._code(token.content))
            case "softbreak" | "hardbreak":
                self._add("\n")
            case "image":
                self._image(token)
            case "html_inline":
                tag = read_tag(token.content)
                self._text(token.content) if tag is None else self._add("\n" if tag.breaks else "")
            case _ if token.tag in _MARKS:
                self._span(_MARKS[token.tag], token.nesting > 0)
            case _:
                self._text(token.content)

    def _add(self, text: str) -> None:
        if text:
            self.items.append(text)

    def _text(self, text: str) -> None:
        words = escaped(text)
        self._add(words.replace("\\[", "[") if self._label else words)

    def _span(self, style: Style, opens: bool) -> None:
        """Begin or end a span; Discord knows no bold in bold."""
        self._depth[style] += 1 if opens else -1
        if self._depth[style] != int(opens):
            return
        last = self.items[-1] if self.items else ""
        if isinstance(last, _Mark) and last.style == style and last.opens != opens:
            self.items.pop()  # an empty span, or two that touch
        else:
            self.items.append(_Mark(style, opens, _TEXTS[style]))

    def _code(self, code: str) -> str:
        """Return inline code. What it holds must neither end it nor a span around it."""
        for style in ("strong", "strike"):
            if self._depth[style]:
                code = code.replace(_TEXTS[style], ZERO_WIDTH_SPACE.join(_TEXTS[style]))
        if not code.strip():
            return f"`{ZERO_WIDTH_SPACE}{code}{ZERO_WIDTH_SPACE}`" if code else ""
        runs = {len(run) for run in _TICKS.findall(code)}
        if not runs:
            return f"`{code}`"
        if 2 in runs or max(runs) > 2:
            code = _TICKS.sub(lambda run: ZERO_WIDTH_SPACE.join(run[0]), code)
        return f"`` {code} ``" if "`" in (code[0], code[-1]) else f"``{code}``"

    def _link(self, href: str, label: Sequence[Token]) -> None:
        """Write a link without a preview: ``[words](<address>)``, or only its words if Discord knows no such link."""
        words = plain(label)
        if not href.lower().startswith(("http://", "https://")) or not words.strip():
            self.write(label)
        elif _same_address(words, href):
            self._add(f"<{words}>")
        elif "://" in words or len(href) > _LONG or not set("[]").isdisjoint(_BRACKETS.sub("", words)):
            self.write(label)
            self._add(f" (<{href}>)")
        else:
            inside = _Writer(dict(self._depth), label=True)
            inside.write(label)
            written = _written([" " if item == "\n" else item for item in inside.items])
            self._add(f"[{written}](<{self._quoted(href)}>)")

    def _image(self, token: Token) -> None:
        """Write an image as a link, because Discord shows no images inside of a text."""
        address = str(token.attrs.get("src", ""))
        linked = address.lower().startswith(("http://", "https://"))
        words = plain(token.children or ()).strip()
        if linked and (not words or "://" in words):
            words = "image"
        label = [Token("text", "", 0, content=words)]
        self.write(label) if self._label else self._link(address, label)

    def _quoted(self, address: str) -> str:
        return address.translate(str.maketrans(_QUOTED_IN_SPAN if any(self._depth.values()) else _QUOTED))


def _paired_tags(tokens: Sequence[Token]) -> dict[int, tuple[Style, bool]]:
    """Return the style that an HTML tag begins or ends, by the tag's place, for tags that have a partner."""
    pairs: dict[int, tuple[Style, bool]] = {}
    opened: list[tuple[str, int]] = []
    for index, token in enumerate(tokens):
        if token.type == "html_inline":
            tag = read_tag(token.content)
            if tag is None or tag.name not in _TAGS:
                continue
            if not tag.closes:
                opened.append((tag.name, index))
            elif opened and opened[-1][0] == tag.name:
                style = _TAGS[tag.name]
                pairs[opened.pop()[1]] = (style, True)
                pairs[index] = (style, False)
        elif token.nesting > 0:
            opened.append(("", index))
        elif token.nesting < 0:
            while opened and opened.pop()[0]:
                pass  # a tag that is not closed in the span around it
    return pairs


def _same_address(words: str, href: str) -> bool:
    """Whether a link's words are its address, so that Discord can show them as such."""
    if not words.lower().startswith(("http://", "https://")) or any(c.isspace() or c in "<>" for c in words):
        return False
    return _canonical(words) == _canonical(href)


def _canonical(address: str) -> str:
    return unquote(address).lower().rstrip("/")


def _written(items: Sequence[str | _Mark]) -> str:
    """Return strings and marks as one text."""
    items = _without_space_at_marks(items)
    opened: int | None = None
    for index, item in enumerate(items):
        if isinstance(item, _Mark) and item.style == "em":
            if item.opens:
                opened = index
            elif opened is not None:
                _choose_emphasis(items, opened, index)
    written = [""]
    start = True
    for item in items:
        text = item.text if isinstance(item, _Mark) else escaped_start(item) if start else item
        if text[:1] == written[-1][-1:] and text[:1] in _JOINING:
            text = ZERO_WIDTH_SPACE + text  # such as two spans of code, or a tilde before a span
        if text:
            written.append(text)
            start = text[-1] == "\n" or (start and (text.isspace() or isinstance(item, _Mark)))
    return "".join(written)


def _without_space_at_marks(items: Sequence[str | _Mark]) -> list[str | _Mark]:
    """Move white space out of spans, because Discord wants ``*`` to touch words, and drop spans without words."""
    done: list[str | _Mark] = []
    for item in items:
        if isinstance(item, str):
            words = item.lstrip()
            at = len(done)
            while at and isinstance(mark := done[at - 1], _Mark) and mark.opens:
                at -= 1
            if at < len(done) and len(words) < len(item):
                done.insert(at, item[: len(item) - len(words)])
                item = words
            if item:
                done.append(item)
        elif item.opens:
            done.append(item)
        else:
            _close(done, item)
    return done


def _close(done: list[str | _Mark], closing: _Mark) -> None:
    """Add the end of a span, before the white space at the end of what is in it."""
    space = ""
    while done and isinstance(last := done[-1], str) and (words := last.rstrip()) != last:
        space = last[len(words) :] + space
        done[-1:] = [words] if words else []
    opening = done[-1] if done else ""
    if isinstance(opening, _Mark) and opening.opens and opening.style == closing.style:
        done.pop()
    else:
        done.append(closing)
    if space:
        done.append(space)


def _choose_emphasis(items: Sequence[str | _Mark], opened: int, closed: int) -> None:
    """Choose the marks of an emphasis so that neither what is in it nor what touches it is read together with them."""
    texts = [item.text if isinstance(item, _Mark) else item for item in items[opened + 1 : closed]]
    inside = "".join(texts)
    before, after = _text_at(items, opened - 1)[-1:], _text_at(items, closed + 1)[:1]
    bare = _ESCAPES.sub("", inside)
    star = "*" not in bare.replace("**", "")
    touching = "*" in (before, after, inside[:1], inside[-1:])
    underscore = "_" not in bare and not _joins(before) and not _joins(after) and "~" not in (before, inside[-1:])
    if star and not (touching and underscore):
        marks = _set_apart("*", before == "*", inside[:1] == "*"), _set_apart("*", inside[-1:] == "*", after == "*")
    elif underscore or "_" not in bare:
        marks = _set_apart("_", _joins(before), False), _set_apart("_", inside[-1:] == "~", _joins(after))
    else:
        marks = "", ""
    for index, text in zip((opened, closed), marks, strict=True):
        mark = items[index]
        if isinstance(mark, _Mark):
            mark.text = text


def _set_apart(mark: str, before: bool, after: bool) -> str:
    return f"{ZERO_WIDTH_SPACE * before}{mark}{ZERO_WIDTH_SPACE * after}"


def _text_at(items: Sequence[str | _Mark], index: int) -> str:
    item = items[index] if 0 <= index < len(items) else ""
    return item.text if isinstance(item, _Mark) else item


def _joins(character: str) -> bool:
    return character.isalnum() or character == "_"
