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
        inside_from: Where the text inside the surrounding markers begins.
        unclosed: ``(source, marker, limit)`` that have no closing marker.
    """

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names
        self.fences: list[Fence] = []
        self.quoted = False
        self.inside_from = 0
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


_ESCAPED = re.compile(r"\\([^\w\s]|_)")


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


class _Pair(NamedTuple):
    marker: str
    tag: str
    attributes: Mapping[str, str] = {}


_HIDDEN = {"class": "spoiler", "role": "button", "tabindex": "0", "aria-expanded": "false", "aria-label": "Spoiler"}
_PAIRS = (
    _Pair("**", "strong"),
    _Pair("__", "u"),
    _Pair("~~", "s"),
    _Pair("||", "span", _HIDDEN),
    _Pair("*", "em"),
    _Pair("_", "em"),
)


def _pair(state: StateInline, silent: bool) -> bool:
    for pair in _PAIRS:
        start = state.pos + len(pair.marker)
        if not state.src.startswith(pair.marker, state.pos, state.posMax):
            continue
        end = _closing(state, pair.marker, start)
        if end < 0:
            continue
        if not silent:
            state.push("pair_open", pair.tag, 1).attrs = dict(pair.attributes)
            _inside(state, start, end)
            state.push("pair_close", pair.tag, -1)
        state.pos = end + len(pair.marker)
        return True
    return False


def _inside(state: StateInline, start: int, end: int) -> None:
    """Parse the text between two markers on its own."""
    env = environment(state)
    outer = state.pos, state.posMax, state.cache, env.inside_from
    state.pos, state.posMax, state.cache, env.inside_from = start, end, {}, start
    state.md.inline.tokenize(state)
    state.pos, state.posMax, state.cache, env.inside_from = outer


def _closing(state: StateInline, marker: str, start: int) -> int:
    """Find where the marker that ends at `start` closes, or return -1."""
    if len(marker) == 1 and not _may_open(state, marker, start):
        return -1
    # If no marker closes from here on, none closes from any later position either: search only once.
    unclosed = (state.src, marker, state.posMax)
    if unclosed in environment(state).unclosed:
        return -1
    position = start + 1
    while (position := state.src.find(marker, position, state.posMax)) >= 0:
        after = state.src[position + len(marker) : state.posMax][:1]
        if len(marker) == 1 and after == marker and not _is_escaped(state.src, position):
            position += 2  # the two belong to bold or underlined text
        elif _may_close(state.src, marker, position, after):
            return position
        else:
            position += 1
    environment(state).unclosed.add(unclosed)
    return -1


def _may_open(state: StateInline, marker: str, start: int) -> bool:
    before = state.src[start - 2] if start - 1 > environment(state).inside_from else ""
    after = state.src[start : state.posMax][:1]
    return bool(after) and not after.isspace() and after != marker and not (marker == "_" and _is_word(before))


def _may_close(source: str, marker: str, position: int, after: str) -> bool:
    if _is_escaped(source, position):
        return False
    if len(marker) == 2:
        return marker == "||" or after != marker[0]  # ***a** b* is bold inside of italic: the last two close
    return not source[position - 1].isspace() and not (marker == "_" and _is_word(after))


def _is_word(character: str) -> bool:
    return character == "_" or character.isalnum()


def _is_escaped(source: str, position: int) -> bool:
    start = position
    while start > 0 and source[start - 1] == "\\":
        start -= 1
    return (position - start) % 2 == 1


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
    return _mention(state, "#" + environment(state).names.channels.get(identity, "unknown"))


def _command(state: StateInline, name: str) -> bool:
    return _mention(state, f"/{name}")


def _mention(state: StateInline, text: str) -> bool:
    _push(state, "span", text, _MENTION)
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
    "*": _pair,
    "_": _pair,
    "~": _pair,
    "|": _pair,
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
