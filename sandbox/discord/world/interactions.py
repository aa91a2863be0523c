"""Interactions: what a person did, and what the bot answered (discord.md section 2)."""

import asyncio
from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.discord.world.commands import Command
from sandbox.discord.world.entities import Channel, Json, Message, Thing, User


class InteractionType(IntEnum):
    """What a person did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Answer(IntEnum):
    """The kinds of first answer."""

    MESSAGE = 4
    DEFERRED = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(frozen=True)
class Choice:
    """One proposal for an option that is being typed."""

    name: str
    value: str | int | float


@dataclass(eq=False, repr=False)
class Interaction(Thing):
    """One use of a command, component or modal.

    Attributes:
        data: The interaction's `data` as the bot receives it.
        started_at: Monotonic seconds.
        command: The command used, for commands and autocomplete.
        message: The message whose component was used; also for a modal that such a component opened.
        parent: For a modal, the interaction that opened it.
        target: What a context menu was opened on.
        answer: The bot's first answer, None until it came.
        answered_at: Monotonic seconds of the first answer.
        original: What `@original` means to the bot: its answer, or the component's own message after an update.
        followups: The further messages.
        choices: An autocomplete's proposals.
        modal: The modal shown, as the bot sent it: custom_id, title, components.
        owners: By whose installation the bot is here: "0" by the server's, "1" by the person's.
        failed: Whether the person was told that the application did not respond.
    """

    id: int
    type: InteractionType
    token: str
    user: User
    channel: Channel
    data: Json
    started_at: float
    command: Command | None = None
    message: Message | None = None
    parent: "Interaction | None" = None
    target: User | Message | None = None
    answer: Answer | None = None
    answered_at: float | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list[Message])
    choices: list[Choice] | None = None
    modal: Json | None = None
    modal_open: bool = False
    owners: dict[str, str] = field(default_factory=dict[str, str])
    failed: bool = False
    deadline: asyncio.TimerHandle | None = None

    def settle(self, answer: Answer, now: float) -> None:
        """Note the first answer; `now` is monotonic time in seconds."""
        self.answer = answer
        self.answered_at = now
        if self.deadline is not None:
            self.deadline.cancel()

    @property
    def response(self) -> Message:
        """The message that the first answer produced or updated.

        Raises:
            LookupError: The bot has not answered with a message.
        """
        if self.original is None:
            raise LookupError(f"{self!r} has no message")
        return self.original

    @property
    def replies(self) -> list[Message]:
        """All messages that this interaction produced, in order; a component's own message is not among them."""
        own = [self.original] if self.original is not None and self.original is not self.message else []
        return [*own, *self.followups]

    @property
    def settled(self) -> bool:
        """Whether the bot has answered, or has failed to."""
        return self.failed or self.answer is not None

    @property
    def by_guest(self) -> bool:
        """Whether the bot is here by a person's installation alone."""
        return "0" not in self.owners
