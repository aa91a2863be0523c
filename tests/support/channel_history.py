"""Put messages into a channel's past, ask about them, and look at the prompt that Poe got."""

import asyncio
from dataclasses import replace
from typing import Any

from bot.asks import Ask
from bot.conversation import Place
from bot.reply.surfaces import ChannelSurface
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Attachment, Channel, Message, MessageType, Reference, User
from sandbox.discord.world.events import MessageCreated
from tests.support.quoth_in_sandbox import LIMIT, Answer, QuothInSandbox

READS = "/channels/{channel_id}/messages"


def put(
    discord: DiscordSandbox, who: str, where: str | Channel, content: str, reply_to: Message | None = None
) -> Message:
    """Put a message into a channel without an event, as if it was there before Quoth came."""
    world = discord.world
    channel = world.channel(where, world.users[who])
    message = Message(world.ids.next(), channel, world.users[who], content=content)
    if reply_to is not None:
        message.type, message.reference = MessageType.REPLY, Reference(channel, reply_to.id)
    channel.messages[message.id] = message
    return message


async def asks_about(
    quoth: QuothInSandbox, message: Message, question: str = "Well?", who: str = "alice", **changes: Any
) -> Answer:
    """Have somebody reply to a message with a question for Quoth, and return what Poe was asked."""
    discord, before = quoth.discord, len(quoth.poe.answers)
    asked = put(discord, who, message.channel, question, changes.pop("reply", message))  # cogs/chat need not hear it
    user, channel = discord.world.users[who], message.channel
    where = quoth.bot.get_partial_messageable(channel.id, guild_id=channel.guild.id if channel.guild else None)
    own = await where.fetch_message(asked.id)
    discord.ledger.calls.clear()
    place = Place(
        user.id, channel.id, channel.guild.id if channel.guild else None, channel.parent.id if channel.parent else None
    )
    replies_to: int | None = changes.pop("replies_to", message.id)
    ask = replace(Ask(asked.id, place, where, own, question, visible=True, replies_to=replies_to), **changes)
    running = asyncio.create_task(quoth.bot.asks.run(ask, ChannelSurface(own, quoth.bot.rate_limiters), quoth.bot.me))
    running.add_done_callback(lambda done: done.exception())
    answer = await quoth.asked(before)
    answer.end("So it is.")
    await asyncio.wait_for(running, LIMIT)
    return answer


def lines(answer: Answer) -> list[str]:
    """Return the prompt's lines without the last two: the question and the assistant's turn."""
    return answer.prompt.splitlines()[:-2]


def attach(discord: DiscordSandbox, message: Message, name: str, data: bytes, kind: str = "text/plain") -> Attachment:
    """Attach a file to an existing message."""
    number = discord.world.ids.next()
    url = f"{discord.origin}/attachments/{message.channel.id}/{number}/{name}"
    file = Attachment(number, name, kind, data, url)
    message.attachments.append(file)
    discord.world.attachments[number] = file
    return file


def put_by_webhook(discord: DiscordSandbox, where: str | Channel, name: str, content: str, id_: int = 77) -> Message:
    """Put a webhook's message into a channel without telling anybody; its author is no user."""
    channel = discord.world.channel(where, discord.world.users.alice)
    author = User(id_, name, bot=True)
    message = Message(discord.world.ids.next(), channel, author, content=content, webhook_id=id_)
    channel.messages[message.id] = message
    return message


def write_by_webhook(discord: DiscordSandbox, where: str | Channel, name: str, content: str) -> Message:
    """Let a webhook write a message."""
    message = put_by_webhook(discord, where, name, content)
    discord.world.events.publish(MessageCreated(message))
    return message
