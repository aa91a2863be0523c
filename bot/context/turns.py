"""Messages become turns: who said what, who asked, and what Quoth answered. Makes no requests to Discord."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import discord

from bot.context.message_text import plain, text_of, with_names
from bot.conversation import Place, Role, Source, Turn
from bot.markdown.own_lines import separate


class RememberedAsk(Protocol):
    """What Quoth remembers of an ask."""

    @property
    def id(self) -> int:
        """The id of the message or interaction that asked."""
        ...

    @property
    def asker_id(self) -> int:
        """The id of the person who asked."""
        ...

    @property
    def question(self) -> str:
        """The whole question."""
        ...


class HistoryStore(Protocol):
    """What Quoth remembers of channels, people and its own messages. Ids are Discord's."""

    async def forgotten(self, channels: Collection[int]) -> int:
        """Return the id up to which nothing may be read any more in these channels, because of /forget; 0 for none."""
        ...

    async def unread(self, people: Collection[int]) -> set[int]:
        """Return those of these people who have opted out of being read."""
        ...

    async def asked(self, messages: Collection[int]) -> Mapping[int, RememberedAsk]:
        """Return the asks that these messages of Quoth's answer, by message; unknown messages are left out."""
        ...

    async def pages(self, ask: int) -> list[int]:
        """Return the messages of an ask's reply, in order."""
        ...

    async def late(self, channel: int, moment: int) -> list[int]:
        """Return reply messages written soon after `moment`, an id, whose asks came before it."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and by whom something is asked.

    History ends at ``before``; ``channel`` is the channel of ``place``; ``me`` is Quoth's own user id.
    """

    place: Place
    channel: discord.abc.Messageable
    before: discord.abc.Snowflake
    me: int


def never(author: int, message: int) -> bool:
    """Hide no message: the `Knowledge.hidden` of a channel where everybody may be read."""
    del author, message
    return False


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What has to be known besides the messages themselves.

    ``me`` is Quoth's own user id; ``asked`` are the asks by the ids of their replies' messages; ``hidden`` tells of an
    author and a message whether it may not be read; ``texts`` are the texts of attached files by the attachments' ids;
    ``linked`` are the ids of the messages that the question refers to.
    """

    me: int
    asked: Mapping[int, RememberedAsk] = field(default_factory=dict[int, RememberedAsk])
    hidden: Callable[[int, int], bool] = never
    texts: Mapping[int, str] = field(default_factory=dict[int, str])
    linked: Collection[int] = frozenset()


def to_turns(messages: Sequence[discord.Message], known: Knowledge) -> tuple[list[Turn], int]:
    """Make turns of messages, oldest first; also returns how many messages were left out as hidden.

    All pages of one reply are one turn, at the place of the first page. The question of a command is not a message; its
    turn is put before the reply.
    """
    builder = _TurnBuilder(known)
    for message in messages:
        if message.is_system():
            continue
        if message.author.id == known.me:
            builder.add_reply_page(message)
        else:
            builder.add_message(message)
    return builder.turns, builder.hidden


def asker_of(message: discord.Message, asked: Mapping[int, RememberedAsk]) -> int | None:
    """Return who asked the question that one of Quoth's messages answers, or None where that is not known."""
    if row := asked.get(message.id):
        return row.asker_id
    if message.interaction_metadata:
        return message.interaction_metadata.user.id
    question = message.reference.resolved if message.reference else None
    return question.author.id if isinstance(question, discord.Message) else None


class _TurnBuilder:
    """The turns so far."""

    def __init__(self, known: Knowledge) -> None:
        self._known = known
        self._answers: dict[Hashable, int] = {}  # ask → the turn that is its answer
        self._gap = 0
        self.turns: list[Turn] = []
        self.hidden = 0

    def add_message(self, message: discord.Message) -> None:
        """Add a person's message."""
        if self._known.hidden(message.author.id, message.id):
            self._leave_out(message)
        elif text := text_of(message, self._known.texts):
            self._add("user", message.author.display_name, text, message)

    def add_reply_page(self, message: discord.Message) -> None:
        """Add one of Quoth's own messages, which is a page of a reply."""
        row, metadata = self._known.asked.get(message.id), message.interaction_metadata
        asker = asker_of(message, self._known.asked)
        if asker is not None and self._known.hidden(asker, message.id):
            self._leave_out(message)
            return
        first = metadata is not None and metadata.original_response_message_id is None
        parts = separate(plain(message.clean_content))
        text, repeated = parts.text, parts.question if first else ""  # no other page repeats a question
        key: Hashable = row.id if row else ("original", metadata.original_response_message_id) if metadata else None
        if first and row is None:
            key = ("original", message.id)
        begun = key is not None and key in self._answers
        if metadata and not begun and (question := with_names(row.question, message) if row else repeated):
            self._add("user", metadata.user.display_name, question, message)
        at = self._answers.get(key, -1) if key is not None else -1
        if key is None and text and not repeated and self.turns and self.turns[-1].role == "assistant":
            at = len(self.turns) - 1  # a further page of a reply of which nothing is remembered
        if text and at < 0:
            self._add("assistant", "", text, message)
            at = len(self.turns) - 1
        elif text:
            turn = self.turns[at]
            sources = (*turn.sources, _source(message))
            self.turns[at] = replace(turn, text=f"{turn.text}\n{text}", sources=sources)
        if key is not None:
            self._answers[key] = at

    def _add(self, role: Role, speaker: str, text: str, message: discord.Message) -> None:
        linked = message.id in self._known.linked
        self.turns.append(Turn(role, speaker, text, (_source(message),), linked))
        self._gap = 0

    def _leave_out(self, message: discord.Message) -> None:
        """Leave out a message and say so; several in a row are one turn."""
        self.hidden += 1
        self._gap += 1
        what = "1 message was" if self._gap == 1 else f"{self._gap} messages were"
        turn = Turn("system", "", f"({what} left out here: the author has opted out.)")
        if self._gap > 1:
            self.turns[-1] = replace(turn, linked=self.turns[-1].linked)
        else:
            self.turns.append(replace(turn, linked=message.id in self._known.linked))


def _source(message: discord.Message) -> Source:
    return Source(message.channel.id, message.id)
