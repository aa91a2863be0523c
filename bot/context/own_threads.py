"""Threads that belong to a conversation with Quoth: those that it opened, and those on one of its answers."""

import logging
import re

import discord
from cachetools import LRUCache

from bot.context.turns import HistoryStore
from bot.discord_errors import described

log = logging.getLogger(__name__)

_REMEMBERED = 5_000  # threads
_NAME = 80  # characters of a thread's name; Discord allows 100
_LINK = re.compile(r"https?://\S+|<[^>\n]*>")


async def open_thread(message: discord.Message | discord.PartialMessage, question: str) -> discord.Thread:
    """Open a thread on a message, with a name from a question.

    Raises:
        discord.HTTPException: Discord refused.
    """
    name = " ".join(discord.utils.remove_markdown(_LINK.sub(" ", question)).split()) or "…"
    return await message.create_thread(name=name if len(name) <= _NAME else f"{name[: _NAME - 1].rstrip()}…")


class OwnThreads:
    """Tells Quoth's own threads from others.

    Args:
        store: knows which messages are replies of Quoth's.
    """

    def __init__(self, store: HistoryStore) -> None:
        self._store = store
        self._known: LRUCache[int, bool] = LRUCache(_REMEMBERED)

    async def has(self, channel: object, me: int) -> bool:
        """Whether a channel is such a thread; no if that can't be found out now."""
        if not isinstance(channel, discord.Thread):
            return False
        if channel.id not in self._known:
            try:
                self._known[channel.id] = await self._is_own(channel, me)
            except Exception as error:  # noqa: BLE001 - a thread that can't be looked up is taken for somebody else's
                log.warning("What a thread was opened on can't be read (%s).", described(error))
                return False
        return self._known[channel.id]

    async def _is_own(self, thread: discord.Thread, me: int) -> bool:
        if thread.owner_id == me:
            return True
        # A thread that was opened on a message has that message's id (discord.md section 4).
        if await self._store.asked([thread.id]):
            return True
        starter = thread.starter_message
        if starter is None and isinstance(thread.parent, discord.TextChannel):
            try:
                starter = await thread.parent.fetch_message(thread.id)
            except discord.NotFound:  # it was deleted, or the thread was opened on none
                return False
        return starter is not None and starter.author.id == me
