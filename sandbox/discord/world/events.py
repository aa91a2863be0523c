"""What happens in the world, told to whoever projects it: the gateway to bots, the page to people, waiters to tests."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.changes import Changes
from sandbox.discord.world.entities import Channel, Guild, Interaction, Message, User


@dataclass(frozen=True)
class MessageCreated:
    """A message came to be."""

    message: Message


@dataclass(frozen=True)
class MessageEdited:
    """A message changed, be it only its buttons."""

    message: Message


@dataclass(frozen=True)
class MessageDeleted:
    """A message is gone."""

    message: Message


@dataclass(frozen=True)
class ReactionChanged:
    """Somebody put a reaction on a message, or took it back."""

    message: Message
    user: User
    emoji: str
    added: bool


@dataclass(frozen=True)
class TypingStarted:
    """Somebody began to type; `at` is Unix time in seconds."""

    channel: Channel
    user: User
    at: float


@dataclass(frozen=True)
class ThreadCreated:
    """A thread was opened."""

    thread: Channel


@dataclass(frozen=True)
class ChannelChanged:
    """A channel or thread has new properties."""

    channel: Channel


@dataclass(frozen=True)
class ChannelRemoved:
    """A channel or thread is gone."""

    channel: Channel


@dataclass(frozen=True)
class GuildJoined:
    """The bot was added to a server."""

    guild: Guild


@dataclass(frozen=True)
class PresenceChanged:
    """The bot shows something else below its name."""


@dataclass(frozen=True)
class InteractionCreated:
    """Somebody used a command, a component or a modal, or is typing an option."""

    interaction: Interaction


@dataclass(frozen=True)
class InteractionAnswered:
    """The bot gave its first answer: `interaction.answer` says which."""

    interaction: Interaction


@dataclass(frozen=True)
class InteractionFailed:
    """The bot did not answer in time."""

    interaction: Interaction


@dataclass(frozen=True)
class CommandsChanged:
    """The bot synced its commands; `guild` is None for the global ones."""

    guild: Guild | None


Event = (
    MessageCreated
    | MessageEdited
    | MessageDeleted
    | ReactionChanged
    | TypingStarted
    | ThreadCreated
    | ChannelChanged
    | ChannelRemoved
    | GuildJoined
    | PresenceChanged
    | InteractionCreated
    | InteractionAnswered
    | InteractionFailed
    | CommandsChanged
)


class EventBus:
    """Hands every event to every listener, in order, then wakes the waiters."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes
        self._listeners: list[Callable[[Event], None]] = []

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Tell `listener` of all that happens from now on."""
        self._listeners.append(listener)

    @contextmanager
    def subscribed(self, listener: Callable[[Event], None]) -> Generator[None]:
        """Tell `listener` of all that happens within the block."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def publish(self, event: Event) -> None:
        """Tell everyone."""
        for listener in list(self._listeners):
            listener(event)
        self.changes.notify()
