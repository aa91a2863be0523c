"""What the sandbox writes down for tests and benchmarks: prompts received, Stops received, frames sent."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, cast


@dataclass(slots=True, eq=False)
class Sent:
    """One prompt that reached the site, accepted or not."""

    text: str
    """Byte for byte what the page posted as `query`."""
    handle: str
    chat_id: int | None
    """None where the site refused."""
    chat_code: str | None
    nonce: str
    at: float
    """`time.monotonic()` seconds at which the request was read."""
    channel: str
    """Name of the page's own channel (header `poe-tchannel`)."""
    status: str = "success"
    """The send's status (poe.md section 4), or "server_error"."""
    human_id: int | None = None
    bot_ids: list[int] = field(default_factory=list[int])
    overlaps: bool = False
    """An earlier answer of the account was still running."""
    gap: float | None = None
    """Seconds since the account's previous accepted prompt."""
    attachments: tuple[str, ...] = ()
    """Names of the files sent along."""
    moods: dict[str, float] = field(default_factory=dict[str, float])
    """The moods that were on for this prompt, with their amounts."""

    @property
    def accepted(self) -> bool:
        """Whether the site took the prompt, so that sending it again would be a double send."""
        return self.status == "success"

    def as_json(self) -> dict[str, object]:
        """Gives the record as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Stop:
    """One StopMessage mutation that reached the site."""

    message_id: int
    chat_id: int | None
    at: float
    text: str
    """The message's text when it was stopped."""
    effective: bool
    """False where the message was finished already, or unknown."""

    def as_json(self) -> dict[str, object]:
        """Gives the record as plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Visit:
    """One page that a browser asked for: a landing page, a chat, or what stood before it."""

    path: str
    status: int
    """HTTP status; 307 where the visit led to the login page, 403 for a challenge."""
    at: float
    """`time.monotonic()` seconds."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that went to the account's sockets."""

    at: float
    """`time.monotonic()` seconds at which the frame was handed to the sockets."""
    seq: int | None
    """Its `min_seq`; None for frames outside the numbering. Out of order or twice where the sandbox made noise."""
    text: str
    """The frame as it was sent."""
    listeners: int
    """How many sockets and long-polls were listening."""
    sent: Sent | None = None
    """The prompt whose answer the frame carries; None for noise and other chats."""

    def inners(self) -> list[dict[str, Any]]:
        """Gives the decoded inner messages; none for pong, errors and broken frames."""
        try:
            frame = cast("object", json.loads(self.text))
        except ValueError:
            return []
        messages = cast("dict[str, list[str]]", frame).get("messages", []) if isinstance(frame, dict) else []
        return [cast("dict[str, Any]", json.loads(inner)) for inner in messages]

    def as_json(self) -> dict[str, object]:
        """Gives the record as plain JSON values; the send appears as its nonce."""
        nonce = self.sent.nonce if self.sent else None
        return {"at": self.at, "seq": self.seq, "text": self.text, "listeners": self.listeners, "nonce": nonce}
