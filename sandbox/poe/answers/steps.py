"""The steps of which an answer is made: what the site does, in order, after it has accepted a prompt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.poe.records import Sent


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing happens for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Beat:
    """Waits for the answer's next beat, so many seconds after the last one, or after now where it is the first.

    Pauses add up what is done between them, and answers whose pauses once end together stay together; beats keep time.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Type:
    """The message's text grows to this text at the sandbox's speed; where it isn't a continuation it starts anew."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """The message's text becomes this one in a single update."""

    text: str


@dataclass(frozen=True, slots=True)
class State:
    """A message's state becomes this: `complete`, `cancelled`, `error_…` (poe.md section 3.3).

    `message` counts the answer's messages as a list does: -1 is the newest.
    """

    state: str
    message: int = -1


@dataclass(frozen=True, slots=True)
class NextMessage:
    """A further bot message begins below; the author is the handle's own where none is given."""

    author: str | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """A frame exactly as given goes to every socket; a mapping becomes JSON, a function makes either from the send."""

    frame: str | Mapping[str, object] | Callable[[Sent], str | Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Inner:
    """One inner message goes out in a numbered frame (poe.md section 3.2), made by the function from the send."""

    make: Callable[[Sent], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Drop:
    """The asking page's socket closes; `for_good` makes the page give up on sockets until it is loaded again."""

    for_good: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """The asking page's socket stays open and carries nothing any more."""


@dataclass(frozen=True, slots=True)
class Outage:
    """The server is gone for so many seconds; the steps go on meanwhile."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Waits until the script's owner lets one step through (`Script.release`)."""


@dataclass(frozen=True, slots=True)
class Forever:
    """Nothing happens any more; only the page's Stop or the sandbox's end gets past it."""


Step = Pause | Beat | Type | Text | State | NextMessage | Raw | Inner | Drop | Silence | Outage | Hold | Forever
