"""Threads come to be: the one place that opens them, for the bot's routes and for people alike."""

from sandbox.discord.world.entities import Channel, ChannelType, Message, MessageFlag, MessageType, Reference, User
from sandbox.discord.world.errors import unknown_message
from sandbox.discord.world.events import MessageCreated, MessageEdited
from sandbox.discord.world.forms import invalid
from sandbox.discord.world.store import World

_LONGEST_NAME = 100


def open_thread(
    world: World, owner: User, parent: Channel, name: str, kind: ChannelType, message: Message | None
) -> Channel:
    """Open a thread and tell everyone; one made from a message has that message's id (discord.md section 4).

    Raises:
        ApiError: The message can't have a thread, or has one; or the name is too long or empty.
    """
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise invalid(("name",), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {_LONGEST_NAME} in length.")
    if message is not None and (message.ephemeral or message.thread is not None):
        raise unknown_message()
    thread = world.add_thread(parent, name, owner, message.id if message is not None else world.ids.next(), kind)
    if message is not None:
        message.thread = thread
        message.flags |= MessageFlag.HAS_THREAD
        world.events.publish(MessageEdited(message))
        _note(world, thread, owner, MessageType.THREAD_STARTER, "", Reference(parent, message.id))
    elif kind is ChannelType.PUBLIC_THREAD:
        _note(world, parent, owner, MessageType.THREAD_CREATED, name, Reference(thread, None))
    return thread


def _note(world: World, channel: Channel, author: User, kind: MessageType, content: str, reference: Reference) -> None:
    """A message that Discord itself writes, in the name of whoever opened the thread."""
    message = Message(world.ids.next(), channel, author, type=kind, content=content)
    message.reference = reference
    channel.messages[message.id] = message
    world.events.publish(MessageCreated(message))
