"""What the simulated official API records for tests and benchmarks: asks, error reports and uploads."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import cast

RUNNING = ""
HUNG_UP = "hung up"
CUT = "cut"


@dataclass(slots=True, eq=False)
class ApiCall:
    """One POST that asks a model, accepted or not, by either door."""

    path: str
    """Such as `/bot/GPT-4o` or `/v1/chat/completions`."""
    authorization: str
    """The header as it came; the whole key is in it."""
    model: str
    """The model's name as it was asked for."""
    handle: str | None
    """The handle in Poe's own spelling; None if there is no such bot."""
    body: dict[str, object]
    """The whole request."""
    messages: list[dict[str, object]]
    """The conversation, oldest first."""
    stream: bool
    at: float
    """`time.monotonic()` seconds when the request was read."""
    status: int = 200
    state: str = RUNNING
    """How the answer ended: "complete", "cancelled", "error", "error_…", "incomplete" (without an end), "cut",
    "refused", "hung up" (the client closed the connection before the end); "" while it runs."""
    text: str = ""
    """The answer as far as it was sent."""
    progress: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    """When (`time.monotonic()` seconds) the answer had how many characters."""
    cost: int = 0
    """Points charged for it."""
    moods: dict[str, float] = field(default_factory=dict[str, float])
    """The moods that were on, with their amounts."""

    @property
    def prompt(self) -> str:
        """The conversation as one text, the same that a page is asked for the same conversation (provider.md)."""
        return prompt_of(self.messages)

    @property
    def attachments(self) -> tuple[str, ...]:
        """The names of the files that came along."""
        files = (cast("list[dict[str, object]]", message.get("attachments") or []) for message in self.messages)
        return tuple(str(file.get("name", "")) for of_message in files for file in of_message)

    def as_json(self) -> dict[str, object]:
        """Return the record as plain JSON values, without the key."""
        record: dict[str, object] = asdict(self)
        return record | {"authorization": bool(self.authorization)}


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload that reached the API, accepted or not."""

    name: str
    data: bytes
    claimed_type: str | None
    """The content type that the client gave, which Poe doesn't believe."""
    authorization: str
    status: int
    url: str = ""
    """Where the file is served; "" if it was refused."""


def prompt_of(messages: Sequence[dict[str, object]]) -> str:
    """Return messages as one text: a single one as it is, several as `Role: content` lines."""
    if len(messages) == 1:
        return text_of(messages[0])
    lines = [f"{_role(message)}: {text_of(message)}" for message in messages]
    return "\n".join([*lines, "Assistant:"])


def text_of(message: dict[str, object]) -> str:
    """Return a message's text; of several parts (the OpenAI form) the texts."""
    content = message.get("content")
    if isinstance(content, list):
        parts = cast("list[dict[str, object]]", content)
        return "\n".join(str(part["text"]) for part in parts if part.get("type") == "text")
    return str(content)


def _role(message: dict[str, object]) -> str:
    role = str(message.get("role"))
    return "Assistant" if role == "bot" else role.capitalize()
