"""Messages become turns: who asked and what Quoth answered, or who said what. It asks Discord for nothing."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import discord

from bot.context.message_text import plain, said, with_names
from bot.conversation import Place, Role, Source, Turn
from bot.reply.status_line import unframe


class Asked(Protocol):
    """What Quoth remembers of the ask that a message of its own answers."""

    @property
    def id(self) -> int:
        """The message or interaction that asked."""
        ...

    @property
    def asker_id(self) -> int:
        """Who asked."""
        ...

    @property
    def question(self) -> str:
        """The whole question."""
        ...


class Memory(Protocol):
    """What Quoth remembers of channels, people and its own messages."""

    async def forgotten(self, channels: Collection[int]) -> int:
        """Return the newest message that may not be read any more in any of these channels, nor what is older."""
        ...

    async def unread(self, people: Collection[int]) -> set[int]:
        """Return those of these people who don't want to be read."""
        ...

    async def asked(self, messages: Collection[int]) -> Mapping[int, Asked]:
        """Return the asks that these messages of Quoth's answer, as far as they are remembered."""
        ...

    async def pages(self, ask: int) -> list[int]:
        """Return the messages of an ask's reply, in order."""
        ...

    async def late(self, channel: int, moment: int) -> list[int]:
        """Return the messages after an id, but not long after it, whose asks came before it."""
        ...


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and by whom something is asked.

    History ends at ``before``; ``channel`` is where ``place`` says; ``me`` is Quoth's own user id.
    """

    place: Place
    channel: discord.abc.Messageable
    before: discord.abc.Snowflake
    me: int


def nobody(author: int, message: int) -> bool:
    """Whose messages are hidden where everybody is read."""
    del author, message
    return False


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What has to be known beside the messages themselves.

    ``me`` is Quoth's own user id; ``asked`` gives the asks by the ids of their replies' messages; ``hidden`` says of an
    author and a message whether it may not be read; ``texts`` gives what attached files say; ``linked`` are the ids of
    the messages that the question refers to.
    """

    me: int
    asked: Mapping[int, Asked] = field(default_factory=dict[int, Asked])
    hidden: Callable[[int, int], bool] = nobody
    texts: Mapping[int, str] = field(default_factory=dict[int, str])
    linked: Collection[int] = frozenset()


def to_turns(messages: Sequence[discord.Message], known: Knowledge) -> tuple[list[Turn], int]:
    """Make turns of messages, oldest first; also returns how many messages were left out for their authors' sake.

    All pages of one reply are one turn, which stands where its first page does. The question of a command, which is no
    message, comes before it.
    """
    dialogue = _Dialogue(known)
    for message in messages:
        if message.is_system():
            continue
        if message.author.id == known.me:
            dialogue.answer(message)
        else:
            dialogue.words(message)
    return dialogue.turns, dialogue.hidden


def asker_of(message: discord.Message, asked: Mapping[int, Asked]) -> int | None:
    """Return who asked what one of Quoth's messages answers, if that can be known."""
    if row := asked.get(message.id):
        return row.asker_id
    if message.interaction_metadata:
        return message.interaction_metadata.user.id
    question = message.reference.resolved if message.reference else None
    return question.author.id if isinstance(question, discord.Message) else None


class _Dialogue:
    """The turns so far."""

    def __init__(self, known: Knowledge) -> None:
        self._known = known
        self._answers: dict[Hashable, int] = {}  # which turn is whose ask's answer
        self._gap = 0
        self.turns: list[Turn] = []
        self.hidden = 0

    def words(self, message: discord.Message) -> None:
        """Add what a person said."""
        if self._known.hidden(message.author.id, message.id):
            self._leave_out(message)
        elif text := said(message, self._known.texts):
            self._add("user", message.author.display_name, text, message)

    def answer(self, message: discord.Message) -> None:
        """Add one of Quoth's own messages: a page of a reply."""
        row, metadata = self._known.asked.get(message.id), message.interaction_metadata
        asker = asker_of(message, self._known.asked)
        if asker is not None and self._known.hidden(asker, message.id):
            self._leave_out(message)
            return
        first = metadata is not None and metadata.original_response_message_id is None
        repeated, text = unframe(plain(message.clean_content), first=first)
        key: Hashable = row.id if row else ("original", metadata.original_response_message_id) if metadata else None
        if first and row is None:
            key = ("original", message.id)
        begun = key is not None and key in self._answers
        if metadata and not begun and (question := with_names(row.question, message) if row else repeated):
            self._add("user", metadata.user.display_name, question, message)
        at = self._answers.get(key, -1) if key is not None else -1
        if key is None and text and not repeated and self.turns and self.turns[-1].role == "assistant":
            at = len(self.turns) - 1  # of a reply of which nothing is remembered
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
        """Leave a gap that can be seen; messages in a row are one."""
        self.hidden += 1
        self._gap += 1
        what = "A message was" if self._gap == 1 else f"{self._gap} messages were"
        turn = Turn("system", "", f"({what} left out here: not everybody wants to be read.)")
        if self._gap > 1:
            self.turns[-1] = replace(turn, linked=self.turns[-1].linked)
        else:
            self.turns.append(replace(turn, linked=message.id in self._known.linked))


def _source(message: discord.Message) -> Source:
    return Source(message.channel.id, message.id)
