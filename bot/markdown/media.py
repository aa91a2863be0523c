"""Finds what an answer links to, and takes out the links to what is shown otherwise. Pure."""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

from bot.conversation import AnswerFile
from bot.markdown.commonmark import reader
from bot.markdown.reasoning import Reasoning
from bot.markdown.spans import plain

_READ = 64_000  # characters of an answer in which links are searched: more than a reply shows
_LINKS = re.compile(r"[\[<]|://|www\.")
"""Without one of these there is no link, and most answers have none."""
_ENDS = {"link_open": "link_close"}


@dataclass(frozen=True, slots=True)
class Linked:
    """An address in an answer; ``words`` stand for it, empty if none do. ``![words](url)`` is a picture."""

    url: str
    words: str
    picture: bool


def address(url: str) -> str:
    """Return an address as Markdown's reader writes it, so that two can be compared."""
    try:
        return reader().normalizeLink(url.strip())
    except ValueError:
        return url.strip()


def definitions(files: Iterable[AnswerFile]) -> dict[str, object]:
    """Return what the names of files mean in an answer's Markdown, as its reader keeps it."""
    return {
        normalizeReference(file.reference): {"title": "", "href": address(file.url), "map": [0, 0]}
        for file in files
        if file.reference
    }


def linked(answer: str, files: Iterable[AnswerFile] = ()) -> list[Linked]:
    """Return what an answer links to, in order and each address once; a model's reasoning is left out.

    Args:
        answer: the whole answer.
        files: the files that came with it, whose names it may use.
    """
    _, start = Reasoning("folded").fold(answer, growing=False)
    text = answer[start : start + _READ]
    tokens = reader().parse(text, {"references": definitions(files)}) if _LINKS.search(text) else ()
    found: dict[str, Linked] = {}
    for token in tokens:
        for part in _parts(token.children or ()):
            link = _link(part)
            if link and link.url and (link.url not in found or (link.picture and not found[link.url].picture)):
                found[link.url] = link
    return list(found.values())


def link_lines(answer: str, files: Iterable[AnswerFile]) -> str:
    """Return the Markdown of links to files that an answer does not mention itself, one below the other."""
    missing = [f for f in files if f.url not in answer and not (f.reference and f"[{f.reference}]" in answer)]
    named = ((file.name.translate(_UNLINKED).strip() or "file", address(file.url)) for file in missing)
    return "\n".join(f"[{' '.join(name.split())}](<{url}>)" for name, url in named if "<" not in url and ">" not in url)


_UNLINKED = {ord(character): " " for character in "[]\\`<>"}


def take_out(tokens: Iterable[Token], shown: AbstractSet[str]) -> None:
    """Take links to these addresses out of an answer's tokens.

    Pictures and bare addresses disappear. The words of other links stay, unless nothing else stands in their paragraph;
    in lists and tables, which would have gaps, all words stay.
    """
    for token in tokens:
        parts = list(_parts(token.children or ()))
        gone = [part for part in parts if (link := _link(part)) and link.url in shown]
        if not gone:
            continue
        nested = token.level > 1
        kept = (child for part in parts if part not in gone for child in part)
        alone = not nested and not plain(kept).strip()
        children: list[Token] = []
        for part in parts:
            link = _link(part)
            if part not in gone:
                children += part
            elif link and link.words and (nested or not (alone or link.picture)):
                children.append(Token("text", "", 0, content=link.words))
        token.children = [] if alone else children


def _parts(children: Sequence[Token]) -> Iterable[Sequence[Token]]:
    """Yield the links of an inline text, each with its words, and the single tokens between them."""
    start = 0
    while start < len(children):
        end = start + 1
        if closing := _ENDS.get(children[start].type):
            while end < len(children) and children[end - 1].type != closing:
                end += 1
        yield children[start:end]
        start = end


def _link(part: Sequence[Token]) -> Linked | None:
    first = part[0]
    if first.type == "image":
        return Linked(str(first.attrs.get("src", "")), plain(first.children or ()).strip(), picture=True)
    if first.type != "link_open":
        return None
    url, inside = str(first.attrs.get("href", "")), part[1:-1]
    picture = next((token for token in inside if token.type == "image"), None)
    if picture is not None and str(picture.attrs.get("src", "")) == url:  # a picture that links to itself
        return Linked(url, plain(picture.children or ()).strip(), picture=True)
    words = plain(inside).strip()
    return Linked(url, "" if "://" in words else words, picture=False)
