"""Who may do what in a channel, and who sees which message.

Roles grant permissions. A channel's overwrites only deny them, to a role or a member: that is enough for the refusals
that a bot meets, so Discord's allow overwrites are not modelled.
"""

from collections.abc import Callable
from enum import IntFlag

from sandbox.discord.world.entities import Channel, Message, User


class Permission(IntFlag):
    """The permission bits that this world knows (docs: topics/permissions)."""

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
    CONNECT = 1 << 20
    USE_EXTERNAL_EMOJIS = 1 << 18
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
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
    | Permission.CONNECT
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.USE_EXTERNAL_APPS
)
"""What a new server grants to @everyone. It includes MENTION_EVERYONE, so that an unwanted ping shows in tests."""

_DIRECT = EVERYONE & ~(Permission.CREATE_PUBLIC_THREADS | Permission.SEND_MESSAGES_IN_THREADS)
_NOTHING = Permission(0)


def permissions(user: User, channel: Channel) -> Permission:
    """Return what a user may do in a channel: nothing for somebody who isn't in its server or DM."""
    if channel.guild is None:
        return _DIRECT if user.bot or user is channel.recipient else _NOTHING
    guild = channel.guild
    member = guild.members.get(user.id)
    if member is None:
        return _NOTHING
    granted = Permission(guild.everyone.permissions)
    for role in member.roles:
        granted |= Permission(role.permissions)
    if user.id == guild.owner_id or granted & Permission.ADMINISTRATOR:
        return ALL
    # A thread uses its parent's overwrites (docs: topics/threads).
    source = channel.parent if channel.parent is not None else channel
    for target in (guild.id, *(role.id for role in member.roles), user.id):
        granted &= ~Permission(source.denied.get(target, 0))
    # Without VIEW_CHANNEL every other permission is denied too (docs: topics/permissions, implicit permissions).
    return granted if granted & Permission.VIEW_CHANNEL else _NOTHING


def may(user: User, channel: Channel, wanted: Permission) -> bool:
    """Return whether a user has all of the wanted permissions in a channel."""
    return wanted in permissions(user, channel)


def may_send(user: User, channel: Channel) -> bool:
    """Return whether a user may send messages here; threads have a permission of their own (discord.md section 4)."""
    wanted = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    return may(user, channel, wanted)


def readable_by(bot: User, *, message_content: bool) -> Callable[[Message], bool]:
    """Return the test for whether a bot gets a message's content, embeds, attachments and components.

    Without the message content intent it still gets its own messages, its DMs and messages that mention it.
    """

    def readable(message: Message) -> bool:
        return message_content or message.author is bot or message.channel.guild is None or bot in message.mentions

    return readable


def is_there(bot: User, channel: Channel) -> bool:
    """Return whether a bot is a member of a channel's server; it takes part in every DM."""
    return channel.guild is None or bot.id in channel.guild.members


def sees(person: User, message: Message) -> bool:
    """Return whether a person sees a message."""
    if message.viewer is not None:
        return message.viewer is person
    return may(person, message.channel, Permission.VIEW_CHANNEL)
