"""HTML in an answer becomes the words that a browser would show. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape as decoded

# The elements of HTML whose tags say nothing to a reader. What GitHub refuses (script, iframe, ...) is shown as text,
# as there, and so is every unknown name: `vector<int>` is no element.
_INLINE = (
    "a|abbr|acronym|b|bdi|bdo|big|button|center|cite|code|data|del|dfn|em|embed|font|form|i|img|input|ins|kbd|"
    "label|map|mark|meta|meter|noscript|object|output|picture|progress|q|rp|rt|ruby|s|samp|select|slot|small|"
    "source|span|strike|strong|sub|sup|svg|time|track|tt|u|var|video|wbr|audio|area|base|canvas|link|option|"
    "head|html|body"
)
_BREAKING = (
    "address|article|aside|blockquote|br|caption|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|"
    "figcaption|figure|footer|frame|frameset|h1|h2|h3|h4|h5|h6|header|hgroup|hr|legend|li|main|menu|nav|ol|"
    "optgroup|p|param|pre|search|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_NAMES = {**dict.fromkeys(_INLINE.split("|"), False), **dict.fromkeys(_BREAKING.split("|"), True)}
_TAG = re.compile(r"<(?P<closes>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?=[\s/>])[^<>]*>")
_COMMENTS = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>", "<!": ">"}


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that no reader sees; ``breaks`` tells whether a new line begins there."""

    name: str
    closes: bool
    breaks: bool


def read_tag(html: str) -> Tag | None:
    """Return the tag or comment that this is, or None for what is shown as text."""
    if html.startswith(("<!", "<?")):
        return Tag("", False, False)
    found = _TAG.fullmatch(html)
    if found is None or found["name"].lower() not in _NAMES:
        return None
    name = found["name"].lower()
    return Tag(name, bool(found["closes"]), _NAMES[name])


def visible_lines(html: str) -> Iterator[str]:
    """Yield the lines of words in a block of HTML."""
    words: list[str] = []
    position = 0
    while position < len(html):
        start = html.find("<", position)
        if start < 0:
            start = len(html)
        words.append(html[position:start])
        position, text = _after_tag(html, start)
        words.append(text)
    for line in decoded("".join(words)).split("\n"):
        if shown := " ".join(line.split()):
            yield shown


def _after_tag(html: str, start: int) -> tuple[int, str]:
    """Return where a tag or comment ends, and what is shown in its place."""
    for opening, closing in _COMMENTS.items():
        if html.startswith(opening, start):
            end = html.find(closing, start + len(opening))
            return (len(html) if end < 0 else end + len(closing)), ""
    found = _TAG.match(html, start)
    if found is None:
        return start + 1, html[start : start + 1]
    tag = read_tag(found[0])
    if tag is None:
        return found.end(), found[0]
    return found.end(), "\n" if tag.breaks else ""
