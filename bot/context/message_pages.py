"""Requests for messages, of which one that discord.py can't parse is left out, and not the whole page with it.

This is the only place that uses discord.py's internals to read messages: its `history` ends at the first such message.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, cast

import discord

from bot.discord_errors import described

log = logging.getLogger(__name__)

_PAGE = 100  # messages that one request returns at most (discord.md section 4)
_REQUESTS = 3
_SECONDS = 2.0  # so that an interaction is answered in time


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages in Discord's order, newest first, and how many could not be parsed."""

    messages: list[discord.Message]
    unparsed: int = 0


async def fetch_page(
    channel: discord.abc.Messageable,
    limit: int,
    *,
    before: discord.abc.Snowflake | None = None,
    after: discord.abc.Snowflake | None = None,
    around: discord.abc.Snowflake | None = None,
) -> MessagePage:
    """Fetch up to 100 messages of a channel, in one request.

    Raises:
        Exception: Discord refused, or whatever discord.py's HTTP client raised.
    """
    internal = cast("Any", channel)
    where, state = await internal._get_channel(), internal._state
    ids = {name: each.id for name, each in (("before", before), ("after", after), ("around", around)) if each}
    return _parsed(await state.http.logs_from(where.id, limit, **ids), where, state.create_message)


async def fetch_one(channel: discord.abc.Messageable, id_: int) -> MessagePage:
    """Fetch one message of a channel.

    Raises:
        Exception: Discord refused, the message is gone, or whatever discord.py's HTTP client raised.
    """
    internal = cast("Any", channel)
    where, state = await internal._get_channel(), internal._state
    return _parsed([await state.http.get_message(where.id, id_)], where, state.create_message)


async def fetch_these(
    channel: discord.abc.Messageable, ids: Collection[int], requests: int = _REQUESTS, seconds: float = _SECONDS
) -> dict[int, discord.Message]:
    """Fetch messages of a channel by their ids, as many as that is possible for within few requests and little time."""
    found: dict[int, discord.Message] = {}
    missing = sorted(ids)
    with contextlib.suppress(Exception):  # whatever goes wrong, what was found is returned
        async with asyncio.timeout(seconds):
            for _ in range(requests):
                if not missing:
                    break
                page = (await fetch_page(channel, _PAGE, before=discord.Object(missing[-1] + 1))).messages
                found |= {message.id: message for message in page if message.id in ids}
                oldest = min((message.id for message in page), default=0)
                missing = [id_ for id_ in missing if id_ < oldest]
    return found


def _parsed(page: list[dict[str, Any]], channel: Any, create: Callable[..., discord.Message]) -> MessagePage:
    messages: list[discord.Message] = []
    unparsed = 0
    for data in page:
        try:
            messages.append(create(channel=channel, data=data))
        except Exception as error:  # noqa: BLE001 - discord.py raises whatever the payload leads to
            log.warning("A message can't be parsed (%s).", described(error))
            unparsed += 1
            # Often not the message itself is odd, but the one that it replies to, which Discord sends along.
            if data.pop("referenced_message", None):
                messages += _parsed([data], channel, create).messages
    return MessagePage(messages, unparsed)
