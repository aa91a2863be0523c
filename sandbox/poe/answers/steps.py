"""The steps of an answer: what the site does, in order, after it has accepted a prompt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.poe.records import Sent

ADDRESS = "<address>"
"""In a text, where its file is."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Beat:
    """Waits for the answer's next beat: so many seconds after the last one, or from now if it is the first.

    With pauses the time of the work between them adds up, and answers whose pauses once end together stay together.
    Beats keep time.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Type:
    """The message's text grows to this text at the sandbox's speed; one that doesn't continue it starts again."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """Set the message's text in a single update. ADDRESS in it stands for the file's, which the sandbox serves."""

    text: str
    file: "File | None" = None


@dataclass(frozen=True, slots=True)
class State:
    """Set a message's state: `complete`, `cancelled`, `error_…` (poe.md section 3.3).

    `message` counts the answer's messages as a list does: -1 is the newest.
    """

    state: str
    message: int = -1


@dataclass(frozen=True, slots=True)
class NextMessage:
    """Another bot message begins; by default its author is the handle's."""

    author: str | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """Send a frame as given to every listener; a mapping becomes JSON, a function makes either from the prompt."""

    frame: str | Mapping[str, object] | Callable[[Sent], str | Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Inner:
    """Send one inner message in a numbered frame (poe.md section 3.2); the function makes it from the prompt."""

    make: Callable[[Sent], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Drop:
    """Close the asking page's socket; with `for_good` the page doesn't reconnect until it is loaded again."""

    for_good: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """Send nothing more on the asking page's socket, which stays open."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Take the server down for so many seconds; the steps go on meanwhile."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait for `Script.release`."""


@dataclass(frozen=True, slots=True)
class Forever:
    """Wait until the page's Stop or the end of the sandbox."""


@dataclass(frozen=True, slots=True)
class Event:
    """Send one event of the official API's bot protocol; data that is no string becomes JSON."""

    name: str
    data: Mapping[str, object] | str


@dataclass(frozen=True, slots=True)
class Bytes:
    """Send these bytes on the official API's stream, whatever they are."""

    data: bytes


@dataclass(frozen=True, slots=True)
class File:
    """Send a file, which the sandbox serves: a `file` event of the API, or an attachment of the page's message."""

    data: bytes
    content_type: str
    name: str | None = None
    inline_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """Cut the official API's connection: with a FIN in the middle of the body, or with a reset."""

    reset: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """Send the same bytes on the official API again and again, so many seconds apart; for ever without a count."""

    data: bytes
    gap: float
    count: int | None = None


@dataclass(frozen=True, slots=True)
class End:
    """End the official API's stream in good order, but without a `done`."""


Step = (
    Pause
    | Beat
    | Type
    | Text
    | State
    | NextMessage
    | Raw
    | Inner
    | Drop
    | Silence
    | Outage
    | Hold
    | Forever
    | Event
    | Bytes
    | File
    | Cut
    | Repeat
    | End
)
"""The page skips the last six but File, which are the official API's; the API skips Raw and Inner."""
