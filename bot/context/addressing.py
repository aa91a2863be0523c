"""Whether a message is addressed to Quoth, and the question in it."""

import re

import discord

from bot.context.message_text import plain


def mentions(message: discord.Message, me: int) -> bool:
    """Whether a message mentions Quoth or its role; a reply that pings Quoth mentions it too."""
    return any(user.id == me for user in message.mentions) or _own_role(message) is not None


def continues(message: discord.Message, me: int) -> bool:
    """Whether a message is a reply to one of Quoth's messages."""
    target = message.reference.resolved if message.type is discord.MessageType.reply and message.reference else None
    return isinstance(target, discord.Message) and target.author.id == me


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
    rest = re.sub(rf"[ \t]*<(?:{own})>[ \t]*", " ", message.content)
    named = {f"<@{user.id}>": user.display_name for user in message.mentions}
    named |= {f"<@!{user.id}>": user.display_name for user in message.mentions}
    named |= {f"<@&{role.id}>": role.name for role in message.role_mentions}
    rest = re.sub(r"<@[!&]?\d+>", lambda found: f"@{named[found[0]]}" if found[0] in named else found[0], rest)
    channels = {f"<#{channel.id}>": channel.name for channel in message.channel_mentions}
    return plain(re.sub(r"<#\d+>", lambda found: f"#{channels[found[0]]}" if found[0] in channels else found[0], rest))


def _own_role(message: discord.Message) -> discord.Role | None:
    """Return the role that Discord made for Quoth, if the message mentions it."""
    return next(
        (role for role in message.role_mentions if role.is_bot_managed() and role == role.guild.self_role), None
    )
