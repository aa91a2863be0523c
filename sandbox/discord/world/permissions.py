"""Who may do what in a channel, and who sees which message.

Roles grant permissions. A channel's overwrites only deny them, to a role or a member: that is enough for the refusals
that a bot meets, so Discord's allow overwrites are not modelled.
"""

from collections.abc import Callable
from enum import IntFlag

from sandbox.discord.world.entities import Channel, ChannelType, Message, User


class Permission(IntFlag):
    """Discord's permission bits, those that this world knows (docs: topics/permissions)."""

    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50


ALL = Permission((1 << 53) - 1)
EVERYONE = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.MENTION_EVERYONE
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.USE_EXTERNAL_APPS
)
"""What a new server gives to everyone, MENTION_EVERYONE included: a ping that slips through shows."""

_DIRECT = EVERYONE & ~(Permission.CREATE_PUBLIC_THREADS | Permission.SEND_MESSAGES_IN_THREADS)
_NOTHING = Permission(0)


def permissions(user: User, channel: Channel) -> Permission:
    """What a user may do in a channel; nothing at all for one who is not there."""
    if channel.guild is None:
        there = user in channel.people if channel.people else user.bot or user is channel.recipient
        return _DIRECT if there else _NOTHING
    guild = channel.guild
    member = guild.members.get(user.id)
    if member is None:
        return _NOTHING
    granted = Permission(guild.everyone.permissions)
    for role in member.roles:
        granted |= Permission(role.permissions)
    if user.id == guild.owner_id or granted & Permission.ADMINISTRATOR:
        return ALL
    # A thread has no overwrites of its own: its parent's count (docs: topics/threads).
    place = channel.parent if channel.parent is not None else channel
    for target in (guild.id, *(role.id for role in member.roles), user.id):
        granted &= ~Permission(place.denied.get(target, 0))
    # Who can't see a channel can do nothing in it (docs: topics/permissions, implicit permissions).
    return granted if granted & Permission.VIEW_CHANNEL else _NOTHING


def may(user: User, channel: Channel, wanted: Permission) -> bool:
    """Whether a user has every one of the wanted permissions in a channel."""
    return wanted in permissions(user, channel)


def may_send(user: User, channel: Channel) -> bool:
    """Whether a user may send here: in threads a permission of its own decides (discord.md section 4)."""
    in_thread = channel.type in ChannelType.threads()
    return may(user, channel, Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES)


def readable_by(bot: User, *, message_content: bool) -> Callable[[Message], bool]:
    """Whether a bot gets a message's content, embeds, attachments and components.

    Without the intent it still reads its own messages, its direct conversations and messages that mention it.
    """

    def readable(message: Message) -> bool:
        return message_content or message.author is bot or message.channel.guild is None or bot in message.mentions

    return readable


def is_there(bot: User, channel: Channel) -> bool:
    """Whether a bot is where a channel is: a member of its server, or a side of its conversation."""
    return channel.recipient is not None if channel.guild is None else bot.id in channel.guild.members


def sees(person: User, message: Message) -> bool:
    """Whether a person sees a message at all."""
    if message.viewer is not None:
        return message.viewer is person
    return may(person, message.channel, Permission.VIEW_CHANNEL)
