"""What a reader sees of Markdown: characters with their styles, of a model's answer and of a Discord message."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html.parser import HTMLParser
from itertools import takewhile

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from bot.markdown.html import read_tag, visible_lines
from sandbox.discord.markdown.render import Names, render
from tests.support.npm import other_html

Seen = list[tuple[str, frozenset[str]]]
"""Visible characters with their styles, without white space."""

_INVISIBLE = re.compile(r"[\s\u200b]+")


def _seen(text: str, styles: Iterable[str]) -> Seen:
    return [(character, frozenset(styles)) for character in _INVISIBLE.sub("", text)]


def _squeezed(seen: Seen) -> Seen:
    """Return what is seen with every line, of whatever length, as one character."""
    return [one for index, one in enumerate(seen) if not (one[0] == "─" and index and seen[index - 1][0] == "─")]


@cache
def _github() -> MarkdownIt:
    options = {"strikethrough_single_tilde": True, "tasklists": True}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).use(gfm_autolink_plugin)


_STYLES = {"strong": "bold", "em": "italic", "s": "strike"}
_BLOCKS = {"h": "heading", "b": "quote"}  # by the first letter of a block's tag
_HTML = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "s": "strike", "del": "strike"}


class _Answer:
    """Reads an answer as CommonMark and GitHub mean it.

    Args:
        listed: whether tables are expected as rows of ``header: cell`` and not as code.
    """

    def __init__(self, *, listed: bool) -> None:
        self.seen: Seen = []
        self._styles: list[str] = []
        self._listed = listed
        self._lists: list[int | None] = []

    def read(self, answer: str) -> Seen:
        tokens = iter(_github().parse(answer))
        for token in tokens:
            if token.type == "table_open":
                self._table(tokens)
            else:
                self._block(token)
        return _squeezed(self.seen)

    def _add(self, text: str, *styles: str) -> None:
        self.seen += _seen(text, {*self._styles, *styles} - {""})

    def _block(self, token: Token) -> None:
        match token.type:
            case "ordered_list_open" | "bullet_list_open":
                self._lists.append(int(token.attrs.get("start", 1)) if token.tag == "ol" else None)
            case "ordered_list_close" | "bullet_list_close":
                self._lists.pop()
            case "list_item_open":
                self._item(token)
            case "inline":
                self._inline(token.children or [])
            case "fence" | "code_block":
                self._add(token.content, "code")
            case "hr":
                self._add("─")
            case "html_block":
                self._add("".join(visible_lines(token.content)))
            case _ if style := _BLOCKS.get(token.tag[:1]):
                self._style(style, token.nesting)
            case _:
                pass

    def _item(self, token: Token) -> None:
        number = self._lists[-1]
        if number is not None:
            self._add(f"{number}.")
            self._lists[-1] = number + 1
        if (checked := token.meta.get("checked")) is not None:
            self._add("☑" if checked else "☐")

    def _inline(self, children: Sequence[Token]) -> None:
        depth = len(self._styles)
        for token in children:
            tag = read_tag(token.content) if token.type == "html_inline" else None
            if token.type in ("text", "code_inline"):
                self._add(token.content, "code" if token.type == "code_inline" else "")
            elif token.type == "image":
                self._image(token)
            elif token.type == "link_open":
                self._styles.append("link" if str(token.attrs.get("href", "")).lower().startswith("http") else "")
            elif token.type == "link_close":
                self._styles.pop()
            elif token.type == "html_inline" and tag is None:
                self._add(token.content)
            elif tag is not None and tag.name in _HTML:
                self._style(_HTML[tag.name], 1 - 2 * tag.closes)
            elif token.tag in _STYLES:
                self._style(_STYLES[token.tag], token.nesting)
        del self._styles[depth:]

    def _style(self, style: str, nesting: int) -> None:
        if nesting > 0:
            self._styles.append(style)
        elif style in self._styles:
            self._styles.remove(style)

    def _image(self, token: Token) -> None:
        linked = str(token.attrs.get("src", "")).lower().startswith("http")
        before = len(self.seen)
        self._styles.append("link" if linked else "")
        self._inline([child for child in token.children or [] if child.type in ("text", "code_inline")])
        if linked and len(self.seen) == before:
            self._add("image")
        self._styles.pop()

    def _table(self, tokens: Iterator[Token]) -> None:
        rows: list[list[Token]] = []
        for token in takewhile(lambda token: token.type != "table_close", tokens):
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(token)
        if self._listed:
            for row in rows[1:]:
                for name, cell in zip(rows[0], row, strict=False):
                    self._listed_cell(name, cell)
            return
        for index, row in enumerate(rows):
            for cell in row:
                self._code(cell)
            if index == 0:
                self._add("─", "code")

    def _code(self, cell: Token) -> None:
        before = len(self.seen)
        self._inline(cell.children or [])
        self.seen[before:] = [(one, (styles & {"quote"}) | {"code"}) for one, styles in self.seen[before:]]

    def _listed_cell(self, name: Token, cell: Token) -> None:
        before = len(self.seen)
        self._inline(name.children or [])
        named = len(self.seen) > before
        if named:
            self._add(":")
        self.seen[before:] = [(one, (styles & {"quote"}) | {"bold"}) for one, styles in self.seen[before:]]
        start = len(self.seen)
        self._inline(cell.children or [])
        if len(self.seen) == start:
            del self.seen[before:]


def meant(answer: str) -> list[Seen]:
    """Return what an answer means to show: once with its tables as code, once as rows."""
    return [_Answer(listed=listed).read(answer) for listed in (False, True)]


_TAGS = {
    "strong": "bold",
    "em": "italic",
    "s": "strike",
    "del": "strike",
    "u": "underlined",
    "code": "code",
    "a": "link",
    "blockquote": "quote",
    "h1": "heading",
    "h2": "heading",
    "h3": "heading",
    "small": "small",
    "time": "time",
    "img": "emoji",
}


class _Message(HTMLParser):
    """Reads HTML of Discord messages, the sandbox's or that of @odiffey/discord-markdown."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Seen = []
        self._styles: list[tuple[str, str]] = []
        self._lists: list[int | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a style, a list or an item."""
        values = dict(attrs)
        if tag in ("ul", "ol"):
            self._lists.append(int(values.get("start") or 1) if tag == "ol" else None)
        elif tag == "li" and self._lists and (number := self._lists[-1]) is not None:
            self.handle_data(f"{number}.")
            self._lists[-1] = number + 1
        if tag not in ("br", "img"):
            kind = (values.get("class") or "").removeprefix("d-").split(" ")[0] if tag == "span" else ""
            self._styles.append((tag, _TAGS.get(tag, kind if not kind.startswith("hljs") else "")))

    def handle_endtag(self, tag: str) -> None:
        """End what was begun last with this tag."""
        if tag in ("ul", "ol"):
            self._lists.pop()
        while self._styles and self._styles.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Take in characters."""
        self.seen += _seen(data, {style for _, style in self._styles} - {""})


def _read_html(html: str) -> Seen:
    reader = _Message()
    reader.feed(html)
    reader.close()
    return _squeezed(reader.seen)


def in_sandbox(message: str) -> Seen:
    """Return what the sandbox's Discord shows of a message."""
    return _read_html(render(message, Names({}, {}, {})))


def elsewhere(messages: Sequence[str]) -> list[Seen]:
    """Return what Discord shows of messages according to @odiffey/discord-markdown."""
    return [_read_html(html) for html in other_html(messages)]


def same_text(one: Seen, other: Seen) -> bool:
    """Whether both show the same characters."""
    return [character for character, _ in one] == [character for character, _ in other]


def same(one: Seen, other: Seen) -> bool:
    """Whether both show the same characters in the same styles; a heading is bold by itself."""
    return same_text(one, other) and all(map(_same_styles, one, other))


def _same_styles(one: tuple[str, frozenset[str]], other: tuple[str, frozenset[str]]) -> bool:
    ignored = {"heading", "bold"} if "heading" in one[1] | other[1] else set[str]()
    if "code" in one[1] & other[1]:
        ignored |= {"bold", "italic", "strike"}
    return one[1] - ignored == other[1] - ignored
