"""The messages to Quoth that people wrote while it was not connected."""

import logging
from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

import discord

from bot.context import addressing
from bot.context.message_pages import fetch_page
from bot.discord_errors import described

log = logging.getLogger(__name__)

_ASKING = (discord.MessageType.default, discord.MessageType.reply)
_CHANNELS = 50  # channels that are looked at, the ones with the newest messages
_PAGE = 100  # messages that one request returns at most (discord.md section 4)
_MOST = 20  # messages that are answered late


class KnownAsks(Protocol):
    """What Quoth remembers of asks."""

    async def known(self, ids: Collection[int]) -> set[int]:
        """Return those of these messages that asked something which Quoth heard."""
        ...


async def missed(
    guilds: Iterable[discord.Guild],
    dms: Iterable[discord.abc.Messageable],
    me: int,
    between: tuple[int, int],
    asks: KnownAsks,
) -> list[discord.Message]:
    """Return mentions of Quoth, replies to it and DMs that nobody has answered, oldest first, up to 20.

    Args:
        guilds: the servers that Quoth is in.
        dms: the DMs in which people asked lately: Discord has no list of them for bots.
        me: Quoth's own user id.
        between: the ids between which those messages are.
        asks: knows which messages were heard all the same.
    """
    found: list[discord.Message] = []
    for channel in (*_active(guilds, between[0]), *dms):
        try:
            page = (await fetch_page(channel, _PAGE)).messages
        except Exception as error:  # noqa: BLE001 - the other channels are looked at all the same
            log.info("A channel can't be searched for messages that were missed: %s", described(error))
            continue
        found += _unanswered(page, me, between)
    heard = await asks.known([message.id for message in found])
    return sorted((each for each in found if each.id not in heard), key=lambda message: message.id)[:_MOST]


def _active(guilds: Iterable[discord.Guild], since: int) -> Sequence[discord.abc.Messageable]:
    """Return the channels and threads with messages from after an id that Quoth may read."""
    active = [
        channel
        for guild in guilds
        for channel in (*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads)
        if (channel.last_message_id or 0) > since and _may_read(channel, guild.me)
    ]
    return sorted(active, key=lambda channel: channel.last_message_id or 0)[-_CHANNELS:]


def _may_read(channel: discord.abc.GuildChannel | discord.Thread, me: discord.Member) -> bool:
    try:
        return channel.permissions_for(me).read_message_history
    except discord.ClientException:  # discord.py does not know the thread's channel
        return False


def _unanswered(page: Sequence[discord.Message], me: int, between: tuple[int, int]) -> list[discord.Message]:
    first, last = between
    answered = {message.reference.message_id for message in page if message.reference}
    return [
        message
        for message in page
        if first < message.id < last
        and message.id not in answered
        and message.type in _ASKING
        and not (message.author.bot or message.webhook_id)
        and (message.guild is None or addressing.mentions(message, me) or addressing.continues(message, me))
    ]
