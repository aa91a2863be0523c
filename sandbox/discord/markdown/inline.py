"""Inline rules of Discord's Markdown, and the state that all rules share.

A rule that is called silently writes nothing: the parser only needs to know where the match ends.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline


@dataclass(frozen=True)
class Names:
    """Names by the ids in mentions; ids are decimal strings, names have no ``@`` or ``#``."""

    users: Mapping[str, str]
    channels: Mapping[str, str]
    roles: Mapping[str, str]


class Fence(NamedTuple):
    """A code block; the language is empty if none is given."""

    language: str
    code: str


class Environment(dict[str, object]):
    """The state of one rendering. It is a mapping only because markdown-it requires one.

    Attributes:
        names: The names behind the mentions.
        fences: Blocks of code that were lifted out of the text, by the number in their placeholder.
        quoted: Whether a quote is being parsed.
        unclosed: ``(source, marker, limit)`` that have no closing marker.
    """

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names
        self.fences: list[Fence] = []
        self.quoted = False
        self.unclosed: set[tuple[str, str, int]] = set()


def environment(state: StateCore | StateBlock | StateInline) -> Environment:
    """Return the environment that a rule is running in.

    Raises:
        TypeError: The rule runs outside of ``markdown.render``.
    """
    if not isinstance(state.env, Environment):
        raise TypeError("Discord's rules need the environment that render() makes")
    return state.env


def marked(state: StateInline, silent: bool) -> bool:
    """Call the rule for the character at which plain text ended."""
    rule = _RULES.get(state.src[state.pos])
    return rule is not None and rule(state, silent)


def _newline(state: StateInline, silent: bool) -> bool:
    if not silent:
        state.push("br", "br", 0)
    state.pos += 1
    return True


_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")


def _escape(state: StateInline, silent: bool) -> bool:
    match = _ESCAPED.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        state.append_pending(match[1])
    state.pos = match.end()
    return True


_CODE = re.compile(r"(?<!`)(?P<ticks>`+)(?!`)(?P<span>.+?)(?<!`)(?P=ticks)(?!`)", re.DOTALL)


def _code(state: StateInline, silent: bool) -> bool:
    match = _CODE.match(state.src, state.pos, state.posMax)
    if match is None or not match["span"].strip():
        return False
    if not silent:
        _push(state, "code", match["span"].strip())
    state.pos = match.end()
    return True


class _Span(NamedTuple):
    mark: str
    pattern: re.Pattern[str]
    tag: str
    attributes: Mapping[str, str] = {}


_HIDDEN = {"class": "spoiler", "role": "button", "tabindex": "0", "aria-expanded": "false", "aria-label": "Spoiler"}
# In the order of preference among matches of the same length. These are the patterns of simple-markdown, on which
# Discord's client is built; an italic span ends neither inside a word nor at a pair of marks.
_SPANS = (
    _Span("_", re.compile(r"_(?P<inside>(?:__|\\.|[^\\_])+?)_(?![0-9A-Za-z_])", re.DOTALL), "em"),
    _Span(
        "*",
        re.compile(
            r"\*(?=\S)(?P<inside>(?:\*\*|\\.|\s++(?:\\.|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)",
            re.DOTALL,
        ),
        "em",
    ),
    _Span("**", re.compile(r"\*\*(?P<inside>(?:\\.|[^\\])+?)\*\*(?!\*)", re.DOTALL), "strong"),
    _Span("__", re.compile(r"__(?P<inside>(?:\\.|[^\\])+?)__(?!_)", re.DOTALL), "u"),
    _Span("~~", re.compile(r"~~(?P<inside>.+?)~~(?!_)", re.DOTALL), "s"),
    _Span("||", re.compile(r"\|\|(?P<inside>.+?)\|\|", re.DOTALL), "span", _HIDDEN),
)


def _span(state: StateInline, silent: bool) -> bool:
    """Read a span between two marks; of several that could begin here, the longest counts."""
    found = [(match, span) for span in _SPANS if (match := _match(state, span))]
    if not found:
        return False
    match, span = max(found, key=lambda one: one[0].end())
    if not silent:
        state.push("pair_open", span.tag, 1).attrs = dict(span.attributes)
        _inside(state, match.start("inside"), match.end("inside"))
        state.push("pair_close", span.tag, -1)
    state.pos = match.end()
    return True


def _match(state: StateInline, span: _Span) -> re.Match[str] | None:
    """Match a span; where nothing closes a pair of marks, no later one is closed either, so search only once."""
    unclosed = (state.src, span.tag, state.posMax)
    if not state.src.startswith(span.mark, state.pos) or unclosed in environment(state).unclosed:
        return None
    match = span.pattern.match(state.src, state.pos, state.posMax)
    if match is None and span.tag != "em":
        environment(state).unclosed.add(unclosed)
    return match


def _inside(state: StateInline, start: int, end: int) -> None:
    """Parse the text between two markers on its own."""
    outer = state.pos, state.posMax, state.cache
    state.pos, state.posMax, state.cache = start, end, {}
    state.md.inline.tokenize(state)
    state.pos, state.posMax, state.cache = outer


# A URL may contain one pair of parentheses, as Wikipedia's do; "](" belongs to a masked link.
_ADDRESS = r"https?://(?:[^\s<>()\]]|\](?!\()|\([^\s<>()]*\))+"
_DESTINATION = re.compile(rf"""\s*(?P<open><)?(?P<url>{_ADDRESS})(?(open)>)(?:\s+"(?P<title>[^"\n]*)")?\s*\)""")
_BARE = re.compile(_ADDRESS)


def _masked_link(state: StateInline, silent: bool) -> bool:
    if state.linkLevel > 0:
        return False
    end = state.md.helpers.parseLinkLabel(state, state.pos, True)
    if end < 0 or not state.src.startswith("](", end, state.posMax):
        return False
    match = _DESTINATION.match(state.src, end + 2, state.posMax)
    if match is None or "://" in state.src[state.pos : end]:  # one URL must not pose as another
        return False
    if not silent:
        _push_link(state, match["url"], match["title"] or match["url"])
        state.linkLevel += 1
        _inside(state, state.pos + 1, end)
        state.linkLevel -= 1
        state.push("link_close", "a", -1)
    state.pos = match.end()
    return True


def _bare_link(state: StateInline, silent: bool) -> bool:
    match = None if state.linkLevel > 0 else _BARE.match(state.src, state.pos, state.posMax)
    url = match[0].rstrip(".,:;!?\"'\\]*_~|") if match else ""
    if not url or url.endswith("//"):
        return False
    if not silent:
        _push_address(state, url)
    state.pos += len(url)
    return True


def _everyone(state: StateInline, silent: bool) -> bool:
    for mention in ("@everyone", "@here"):
        if state.src.startswith(mention, state.pos, state.posMax):
            if not silent:
                _push(state, "span", mention, _MENTION)
            state.pos += len(mention)
            return True
    return False


# Between angle brackets: mentions, times, emoji, URLs, and the placeholders of lifted fences.
_ANGLE = re.compile(
    r"<(?:@!?(?P<user>\d+)|@&(?P<role>\d+)|\#(?P<channel>\d+)|/(?P<command>[^:<>\n]{1,100}):\d+|a?:(?P<emoji>\w{2,32}):\d+"
    r"|t:(?P<moment>-?\d{1,13}(?::[tTdDfFR])?)|(?P<url>https?://[^\s<>]+)|\0(?P<fence>\d+)\0)>",
    re.ASCII,
)


def _angle(state: StateInline, silent: bool) -> bool:
    """Write what angle brackets contain; anything unknown is plain text."""
    match = _ANGLE.match(state.src, state.pos, state.posMax)
    if match is None or match.lastgroup is None:
        return False
    if not silent and not _BRACKET_WRITERS[match.lastgroup](state, match[match.lastgroup]):
        return False
    state.pos = match.end()
    if match.lastgroup == "fence" and state.src.startswith("\n", state.pos, state.posMax):
        state.pos += 1  # the block ends its line by itself
    return True


def _user(state: StateInline, identity: str) -> bool:
    return _mention(state, "@" + environment(state).names.users.get(identity, "unknown-user"))


def _role(state: StateInline, identity: str) -> bool:
    return _mention(state, "@" + environment(state).names.roles.get(identity, "unknown-role"))


def _channel(state: StateInline, identity: str) -> bool:
    name = environment(state).names.channels.get(identity, "unknown")
    return _mention(state, f"#{name}", {"data-channel-id": identity})


def _command(state: StateInline, name: str) -> bool:
    return _mention(state, f"/{name}", {"data-command": name})


def _mention(state: StateInline, text: str, leads_to: Mapping[str, str] = {}) -> bool:
    _push(state, "span", text, {**_MENTION, **leads_to})
    return True


def _emoji(state: StateInline, name: str) -> bool:
    _push(state, "span", f":{name}:", {"class": "emoji", "title": f":{name}:"})
    return True


_LONG = "%A, %d %B %Y %H:%M"
_STYLES = {
    "t": "%H:%M",
    "T": "%H:%M:%S",
    "d": "%d/%m/%Y",
    "D": "%d %B %Y",
    "f": "%d %B %Y %H:%M",
    "F": _LONG,
    "R": "%d %B %Y %H:%M",  # "in an hour" would depend on the clock: that is the page's to say
}


def _moment(state: StateInline, moment: str) -> bool:
    seconds, _, style = moment.partition(":")
    try:
        instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))
    except OverflowError:
        return False
    style = style or "f"
    attributes = {"datetime": instant.isoformat(), "data-style": style, "title": f"{instant:{_LONG}} UTC"}
    _push(state, "time", instant.strftime(_STYLES[style]), attributes)
    return True


def _url(state: StateInline, url: str) -> bool:
    _push_address(state, url)
    return True


def _fence(state: StateInline, number: str) -> bool:
    language, code = environment(state).fences[int(number)]
    language = language.lower()
    state.push("pre_open", "pre", 1).attrs = {"data-language": language} if language else {}
    _push(state, "code", code, {"class": f"language-{language}"} if language else None)
    state.push("pre_close", "pre", -1)
    return True


_BRACKET_WRITERS: Mapping[str, Callable[[StateInline, str], bool]] = {
    "user": _user,
    "role": _role,
    "channel": _channel,
    "command": _command,
    "emoji": _emoji,
    "moment": _moment,
    "url": _url,
    "fence": _fence,
}


_RULES: Mapping[str, Callable[[StateInline, bool], bool]] = {
    "\n": _newline,
    "\\": _escape,
    "`": _code,
    "*": _span,
    "_": _span,
    "~": _span,
    "|": _span,
    "[": _masked_link,
    "<": _angle,
    "@": _everyone,
    "h": _bare_link,
}


_MENTION = {"class": "mention"}


def _push(state: StateInline, tag: str, text: str, attributes: Mapping[str, str] | None = None) -> None:
    """Write an element that contains only text."""
    state.push(f"{tag}_open", tag, 1).attrs = dict(attributes or {})
    state.push("text", "", 0).content = text
    state.push(f"{tag}_close", tag, -1)


def _push_link(state: StateInline, url: str, title: str) -> None:
    """Open a link; the caller writes its text and its end."""
    attributes = {"href": state.md.normalizeLink(url), "target": "_blank", "rel": "noopener noreferrer nofollow"}
    state.push("link_open", "a", 1).attrs = {**attributes, "title": title}


def _push_address(state: StateInline, url: str) -> None:
    """Write a link whose text is its URL."""
    _push_link(state, url, url)
    state.push("text", "", 0).content = url
    state.push("link_close", "a", -1)
