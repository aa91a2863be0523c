"""Messages become turns: who said what, who asked, and what Quoth answered. Makes no requests to Discord."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, TypeAlias

import discord

from bot.context.impersonation import name_of
from bot.context.message_text import named, text_of
from bot.context.speakers import Speaker, distinct
from bot.conversation import AttachedFile, Place, Role, Source, Turn
from bot.markdown.escapes import unescape
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

    History ends at ``before``; ``channel`` is the channel of ``place``; ``me`` is Quoth's own user id. ``author`` is
    the id and the display name of who wrote the question, the name empty where it is not known.
    """

    place: Place
    channel: discord.abc.Messageable
    before: discord.abc.Snowflake
    me: int
    author: tuple[int, str] = (0, "")


Why: TypeAlias = Literal["", "off", "fresh", "forgotten", "refused", "permission"]
"""Why no more was read: history is switched off, /ask fresh, /forget, Discord refused, or the asker may not read it.

Empty for no reason.
"""


@dataclass(frozen=True, slots=True)
class History:
    """Turns, oldest first, and what was left out.

    ``hidden`` messages were left out because their authors opted out or nobody knows who asked for them, ``webhooks``
    because webhooks wrote them, ``unparsed`` because discord.py can't read them. ``why`` says why there are no more.
    ``author`` is what the question's author is called in the turns, empty where that is not known. ``uploads`` are the
    files of the message that the question replies to.
    """

    turns: Sequence[Turn] = ()
    hidden: int = 0
    why: Why = ""
    webhooks: int = 0
    unparsed: int = 0
    author: str = ""
    uploads: Sequence[AttachedFile] = ()


def never(author: int, message: int) -> bool:
    """Hide no message: the `Knowledge.hidden` of a channel where everybody may be read."""
    del author, message
    return False


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What has to be known besides the messages themselves.

    ``me`` is Quoth's own user id; ``asked`` are the asks by the ids of their replies' messages; ``hidden`` tells of an
    author and a message whether it may not be read; ``texts`` are the texts of attached files by the attachments' ids;
    ``linked`` are the ids of the messages that the question refers to. ``dm_with`` is the only person who can have
    asked there, None outside of DMs. ``webhooks`` is whether the messages of webhooks may be read. ``people`` are the
    names of others who may have asked. ``author`` is the id and the name of who wrote the question.
    """

    me: int
    asked: Mapping[int, RememberedAsk] = field(default_factory=dict[int, RememberedAsk])
    hidden: Callable[[int, int], bool] = never
    texts: Mapping[int, str] = field(default_factory=dict[int, str])
    linked: Collection[int] = frozenset()
    dm_with: int | None = None
    webhooks: bool = False
    people: Mapping[int, str] = field(default_factory=dict[int, str])
    author: tuple[int, str] = (0, "")


def to_turns(messages: Sequence[discord.Message], known: Knowledge) -> History:
    """Make turns of messages, oldest first.

    All pages of one reply are one turn, at the place of the first page. The question of a command is not a message; its
    turn is put before the reply.
    """
    spoken = [message for message in messages if not message.is_system()]
    names = _names(spoken, known)
    builder = _TurnBuilder(known, names)
    for message in spoken:
        if message.author.id == known.me:
            builder.add_reply_page(message)
        else:
            builder.add_message(message)
    author = names.get((known.author[0], ""), "")
    return History(builder.turns, builder.hidden, webhooks=builder.webhooks, author=author)


def by_webhook(message: discord.Message) -> bool:
    """Whether a webhook wrote a message, so that nobody knows who did. Replies to interactions are a bot's own."""
    return message.webhook_id not in (None, message.application_id)


def asker_of(message: discord.Message, asked: Mapping[int, RememberedAsk]) -> int | None:
    """Return who wrote the question that one of Quoth's messages answers, or None where that is not known.

    The person who used a command wrote its question; one who pressed a button only asked it again.
    """
    if row := asked.get(message.id):
        return row.asker_id
    if metadata := message.interaction_metadata:
        pressed = (metadata.modal_interaction or metadata).interacted_message_id is not None
        return None if pressed else metadata.user.id
    question = known_target(message)
    return question.author.id if question else None


def known_target(message: discord.Message) -> discord.Message | None:
    """Return the message that a message refers to, if Discord sent it along or discord.py knows it: no request."""
    if message.reference is None:
        return None
    target = message.reference.resolved or message.reference.cached_message
    return target if isinstance(target, discord.Message) else None


def _speaker(message: discord.Message) -> Speaker:
    return message.author.id, name_of(message.author.display_name).casefold() if by_webhook(message) else ""


def _names(messages: Sequence[discord.Message], known: Knowledge) -> dict[Speaker, str]:
    """Return what everybody is called who speaks in these messages, asked what they answer, or asks now."""
    names: dict[Speaker, str] = {}
    for message in messages:
        if message.author.id != known.me and (known.webhooks or not by_webhook(message)):
            names[_speaker(message)] = message.author.display_name
    for message in messages:
        asker = asker_of(message, known.asked) if message.author.id == known.me else None
        if asker is not None and (asker, "") not in names:
            member = message.guild.get_member(asker) if message.guild else None
            metadata = message.interaction_metadata
            person = member or (metadata.user if metadata and metadata.user.id == asker else None)
            names[asker, ""] = person.display_name if person else known.people.get(asker, "somebody")
    author, name = known.author
    if name := name or known.people.get(author, ""):
        names.setdefault((author, ""), name)
    return distinct(names)


class _TurnBuilder:
    """The turns so far."""

    def __init__(self, known: Knowledge, names: Mapping[Speaker, str]) -> None:
        self._known = known
        self._names = names
        self._people = {id_: name for (id_, spoken_as), name in names.items() if not spoken_as}
        self._answers: dict[Hashable, int] = {}  # ask → the turn that is its answer
        self._gap = 0
        self.turns: list[Turn] = []
        self.hidden = 0
        self.webhooks = 0

    def add_message(self, message: discord.Message) -> None:
        """Add a person's message."""
        if by_webhook(message) and not self._known.webhooks:
            self.webhooks += 1
        elif self._known.hidden(message.author.id, message.id):
            self._leave_out(message)
        elif text := text_of(message, self._known.texts, self._people):
            self._add("user", self._names[_speaker(message)], text, message)

    def add_reply_page(self, message: discord.Message) -> None:
        """Add one of Quoth's own messages, which is a page of a reply.

        What Quoth remembers of the reply comes before what Discord says of it.
        """
        row, metadata = self._known.asked.get(message.id), message.interaction_metadata
        asker = asker_of(message, self._known.asked) or self._known.dm_with
        first = metadata is not None and metadata.original_response_message_id is None
        parts = separate(named(message.content, message, self._people))
        key: Hashable = row.id if row else ("original", metadata.original_response_message_id) if metadata else None
        if first and row is None:
            key = ("original", message.id)
        # Only replies to interactions repeat the question: that of a message is a message itself.
        if row is not None:
            question = named(row.question, message, self._people) if metadata or parts.question else ""
        else:
            question = parts.question if first else ""
        if key is not None and key in self._answers:
            question = ""
        answer = unescape(parts.text)
        if not (question or answer):
            return
        if asker is None or self._known.hidden(asker, message.id):
            self._leave_out(message)
            return
        if question:
            self._add("user", self._people.get(asker, "somebody"), question, message)
        at = self._answers.get(key, -1) if key is not None else -1
        if answer and at < 0:
            self._add("assistant", "", answer, message)
            at = len(self.turns) - 1
        elif answer:
            turn = self.turns[at]
            sources = (*turn.sources, _source(message))
            self.turns[at] = replace(turn, text=f"{turn.text}\n{answer}", sources=sources)
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
        turn = Turn("system", "", f"({what} left out here: the author has opted out or is unknown.)")
        if self._gap > 1:
            self.turns[-1] = replace(turn, linked=self.turns[-1].linked)
        else:
            self.turns.append(replace(turn, linked=message.id in self._known.linked))


def _source(message: discord.Message) -> Source:
    return Source(message.channel.id, message.id)
