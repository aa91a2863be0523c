"""What was said before a question. The only reader of channel history.

Everything here that asks Discord is bounded in number and in time: what was not read by then is simply not there.
"""

import asyncio
import contextlib
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import discord

from bot.context.attachments import texts_of
from bot.context.turns import Knowledge, Memory, Scene, asker_of, to_turns
from bot.conversation import Turn
from bot.discord_errors import described

log = logging.getLogger(__name__)

_PAGE = 100  # messages that one request gives at the most (discord.md section 4)
_FETCHES = 4  # further requests for what a question refers to
_PATIENCE = 8.0  # seconds for all of them; discord.py itself may hold a request back for 5

Why: TypeAlias = Literal["", "off", "fresh", "forgotten", "refused"]
"""Why no more was read: switched off, not wanted this time, /forget, or Discord refused. Empty: there was no reason."""


@dataclass(frozen=True, slots=True)
class History:
    """Turns, oldest first; how many messages were left out for their authors' sake, and why there are no more."""

    turns: Sequence[Turn] = ()
    hidden: int = 0
    why: Why = ""


async def read_history(scene: Scene, limit: int, memory: Memory, replies_to: int | None = None) -> History:
    """Read what a question continues: the messages that it replies to, else what was said there last.

    Args:
        scene: where it is asked.
        limit: messages at the most, beside the one that a thread began with.
        memory: what Quoth remembers.
        replies_to: the message that the question replies to.
    """
    if limit == 0:
        return History(why="off")
    place = scene.place
    after = await memory.forgotten([place.channel, *([place.parent] if place.parent else [])])
    messages = _Messages(scene, after)
    conversation: list[discord.Message] = []
    linked: set[int] = set()
    try:
        async with asyncio.timeout(_PATIENCE):
            await messages.read(_PAGE if replies_to else limit)
            await messages.read_late(await memory.late(place.channel, scene.before.id))
            if starter := await messages.starter():
                linked.add(starter)
            await _follow(messages, replies_to, limit, memory, scene, conversation)
    except TimeoutError:
        log.warning("Not all history of channel %d could be read in time.", place.channel)
    linked |= {message.id for message in conversation}
    own = any(message.author.id == scene.me for message in conversation)
    nearby = [] if own else [id_ for id_ in sorted(messages.here, reverse=True) if id_ not in linked]
    chosen = sorted(linked | set(nearby[: max(0, limit - len(conversation))]))
    turns, hidden = await _turns([messages.read_so_far[id_] for id_ in chosen], linked, memory, scene)
    if messages.refused and not turns:
        return History(why="refused")
    return History(turns, hidden, "forgotten" if messages.reached_end_of_memory else "")


class _Messages:
    """The messages that were read so far, by their ids; none that is forgotten, nor newer than the question.

    ``here`` are the ids of those that were said last in the place itself.
    """

    def __init__(self, scene: Scene, after: int) -> None:
        self._scene = scene
        self._after = after
        self._fetches = _FETCHES
        self.read_so_far: dict[int, discord.Message] = {}
        self.here: list[int] = []
        self.refused = False
        self.reached_end_of_memory = False
        if isinstance(scene.before, discord.Message):
            self._add_parent(scene.before)

    async def read(self, limit: int) -> None:
        """Read the last messages of the place, in one request."""
        newest = await self._fetch(limit, before=self._scene.before)
        self.here = [message.id for message in newest if self._add(message)]

    async def read_late(self, ids: Collection[int]) -> None:
        """Read messages of replies that were asked for earlier, but came while the question waited for its turn."""
        if wanted := {id_ for id_ in ids if id_ > self._after}:
            first = discord.Object(min(wanted) - 1)
            late = [message for message in await self._fetch(_PAGE, after=first) if message.id in wanted]
            self.read_so_far |= {message.id: message for message in late}
            self.here += [message.id for message in late]

    async def find(self, id_: int) -> discord.Message | None:
        """Return a message of the place, from what was read if it is there, else with those around it."""
        if id_ <= self._after:
            self.reached_end_of_memory = True
            return None
        if id_ not in self.read_so_far and self._fetches and id_ < self._scene.before.id:
            self._fetches -= 1
            for message in await self._fetch(_PAGE, around=discord.Object(id_)):
                self._add(message)
        return self.read_so_far.get(id_)

    async def starter(self) -> int | None:
        """Read the message that the place began with, if it is a thread; returns its id."""
        place, guild = self._scene.place, getattr(self._scene.channel, "guild", None)
        id_ = place.channel  # a thread has the id of the message that it began with
        if place.parent is None or id_ <= self._after:
            return None
        if id_ not in self.read_so_far:
            parent = guild.get_channel(place.parent) if isinstance(guild, discord.Guild) else None
            where = parent if isinstance(parent, discord.TextChannel) else self._scene.channel
            with contextlib.suppress(discord.HTTPException, OSError):  # a thread need not have one
                self._add(await where.fetch_message(id_))
        return id_ if id_ in self.read_so_far else None

    async def _fetch(
        self,
        limit: int,
        *,
        before: discord.abc.Snowflake | None = None,
        after: discord.abc.Snowflake | None = None,
        around: discord.abc.Snowflake | None = None,
    ) -> list[discord.Message]:
        read = self._scene.channel.history(limit=limit, before=before, after=after, around=around)
        try:
            return [message async for message in read]
        except Exception as error:  # noqa: BLE001 - also what discord.py can't parse gives a smaller history
            log.warning("The history of channel %d can't be read (%s).", self._scene.place.channel, described(error))
            self.refused = True
            return []

    def _add(self, message: discord.Message) -> bool:
        if message.id <= self._after:
            self.reached_end_of_memory = True
            return False
        if message.id >= self._scene.before.id:
            return False
        if message.type is discord.MessageType.thread_starter_message:
            started = message.reference.resolved if message.reference else None
            if isinstance(started, discord.Message) and started.id > self._after:
                self.read_so_far.setdefault(started.id, started)
            return False  # it says nothing itself
        self.read_so_far[message.id] = message
        self._add_parent(message)
        return True

    def _add_parent(self, message: discord.Message) -> None:
        """Discord sends along what a message replies to, and discord.py may have seen it: that needs no request."""
        if (parent := parent_of(message)) and message.reference and self._after < parent < self._scene.before.id:
            known = message.reference.resolved or message.reference.cached_message
            if isinstance(known, discord.Message):
                self.read_so_far.setdefault(known.id, known)


def parent_of(message: discord.Message) -> int | None:
    """Return the id of the message to which a message replies, in the same channel. A forward replies to nothing."""
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.reply:
        return None
    return reference.message_id if reference.channel_id == message.channel.id else None


async def _follow(
    messages: _Messages,
    start: int | None,
    most: int,
    memory: Memory,
    scene: Scene,
    found: list[discord.Message],
) -> None:
    """Add the messages of a chain of replies to ``found``, newest first; of Quoth's own replies all known pages.

    A message that is gone ends it, and so does one that came before.
    """
    seen: set[int] = set()
    while start is not None and start not in seen and len(found) < most:
        seen.add(start)
        message = await messages.find(start)
        if message is None:
            return
        pages = [message]
        if message.author.id == scene.me and (row := (await memory.asked([start])).get(start)):
            ids = await memory.pages(row.id)
            await messages.find(ids[0])  # it tells what it replies to
            pages = [messages.read_so_far[id_] for id_ in ids if id_ in messages.read_so_far]
            seen.update(ids)
        found += reversed(pages)
        start = parent_of(pages[0])


async def _turns(
    messages: list[discord.Message], linked: Collection[int], memory: Memory, scene: Scene
) -> tuple[list[Turn], int]:
    asked = await memory.asked([message.id for message in messages if message.author.id == scene.me])
    askers = {asker_of(message, asked) for message in messages if message.author.id == scene.me}
    unread = await memory.unread({message.author.id for message in messages} | {id_ for id_ in askers if id_})

    def hidden(author: int, message: int) -> bool:
        # Whoever continues a conversation of their own, which nobody else's question can do, wants it to be read.
        own = author == scene.place.user and (message in linked or scene.place.guild is None)
        return author in unread and not own

    readable = [message for message in messages if not hidden(message.author.id, message.id)]
    return to_turns(messages, Knowledge(scene.me, asked, hidden, await texts_of(readable), linked))
