"""What the simulated Poe records for tests and benchmarks: prompts, Stops, page requests and frames."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias, cast

Uploaded: TypeAlias = Sequence[tuple[str, bytes]]
"""Names and contents of files."""


@dataclass(slots=True, eq=False)
class Sent:
    """One prompt that reached the site, accepted or not."""

    text: str
    """What the page posted as `query`, byte for byte."""
    handle: str
    chat_id: int | None
    """None if the site refused the prompt."""
    chat_code: str | None
    nonce: str
    at: float
    """`time.monotonic()` seconds when the request was read."""
    channel: str
    """Name of the page's channel (header `poe-tchannel`)."""
    status: str = "success"
    """The send's status (poe.md section 4), or "server_error"."""
    human_id: int | None = None
    bot_ids: list[int] = field(default_factory=list[int])
    overlaps: bool = False
    """Whether an earlier answer of the account was still running."""
    gap: float | None = None
    """Seconds since the account's previous accepted prompt."""
    attachments: tuple[str, ...] = ()
    """Names of the uploaded files."""
    uploads: tuple[bytes, ...] = field(default=(), repr=False)
    """What is in them."""
    moods: dict[str, float] = field(default_factory=dict[str, float])
    """The moods that were on for this prompt, with their amounts."""

    @property
    def accepted(self) -> bool:
        """Whether the site accepted the prompt, so that sending it again would send it twice."""
        return self.status == "success"

    def as_json(self) -> dict[str, object]:
        """Return the record as plain JSON values, without what is in the files."""
        return {name: value for name, value in asdict(self).items() if name != "uploads"}


@dataclass(frozen=True, slots=True)
class Stop:
    """One StopMessage mutation that reached the site."""

    message_id: int
    chat_id: int | None
    at: float
    text: str
    """The message's text when it was stopped."""
    effective: bool
    """False if the message was complete already, or unknown."""

    def as_json(self) -> dict[str, object]:
        """Return the record as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Visit:
    """One page request of a browser: a landing page, a chat, or what the site served instead."""

    path: str
    status: int
    """HTTP status; 307 for a redirect to the login page, 403 for a challenge."""
    at: float
    """`time.monotonic()` seconds."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that was sent to the account's listeners."""

    at: float
    """`time.monotonic()` seconds when the frame was queued for the listeners."""
    seq: int | None
    """Its `min_seq`; None for unnumbered frames. With noise, numbers come out of order or twice."""
    text: str
    """The frame as sent."""
    listeners: int
    """How many WebSockets and long polls were listening."""
    sent: Sent | None = None
    """The prompt whose answer the frame carries; None for noise and other chats."""

    def inners(self) -> list[dict[str, Any]]:
        """Return the decoded inner messages; none for pongs, errors and broken frames."""
        try:
            frame = cast("object", json.loads(self.text))
        except ValueError:
            return []
        messages = cast("dict[str, list[str]]", frame).get("messages", []) if isinstance(frame, dict) else []
        return [cast("dict[str, Any]", json.loads(inner)) for inner in messages]

    def as_json(self) -> dict[str, object]:
        """Return the record as plain JSON values; the prompt appears as its nonce."""
        nonce = self.sent.nonce if self.sent else None
        return {"at": self.at, "seq": self.seq, "text": self.text, "listeners": self.listeners, "nonce": nonce}
