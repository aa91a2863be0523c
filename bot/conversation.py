"""Plain values that the rooms hand to each other: who said what, and how far an answer is. Imports nothing of ours."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeAlias, TypedDict

Role: TypeAlias = Literal["user", "assistant", "system"]


class Message(TypedDict):
    """One message of the provider's contract (provider.md)."""

    role: Role
    content: str


Messages: TypeAlias = list[Message]

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
    """One earlier message with its speaker, oldest text first; ``speaker`` is a display name and empty for Quoth.

    Where people's words are left out because they want it so, the role is "system" and ``text`` says that.

    ``sources`` are the messages it was made from, ``linked`` says whether the question refers to it, by a reply or by
    the thread that it is asked in: such a turn goes in before those that merely were said nearby.
    """

    role: Role
    speaker: str
    text: str
    sources: tuple[Source, ...] = field(default=(), compare=False)
    linked: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Quotation:
    """Somebody's text that goes along with a question because it was chosen: a file by its name, or a message."""

    kind: Literal["File", "Message by"]
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, by Discord's ids. In a DM, which has no guild, a person stands alone: ``guild`` is their own id."""

    guild: int
    user: int


@dataclass(frozen=True, slots=True)
class Place:
    """Who asks where, by Discord's ids.

    ``guild`` is None in a DM; ``parent`` is the channel of a thread, None elsewhere; ``roles`` are the person's there.
    """

    user: int
    channel: int
    guild: int | None = None
    parent: int | None = None
    roles: tuple[int, ...] = ()

    @property
    def asker(self) -> Asker:
        """Who takes a place in the queue."""
        return Asker(self.guild or self.user, self.user)


class State(StrEnum):
    """How far an ask is. The last four are final."""

    QUEUED = "queued"
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
class Snapshot:
    """All of the answer so far.

    While it is queued, ``ahead`` asks come first, for about ``wait`` seconds; ``held`` is the sentence that says why
    nobody goes at present, where that is so.
    """

    text: str = ""
    state: State = State.ASKING
    ahead: int = 0
    wait: float = 0.0
    held: str = ""
