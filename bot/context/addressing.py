"""Whether a message is addressed to Quoth, and the question in it."""

import re

import discord

from bot.context.message_text import named
from bot.context.turns import known_target


def mentions(message: discord.Message, me: int) -> bool:
    """Whether a message mentions Quoth or its role; a reply that pings Quoth mentions it too."""
    return any(user.id == me for user in message.mentions) or _own_role(message) is not None


def continues(message: discord.Message, me: int) -> bool | None:
    """Whether a message is a reply to one of Quoth's messages; None if Discord did not say what it replies to."""
    reference = message.reference
    if message.type is not discord.MessageType.reply or reference is None:
        return False
    if target := known_target(message):
        return target.author.id == me
    return False if reference.message_id is None or reference.resolved is not None else None  # a deleted one is known


def is_for_others(message: discord.Message) -> bool:
    """Whether a message that isn't for Quoth alone mentions people or roles, or replies to a message."""
    return bool(message.mentions or message.role_mentions) or message.type is discord.MessageType.reply


def replied_to(message: discord.Message) -> int | None:
    """Return the id of the message that a message replies to, if that is in the same channel."""
    reference = message.reference
    if message.type is not discord.MessageType.reply or reference is None:
        return None
    return reference.message_id if reference.channel_id == message.channel.id else None


def question(message: discord.Message, me: int) -> str:
    """Return what a message says without the mention of Quoth, and with names for all other mentions."""
    role = _own_role(message)
    own = "|".join([f"@!?{me}", *([f"@&{role.id}"] if role else [])])
    return named(re.sub(rf"[ \t]*<(?:{own})>[ \t]*", " ", message.content or ""), message)


def _own_role(message: discord.Message) -> discord.Role | None:
    """Return the role that Discord made for Quoth, if the message mentions it."""
    return next(
        (role for role in message.role_mentions if role.is_bot_managed() and role == role.guild.self_role), None
    )
