"""Plain values that the packages hand to each other: who asks what, and how far the answer is. Imports nothing."""

import re
from collections.abc import Collection, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NotRequired, TypeAlias, TypedDict

Role: TypeAlias = Literal["user", "assistant", "system"]


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A file that goes to Poe with a message, such as a picture."""

    name: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PoeChat:
    """A chat on Poe: its name in Poe's addresses, and the account that has it, empty where there is only one."""

    code: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class Continuation:
    """What is sent in place of a whole conversation where its chat on Poe can go on: the next prompt and its files."""

    chat: PoeChat
    prompt: str
    files: Sequence[PromptFile] = ()


class Message(TypedDict):
    """One message of the provider's contract (provider.md), which knows neither ``files`` nor ``continues``."""

    role: Role
    content: str
    files: NotRequired[Sequence[PromptFile]]
    continues: NotRequired[Continuation]


Messages: TypeAlias = list[Message]

ask_id: ContextVar[int | None] = ContextVar("ask_id", default=None)
"""The id of the ask that the current task works for, None outside of any."""

# Unpaired surrogates can't be encoded; control characters other than tab and newline can't be in a text area.
_UNTYPABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def clean(text: str) -> str:
    """Return a text that can be typed: one kind of newline, no control characters, no unpaired surrogates."""
    return _UNTYPABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def format_messages(messages: Messages) -> str:
    """Return messages as one text, as the provider's contract says (provider.md, step "prompt").

    A single message is sent as it is; several become ``Role: content`` lines, closed by ``Assistant:``.
    """
    if len(messages) == 1:
        return messages[0]["content"]
    lines = [f"{message['role'].capitalize()}: {message['content']}" for message in messages]
    return "\n".join([*lines, "Assistant:"])


@dataclass(frozen=True, slots=True)
class Source:
    """Where a message is, by Discord's ids."""

    channel: int
    message: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message with its speaker; ``speaker`` is a display name, empty for Quoth.

    Where a message is left out because its author opted out, the role is "system" and ``text`` says so.

    ``sources`` are the messages that the turn was made from. ``linked`` is whether the question refers to it, by a
    reply or by the thread in which it is asked: linked turns go into the prompt before others.
    """

    role: Role
    speaker: str
    text: str
    sources: tuple[Source, ...] = field(default=(), compare=False)
    linked: bool = field(default=False, compare=False)


FileKind: TypeAlias = Literal["image", "file", "audio", "video"]
"""What a model has to take to be asked about a file, in Poe's words; "file" is for PDFs and other documents."""


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that goes to the model as it is, by where Discord has it. ``size`` is in bytes, ``voice`` a message."""

    name: str
    kind: FileKind
    size: int
    url: str
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Quotation:
    """A text that the asker added to the question: a file by its name, or a message by its author.

    ``files`` are the message's files that are no text.
    """

    kind: Literal["File", "Message by"]
    name: str
    text: str
    files: tuple[AttachedFile, ...] = ()


GUESTS = 0
"""In place of the id of a guild where Quoth is no member, and used as a personal app."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, by Discord's ids.

    In a DM, which has no guild, ``guild`` is the person's own id. It is ``GUESTS`` in all guilds where Quoth is no
    member, because anybody can make any number of these.
    """

    guild: int
    user: int


@dataclass(frozen=True, slots=True)
class Place:
    """Who asks where, by Discord's ids.

    ``guild`` is None in a DM; ``parent`` is the channel of a thread, None elsewhere; ``roles`` are the person's in the
    guild. ``own_language`` and ``guild_language`` are the languages of the person's and the guild's Discord, None where
    unknown or where Quoth does not speak them. ``reads_history`` is whether the person may read the channel's history,
    ``guest`` whether Quoth is no member of the guild.
    """

    user: int
    channel: int
    guild: int | None = None
    parent: int | None = None
    roles: tuple[int, ...] = ()
    own_language: str | None = None
    guild_language: str | None = None
    reads_history: bool = True
    guest: bool = False

    @property
    def asker(self) -> Asker:
        """Who takes a place in the queue, and whose asks limits count."""
        return Asker(GUESTS if self.guest else self.guild or self.user, self.user)


Admitted: TypeAlias = Literal["off", "members", "everyone"]
"""Who may ask in DMs, or with Quoth as a personal app: nobody, the members of a server where Quoth is, or everyone."""
Rule: TypeAlias = Literal["this ask", "you", "this channel", "this server", "Quoth's operator"]
"""Who chose something, the nearest first."""
Thinking: TypeAlias = Literal["kept", "folded", "hidden"]
"""How a model's reasoning is shown: in full, in one line, or not at all."""

Files: TypeAlias = Literal["shown", "spoilers", "links"]
"""How pictures and files of an answer are shown: attached, with pictures behind spoilers, or as links only."""


@dataclass(frozen=True, slots=True)
class ResolvedPreferences:
    """The preferences in effect for one person in one place. The fields are those of ``storage.preferences``."""

    model: str
    history: int = 20
    thinking: Thinking = "folded"
    private: bool = False
    every_message: bool = False
    finish_ping: bool = False
    language: str = "en"
    read_webhooks: bool = False
    files: Files = "shown"
    suggestions: bool = True
    threads: bool = False
    asking: bool = True
    instructions: str = ""
    continue_chat: bool = False


@dataclass(frozen=True, slots=True)
class ResolvedLimits:
    """The limits in effect for one person in one place; 0 is no limit.

    The fields are those of ``storage.limits``, and ``per_person_total``: the person's asks in all places in 24 hours,
    which only the operator limits.
    """

    per_person: int = 0
    per_server: int = 0
    at_once: int = 0
    cooldown: int = 0
    per_person_total: int = 0
    files: int = 0
    file_mb: int = 0


@dataclass(frozen=True, slots=True)
class ResolvedAsk:
    """Everything that decides how one ask is answered, looked up once at its start.

    ``model`` and ``handle`` name the model, as shown and on Poe; ``rule`` is who chose it. ``history`` is how many
    earlier messages may be read; None where none are wanted, because the ask is ``fresh`` or Quoth is a guest there.
    ``takes`` is what the model takes beside text, as far as that is known; None where it is not. ``instructions_rule``
    is whose standing instructions the model gets; None if it gets none.
    """

    model: str
    handle: str
    rule: Rule
    preferences: ResolvedPreferences
    limits: ResolvedLimits
    history: int | None
    takes: Collection[str] | None = None
    instructions_rule: Rule | None = None


class State(StrEnum):
    """The state of an ask: it waits for its turn, its prompt is made, Poe is asked. The last four are final."""

    QUEUED = "queued"
    READING = "reading"
    ASKING = "asking"
    STREAMING = "streaming"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def final(self) -> bool:
        """Whether nothing follows this state."""
        return self in (State.DONE, State.STOPPED, State.FAILED, State.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A file of an answer, by its address; ``reference`` is its name in the answer's Markdown, empty if it has none."""

    url: str
    content_type: str
    name: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All of the answer so far.

    While the ask is queued, ``ahead`` asks come first and ``wait`` is the rough wait in seconds; ``held`` is a sentence
    that says why no ask is started at present, empty if they are. ``suggestions`` are replies that Poe proposes.
    ``fallback`` is whether it is asked by the fallback, because something holds up the usual way.
    ``quiet`` is for how many seconds there has been no news, 0 until that is worth telling; ``left`` after how many
    more the answer is given up, 0 where that is not known. ``chat`` is the chat on Poe, as soon as that is known, and
    ``continued`` whether it is an earlier one that goes on.
    """

    text: str = ""
    state: State = State.ASKING
    ahead: int = 0
    wait: float = 0.0
    held: str = ""
    suggestions: tuple[str, ...] = ()
    files: tuple[AnswerFile, ...] = ()
    fallback: bool = False
    quiet: float = 0.0
    left: float = 0.0
    chat: PoeChat | None = field(default=None, compare=False)
    continued: bool = field(default=False, compare=False)
