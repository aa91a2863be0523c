"""Open threads, for the bot and for people."""

from sandbox.discord.world.entities import Channel, ChannelType, Message, MessageFlag, MessageType, Reference, User
from sandbox.discord.world.errors import no_such_action_here, unknown_message
from sandbox.discord.world.events import MessageCreated, MessageEdited
from sandbox.discord.world.forms import invalid
from sandbox.discord.world.store import World

_LONGEST_NAME = 100


def open_thread(world: World, owner: User, message: Message, name: str) -> Channel:
    """Open a public thread on a message; it has the message's id (discord.md section 4).

    Raises:
        ApiError: The message can't have a thread or already has one, or the name is too long or empty.
    """
    if message.channel.type is not ChannelType.TEXT:
        raise no_such_action_here()
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise invalid(("name",), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {_LONGEST_NAME} in length.")
    if message.ephemeral or message.thread is not None:
        raise unknown_message()
    thread = world.add_thread(message.channel, name, owner, message.id)
    message.thread = thread
    message.flags |= MessageFlag.HAS_THREAD
    world.events.publish(MessageEdited(message))
    # Discord itself writes the thread's first message, with the author who opened the thread.
    reference = Reference(message.channel, message.id)
    starter = Message(world.ids.next(), thread, owner, type=MessageType.THREAD_STARTER, reference=reference)
    thread.messages[starter.id] = starter
    world.events.publish(MessageCreated(starter))
    return thread
