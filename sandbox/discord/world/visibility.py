"""What may be read: the message-content intent, and who sees which message (discord.md section 4)."""

from collections.abc import Callable

from sandbox.discord.world.entities import Channel, Message, User
from sandbox.discord.world.permissions import Permission, may


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
