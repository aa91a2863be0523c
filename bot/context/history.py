"""The messages before a question become turns. The only reader of channel history.

Requests to Discord are limited in number and in time. What could not be read by then is left out.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import replace

import discord

from bot.context.attachments import files_of, read_history_files
from bot.context.message_pages import MessagePage, fetch_one, fetch_page
from bot.context.turns import (
    History,
    HistoryStore,
    Knowledge,
    Origin,
    asker_of,
    by_webhook,
    known_target,
    to_turns,
)
from bot.context.uploads import uploads_of
from bot.discord_errors import described
from bot.downloads import Downloads

log = logging.getLogger(__name__)

_PAGE = 100  # messages that one request returns at most (discord.md section 4)
_FETCHES = 4  # further requests at most, for the messages that a question refers to
_SECONDS = 8.0  # for all requests together; discord.py itself may delay one by 5


async def read_history(
    origin: Origin,
    limit: int,
    store: HistoryStore,
    downloads: Downloads,
    replies_to: int | None = None,
    *,
    webhooks: bool = False,
) -> History:
    """Read what a question continues: the chain of replies that it belongs to, else the channel's last messages.

    Args:
        origin: where the question is asked.
        limit: messages at most, not counting the message that a thread began with.
        store: what Quoth remembers.
        downloads: fetches from Discord's hosts alone.
        replies_to: the message that the question replies to.
        webhooks: whether the messages of webhooks may be read.
    """
    if limit == 0:
        return History(why="off")
    if not origin.place.reads_history:
        return History(why="permission")
    place = origin.place
    after = await store.forgotten([place.channel, *([place.parent] if place.parent else [])])
    messages = _Messages(origin, after)
    conversation: list[discord.Message] = []
    linked: set[int] = set()
    try:
        async with asyncio.timeout(_SECONDS):
            await messages.read(_PAGE if replies_to else limit)
            await messages.read_late(await store.late(place.channel, origin.before.id))
            if starter := await messages.starter():
                linked.add(starter)
            await _follow(messages, replies_to, limit, store, origin, conversation)
    except TimeoutError:
        log.warning("Reading the history of channel %d timed out; using what was read.", place.channel)
    linked |= {message.id for message in conversation}
    own = any(message.author.id == origin.me for message in conversation)
    nearby = [] if own else [id_ for id_ in sorted(messages.here, reverse=True) if id_ not in linked]
    chosen = sorted(linked | set(nearby[: max(0, limit - len(conversation))]))
    history = await _turns(messages, chosen, linked, store, downloads, origin, replies_to, webhooks=webhooks)
    history = replace(history, unparsed=messages.unparsed)
    if messages.refused and not history.turns:
        return replace(history, why="refused")
    return replace(history, why="forgotten" if messages.reached_forgotten else "")


class _Messages:
    """The messages read so far, by id; none from before a /forget, none newer than the question.

    ``here`` are the ids of the channel's own last messages.
    """

    def __init__(self, origin: Origin, after: int) -> None:
        self._origin = origin
        self._after = after
        self._fetches = _FETCHES
        self.read_so_far: dict[int, discord.Message] = {}
        self.here: list[int] = []
        self.unparsed = 0
        self.refused = False
        self.reached_forgotten = False
        if isinstance(origin.before, discord.Message):
            self._add_parent(origin.before)

    async def read(self, limit: int) -> None:
        """Read the channel's last messages, in one request."""
        newest = await self._fetch(limit, before=self._origin.before)
        self.here = [message.id for message in newest if self._add(message)]

    async def read_late(self, ids: Collection[int]) -> None:
        """Read replies to earlier questions that were written while this question waited."""
        if wanted := {id_ for id_ in ids if id_ > self._after}:
            first = discord.Object(min(wanted) - 1)
            late = [message for message in await self._fetch(_PAGE, after=first) if message.id in wanted]
            self.read_so_far |= {message.id: message for message in late}
            self.here += [message.id for message in late]

    async def find(self, id_: int) -> discord.Message | None:
        """Return a message of the channel; if it was not read yet, it is read together with the messages around it."""
        if id_ <= self._after:
            self.reached_forgotten = True
            return None
        if id_ not in self.read_so_far and self._fetches and id_ < self._origin.before.id:
            self._fetches -= 1
            for message in await self._fetch(_PAGE, around=discord.Object(id_)):
                self._add(message)
        return self.read_so_far.get(id_)

    async def starter(self) -> int | None:
        """Read the message that a thread began with; returns its id, or None where there is none."""
        place, guild = self._origin.place, getattr(self._origin.channel, "guild", None)
        id_ = place.channel  # a thread has the id of the message that it began with
        if place.parent is None or id_ <= self._after:
            return None
        if id_ not in self.read_so_far:
            parent = guild.get_channel(place.parent) if isinstance(guild, discord.Guild) else None
            where = parent if isinstance(parent, discord.TextChannel) else self._origin.channel
            try:
                page = await fetch_one(where, id_)
            except Exception:  # noqa: BLE001 - not every thread has such a message, and a network can fail in any way
                page = MessagePage([])
            self.unparsed += page.unparsed
            for message in page.messages:
                self._add(message)
        return id_ if id_ in self.read_so_far else None

    async def _fetch(
        self,
        limit: int,
        *,
        before: discord.abc.Snowflake | None = None,
        after: discord.abc.Snowflake | None = None,
        around: discord.abc.Snowflake | None = None,
    ) -> list[discord.Message]:
        try:
            page = await fetch_page(self._origin.channel, limit, before=before, after=after, around=around)
        except Exception as error:  # noqa: BLE001 - discord.py passes on whatever its HTTP client raises
            log.warning("Could not read the history of channel %d (%s).", self._origin.place.channel, described(error))
            self.refused = True
            return []
        self.unparsed += page.unparsed
        return page.messages

    def _add(self, message: discord.Message) -> bool:
        if message.id <= self._after:
            self.reached_forgotten = True
            return False
        if message.id >= self._origin.before.id:
            return False
        if message.type is discord.MessageType.thread_starter_message:
            started = known_target(message)
            if started and started.id > self._after:
                self.read_so_far.setdefault(started.id, started)
            return False  # it has no text of its own
        self.read_so_far[message.id] = message
        self._add_parent(message)
        return True

    def _add_parent(self, message: discord.Message) -> None:
        """Add the message that a message replies to, if Discord sent it along or discord.py knows it: no request."""
        parent = parent_of(message)
        if parent and self._after < parent < self._origin.before.id and (known := known_target(message)):
            self.read_so_far.setdefault(known.id, known)


def parent_of(message: discord.Message) -> int | None:
    """Return the id of the message that a message replies to in the same channel. A forward is not a reply."""
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.reply:
        return None
    return reference.message_id if reference.channel_id == message.channel.id else None


async def _follow(
    messages: _Messages,
    start: int | None,
    most: int,
    store: HistoryStore,
    origin: Origin,
    found: list[discord.Message],
) -> None:
    """Add the messages of a chain of replies to ``found``, newest first; of Quoth's own replies all known pages.

    A deleted message ends the chain, and so does a message that is in it already.
    """
    seen: set[int] = set()
    while start is not None and start not in seen and len(found) < most:
        seen.add(start)
        message = await messages.find(start)
        if message is None:
            return
        pages = [message]
        if message.author.id == origin.me and (row := (await store.asked([start])).get(start)):
            ids = await store.pages(row.id) or [start]  # none if the ask was deleted just now
            await messages.find(ids[0])  # the first page tells what the reply answers
            pages = [messages.read_so_far[id_] for id_ in ids if id_ in messages.read_so_far]
            seen.update(ids)
        found += reversed(pages)
        start = parent_of(pages[0])


async def _turns(
    read: _Messages,
    chosen: Sequence[int],
    linked: Collection[int],
    store: HistoryStore,
    downloads: Downloads,
    origin: Origin,
    replies_to: int | None,
    *,
    webhooks: bool,
) -> History:
    place = origin.place
    messages = [read.read_so_far[id_] for id_ in chosen]
    asked = await store.asked([message.id for message in messages if message.author.id == origin.me])
    askers = {asker_of(message, asked) for message in messages if message.author.id == origin.me}
    unread = await store.unread({message.author.id for message in messages} | {id_ for id_ in askers if id_})

    def hidden(author: int, message: int) -> bool:
        # Opted-out people who continue a conversation of their own want it to be read; nobody else can do that.
        own = author == place.user and (message in linked or place.guild is None)
        return author in unread and not own

    readable = [message for message in messages if not hidden(message.author.id, message.id)]
    texts = await read_history_files(downloads, readable)
    dm_with = place.user if place.guild is None else None
    people = {message.author.id: message.author.display_name for message in read.read_so_far.values()}
    history = to_turns(
        messages, Knowledge(origin.me, asked, hidden, texts, linked, dm_with, webhooks, people, origin.author)
    )
    target = next((message for message in readable if message.id == replies_to), None)
    if target is None or (by_webhook(target) and not webhooks):
        return history
    author = (asker_of(target, asked) or dm_with) if target.author.id == origin.me else target.author.id
    if author is None or hidden(author, target.id):
        return history
    return replace(history, uploads=uploads_of(files_of(target)))
