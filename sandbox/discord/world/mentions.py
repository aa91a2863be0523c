"""Whom a message mentions, and whom of those it may ping (discord.md sections 2 and 3)."""

import re
from dataclasses import dataclass

from sandbox.discord.world.entities import Channel, Json, Message, Pings, User
from sandbox.discord.world.forms import Form
from sandbox.discord.world.permissions import Permission, may
from sandbox.discord.world.store import World

_CODE = re.compile(r"```.*?```|``.*?``|`[^`]*`", re.DOTALL)
_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(?:everyone|here)\b")
_KINDS = ("users", "roles", "everyone")


@dataclass(frozen=True)
class Allowed:
    """The mentions that an `allowed_mentions` object allows. None means all of that kind."""

    users: frozenset[int] | None = None
    roles: frozenset[int] | None = None
    everyone: bool = True
    replied_user: bool = True


EVERYTHING = Allowed()
"""What an ordinary message without allowed_mentions may ping."""
ONLY_USERS = Allowed(roles=frozenset(), everyone=False, replied_user=False)
"""What an interaction's or webhook's message without allowed_mentions may ping."""


def read_allowed(form: Form, default: Allowed) -> Allowed:
    """Return the `allowed_mentions` of a request, or the default when it has none."""
    allowed = form.form("allowed_mentions")
    if allowed is None:
        return default
    allowed.only("parse", "users", "roles", "replied_user")
    parse = allowed.items("parse", len(_KINDS))
    if any(kind not in _KINDS for kind in parse):
        allowed.complain("parse", "BASE_TYPE_CHOICES", f"Value must be one of {_KINDS}.")
    named: dict[str, frozenset[int]] = {}
    for kind in ("users", "roles"):
        named[kind] = frozenset(int(value) for value in allowed.items(kind, 100))
        if kind in parse and named[kind]:
            allowed.complain(kind, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", f"parse and {kind} exclude each other")
    return Allowed(
        users=None if "users" in parse else named["users"],
        roles=None if "roles" in parse else named["roles"],
        everyone="everyone" in parse,
        replied_user=allowed.flag("replied_user"),
    )


def mention(world: World, message: Message, allowed: Allowed) -> None:
    """Set whom the message's text mentions now, and add them to its pings.

    A mention that `allowed_mentions` forbids only looks like one: it isn't in the message's `mentions` either.
    """
    text = _CODE.sub("", "\n".join((message.content, *texts(message.components))))
    users = _users(world, message.channel, text, allowed)
    replied = _replied_user(message)
    if replied is not None and allowed.replied_user and replied not in users:
        users.append(replied)
    guild = message.channel.guild
    roles = {int(found) for found in _ROLE.findall(text)} & set(guild.roles if guild is not None else ())
    may_all = guild is not None and may(message.author, message.channel, Permission.MENTION_EVERYONE)
    message.mentions = users
    message.mention_roles = sorted(roles if allowed.roles is None else roles & allowed.roles) if may_all else []
    message.mention_everyone = may_all and allowed.everyone and _EVERYONE.search(text) is not None
    _gather(message.pings, message)


def texts(components: list[Json]) -> list[str]:
    """Return the text displays among components, at any depth: with Components V2 they are the message's text."""
    found: list[str] = []
    for component in components:
        if component["type"] == 10:  # text display
            found.append(component["content"])
        found.extend(texts(component.get("components") or []))
    return found


def _users(world: World, channel: Channel, text: str, allowed: Allowed) -> list[User]:
    known = {**world.people_by_id, world.bot.id: world.bot}
    if channel.guild is not None:
        known = {user_id: user for user_id, user in known.items() if user_id in channel.guild.members}
    found = dict.fromkeys(int(match) for match in _USER.findall(text))
    return [known[i] for i in found if i in known and (allowed.users is None or i in allowed.users)]


def _replied_user(message: Message) -> User | None:
    target = message.reference.target if message.reference is not None else None
    # A reply to an interaction's answer does not count as a mention of the bot (discord.md section 4).
    return None if target is None or target.interaction is not None else target.author


def _gather(pings: Pings, message: Message) -> None:
    pings.users.update(user.id for user in message.mentions if user is not message.author)
    pings.roles.update(message.mention_roles)
    pings.everyone |= message.mention_everyone
