"""Whether a question can go on in the chat on Poe in which the answer that it replies to was given.

What Poe has in that chat can't be undone. So it goes on only if all of it could be sent again now, and nothing else
would be.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import discord

from bot.context import addressing
from bot.context.attachments import files_of
from bot.context.message_pages import fetch_these
from bot.context.message_text import file_name
from bot.context.turns import History, Origin, asker_of, by_webhook
from storage.asks import AskRow, ChatRow
from storage.prompt_sources import MessageRef, PromptSourcesRow
from storage.stores import Stores

Why: TypeAlias = Literal[
    "continued",
    "again",
    "off",
    "new",
    "person",
    "model",
    "unknown",
    "instructions",
    "forgotten",
    "hidden",
    "changed",
    "between",
    "account",
    "gone",
]
"""Whether the chat went on, or the first reason why not.

The question was asked again, context messages are off, it replies to no answer, to that of another person's question or
of another model; the chat is not known, began with other instructions, or has what was cleared by /forget, what may not
be read, or what was changed or deleted; other messages came between; the way to Poe is another one; Poe no longer has
the chat, or shows another model there.
"""

_REQUESTS, _SECONDS = 8, 6.0  # for all messages of a chat: without them the question is asked in a new one


@dataclass(frozen=True, slots=True)
class Question:
    """A question that may go on in a chat.

    ``asker`` is who asks it, ``model`` the name of the model that is asked, ``instructions`` the digest of its standing
    instructions. ``again`` is whether it was asked before, perhaps in other words; ``reads`` whether earlier messages
    may be read. ``replied_to`` is the ask whose answer it replies to, if it replies to one.
    """

    asker: int
    model: str
    instructions: str
    again: bool = False
    reads: bool = True
    replied_to: AskRow | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """What is in a chat on Poe, by the ids of messages, and what has become of it.

    ``parts`` are all messages and commands in it. Of the messages, ``intact`` has those that are as they were, with the
    people behind them, None where these are not known; ``messages`` has all. ``hidden`` are the people who may not be
    read or have deleted their data since; ``forgotten`` is up to which message nothing may be read.
    """

    parts: frozenset[int]
    messages: frozenset[int]
    intact: Mapping[int, int | None]
    hidden: Collection[int] = ()
    forgotten: int = 0


def digest(instructions: str) -> str:
    """Return what tells instructions from others without their words."""
    return hashlib.sha256(instructions.encode("utf-8", "replace")).hexdigest()[:16]


def chat_of(question: Question) -> ChatRow | Why:
    """Return the chat that a question may go on in, as far as that is known without what is in it; or why not."""
    row = question.replied_to
    if question.again:
        return "again"
    if not question.reads:
        return "off"
    if row is None:
        return "new"
    if row.asker_id != question.asker:
        return "person"
    if row.model != question.model:
        return "model"
    if row.chat is None:
        return "unknown"
    return row.chat if row.chat.instructions == question.instructions else "instructions"


def why_new(talk: Talk, read_now: Collection[int], *, left_out: bool) -> Why | None:
    """Return why a chat can't go on because of what is in it, None if it can.

    Args:
        talk: what is in it.
        read_now: the messages that would be read for the question in a new chat.
        left_out: whether some of these were left out because they may not be read.
    """
    if min(talk.parts, default=0) <= talk.forgotten:
        return "forgotten"
    people = set(talk.intact.values())
    if left_out or None in people or people & {*talk.hidden}:
        return "hidden"
    if talk.messages - talk.intact.keys():
        return "changed"
    return "between" if {*read_now} - talk.parts else None


async def find_chat(
    origin: Origin, question: Question, history: History, stores: Stores, *, webhooks: bool
) -> ChatRow | Why:
    """Return the chat on Poe in which a question goes on, or why it is asked in a new one.

    Args:
        origin: where it is asked.
        question: the question.
        history: what is read for it if it is asked in a new chat.
        stores: what Quoth remembers.
        webhooks: whether the messages of webhooks may be read.
    """
    chat = chat_of(question)
    if not isinstance(chat, ChatRow):
        return chat
    talk = await _read(origin, chat, stores, webhooks=webhooks)
    if talk is None:
        return "unknown"
    read_now = {source.message for turn in history.turns for source in turn.sources}
    return why_new(talk, read_now, left_out=bool(history.hidden)) or chat


@dataclass(frozen=True, slots=True)
class _Answered:
    """An ask of a chat: its row, its reply's messages, and what was read for it."""

    row: AskRow
    pages: list[int]
    sources: PromptSourcesRow


async def _read(origin: Origin, chat: ChatRow, stores: Stores, *, webhooks: bool) -> Talk | None:
    """Look up what is in a chat and read it again; None if not all of it is remembered."""
    place = origin.place
    answered: list[_Answered] = []
    for id_ in chat.asks:
        row, pages, sources = (
            await stores.asks.find(id_),
            await stores.pages(id_),
            await stores.prompt_sources.find(id_),
        )
        if row is None or sources is None or not pages:
            return None
        answered.append(_Answered(row, pages, sources))
    pages = [(place.channel, page) for each in answered for page in each.pages]
    sources = [ref for each in answered for ref in each.sources.taken]
    questions = [(each.row.channel_id, each.row.id) for each in answered]
    materials = [(each.row.channel_id, each.row.material_id) for each in answered if each.row.material_id]
    sources += materials
    found = await _fetch(origin, {*pages, *sources, *questions})
    commands = {each.row.id for each in answered if _is_command(found.get(each.pages[0]))}
    asked = await stores.asked([id_ for id_, message in found.items() if message.author.id == origin.me])
    since = dict.fromkeys((id_ for _, id_ in materials), chat.asks[0])
    since |= {id_: each.row.id for each in reversed(answered) for _, id_ in each.sources.taken}
    rows = {each.row.id: each.row for each in answered}
    intact: dict[int, int | None] = {}
    for id_, message in found.items():
        if id_ in rows:
            unchanged = _says(message, rows[id_], origin.me)
        else:
            unchanged = message.author.id == origin.me or not _edited_since(message, since.get(id_, 0))
        if unchanged:
            intact[id_] = _behind(message, asked, origin, webhooks=webhooks)
    people = {person for person in intact.values() if person is not None} | {place.user}
    began = discord.utils.snowflake_time(chat.asks[0]).timestamp()
    parts = {id_ for _, id_ in (*pages, *sources, *questions)}
    return Talk(
        frozenset(parts),
        frozenset(parts - commands),
        intact,
        await stores.unread(people) | await stores.deletions.since(people, began),
        await stores.forgotten([place.channel, *([place.parent] if place.parent else [])]),
    )


async def _fetch(origin: Origin, refs: Collection[MessageRef]) -> dict[int, discord.Message]:
    """Fetch messages of the channel, and of the one that its thread is in; those of others can't be found."""
    place, guild = origin.place, getattr(origin.channel, "guild", None)
    found: dict[int, discord.Message] = {}
    for channel_id in {channel for channel, _ in refs} & {place.channel, place.parent}:
        parent = guild.get_channel(channel_id) if isinstance(guild, discord.Guild) else None
        channel = origin.channel if channel_id == place.channel else parent
        if isinstance(channel, discord.abc.Messageable):
            ids = {message for where, message in refs if where == channel_id}
            found |= await fetch_these(channel, ids, _REQUESTS, _SECONDS)
    return found


def _is_command(page: discord.Message | None) -> bool:
    """Whether the question of a reply's first message is no message."""
    return page is not None and page.interaction_metadata is not None


def _says(message: discord.Message, row: AskRow, me: int) -> bool:
    """Whether a question's message still is what was asked."""
    files = {file_name(file) for file in files_of(message)}
    asked = {*(name for name, _ in row.attached), *(file[0] for file in row.files)}
    return addressing.question(message, me) == row.question and asked <= files


def _edited_since(message: discord.Message, moment: int) -> bool:
    return message.edited_at is not None and message.edited_at > discord.utils.snowflake_time(moment)


def _behind(message: discord.Message, asked: Mapping[int, AskRow], origin: Origin, *, webhooks: bool) -> int | None:
    """Return who wrote a message, or the question that it answers; None if they are not known or may not be read."""
    if message.author.id == origin.me:
        direct = origin.place.user if origin.place.guild is None else None
        return asker_of(message, asked) or direct
    return message.author.id if webhooks or not by_webhook(message) else None
