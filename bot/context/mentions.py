"""Names for the mentions in a question. Discord sends the names for a message's mentions, but not for a command's."""

import asyncio
import contextlib
from collections.abc import Sequence

import discord

from bot.context.message_text import mentioned, with_names

_FETCHED = 5  # people whose names are requested at most
_SECONDS = 3.0  # for all requests together


async def name_mentions(question: str, channel: discord.abc.Messageable) -> str:
    """Return a question with names in place of its mentions, requesting the names of members where necessary."""
    guild = getattr(channel, "guild", None)
    if not isinstance(guild, discord.Guild):
        return with_names(question, None, {})
    return with_names(question, guild, await _names(mentioned(question), guild))


async def _names(people: Sequence[int], guild: discord.Guild) -> dict[int, str]:
    names: dict[int, str] = {}

    async def fetch(id_: int) -> None:
        with contextlib.suppress(Exception):  # whatever goes wrong, the question is worth more than a name
            names[id_] = (await guild.fetch_member(id_)).display_name

    unknown = [id_ for id_ in people if guild.get_member(id_) is None]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SECONDS), asyncio.TaskGroup() as group:
            for id_ in unknown[:_FETCHED]:
                group.create_task(fetch(id_), name="mention")
    return names
