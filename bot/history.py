"""A channel's recent messages become turns. The only reader of channel history."""

import logging
from collections.abc import Collection, Iterable

import discord

from bot.conversation import Turn
from bot.frame import unframe

log = logging.getLogger(__name__)


async def read_turns(
    channel: discord.abc.Messageable,
    before: discord.abc.Snowflake,
    limit: int,
    me: int,
    without: Collection[int] = (),
) -> list[Turn]:
    """Read the last ``limit`` messages before a moment, as turns, oldest first.

    A channel whose history can't be read has none.

    Args:
        channel: where the ask was made.
        before: the message or interaction that asks.
        limit: messages to read at the most.
        me: Quoth's own user id.
        without: messages that don't belong to it.
    """
    if limit == 0:
        return []
    try:
        read = channel.history(limit=limit, before=before)
        messages = [message async for message in read if message.id not in without]
    except discord.HTTPException as error:
        log.warning("The history of channel %s can't be read (HTTP %s).", getattr(channel, "id", "?"), error.status)
        return []
    return to_turns(reversed(messages), me)


def to_turns(messages: Iterable[discord.Message], me: int) -> list[Turn]:
    """Make turns of messages, oldest first. Quoth's pages of one reply are one turn, without its state lines."""
    turns: list[Turn] = []
    for message in messages:
        if message.author.id != me:
            if text := message.clean_content.strip():
                turns.append(Turn("user", message.author.display_name, text))
            continue
        asked_by = message.interaction_metadata
        first = asked_by is not None and asked_by.original_response_message_id is None
        question, text = unframe(message.clean_content, first=first)
        if question:
            turns.append(Turn("user", asked_by.user.display_name if asked_by else "", question))
        if not text:
            continue
        if not question and turns and turns[-1].role == "assistant":
            turns[-1] = Turn("assistant", "", f"{turns[-1].text}\n{text}")
        else:
            turns.append(Turn("assistant", "", text))
    return turns
