"""What Discord's Markdown puts between angle brackets: mentions, times, emoji, addresses, and our lifted fences."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from markdown_it.rules_inline import StateInline

from sandbox.discord.markdown.environment import environment
from sandbox.discord.markdown.tokens import MENTION, push, push_address

_ANGLE = re.compile(
    r"<(?:@!?(?P<user>\d+)|@&(?P<role>\d+)|\#(?P<channel>\d+)|/(?P<command>[^:<>\n]{1,100}):\d+|a?:(?P<emoji>\w{2,32}):\d+"
    r"|t:(?P<moment>-?\d{1,13}(?::[tTdDfFR])?)|(?P<url>https?://[^\s<>]+)|\0(?P<fence>\d+)\0)>",
    re.ASCII,
)


def angle(state: StateInline, silent: bool) -> bool:
    """Write what the brackets hold; whatever else they hold is plain text."""
    match = _ANGLE.match(state.src, state.pos, state.posMax)
    if match is None or match.lastgroup is None:
        return False
    if not silent and not _WRITERS[match.lastgroup](state, match[match.lastgroup]):
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
    push(state, "span", text, MENTION)
    return True


def _emoji(state: StateInline, name: str) -> bool:
    push(state, "span", f":{name}:", {"class": "emoji", "title": f":{name}:"})
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
    push(state, "time", instant.strftime(_STYLES[style]), attributes)
    return True


def _url(state: StateInline, url: str) -> bool:
    push_address(state, url)
    return True


def _fence(state: StateInline, number: str) -> bool:
    language, code = environment(state).fences[int(number)]
    language = language.lower()
    state.push("pre_open", "pre", 1).attrs = {"data-language": language} if language else {}
    push(state, "code", code, {"class": f"language-{language}"} if language else None)
    state.push("pre_close", "pre", -1)
    return True


_WRITERS: Mapping[str, Callable[[StateInline, str], bool]] = {
    "user": _user,
    "role": _role,
    "channel": _channel,
    "command": _command,
    "emoji": _emoji,
    "moment": _moment,
    "url": _url,
    "fence": _fence,
}
