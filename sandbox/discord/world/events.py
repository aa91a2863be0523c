"""The events of this world. The gateway passes them on to the bot, the page to people; tests wait for changes."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.changes import Changes
from sandbox.discord.world.entities import Channel, Guild, Interaction, Message


@dataclass(frozen=True)
class MessageCreated:
    """A message was created."""

    message: Message


@dataclass(frozen=True)
class MessageEdited:
    """A message changed, perhaps only its buttons."""

    message: Message


@dataclass(frozen=True)
class MessageDeleted:
    """A message was deleted."""

    message: Message


@dataclass(frozen=True)
class ThreadCreated:
    """A thread was opened."""

    thread: Channel


@dataclass(frozen=True)
class ChannelCreated:
    """A channel was added to a server."""

    channel: Channel


@dataclass(frozen=True)
class ChannelChanged:
    """A channel's or thread's properties changed."""

    channel: Channel


@dataclass(frozen=True)
class ChannelRemoved:
    """A channel or thread was deleted."""

    channel: Channel


@dataclass(frozen=True)
class GuildJoined:
    """The bot was added to a server."""

    guild: Guild


@dataclass(frozen=True)
class GuildLeft:
    """The bot left a server."""

    guild: Guild


@dataclass(frozen=True)
class PresenceChanged:
    """The bot's presence changed."""


@dataclass(frozen=True)
class InteractionCreated:
    """Somebody used a command, a component or a modal, or is typing an option."""

    interaction: Interaction


@dataclass(frozen=True)
class InteractionAnswered:
    """The bot gave its first response; `interaction.answer` is its type."""

    interaction: Interaction


@dataclass(frozen=True)
class InteractionFailed:
    """The bot did not respond in time."""

    interaction: Interaction


@dataclass(frozen=True)
class CommandsChanged:
    """The bot synced its commands."""


Event = (
    MessageCreated
    | MessageEdited
    | MessageDeleted
    | ThreadCreated
    | ChannelCreated
    | ChannelChanged
    | ChannelRemoved
    | GuildJoined
    | GuildLeft
    | PresenceChanged
    | InteractionCreated
    | InteractionAnswered
    | InteractionFailed
    | CommandsChanged
)


class EventBus:
    """Passes every event to all subscribers, in order, then wakes everyone who waits for a change."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes
        self._listeners: list[Callable[[Event], None]] = []

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with every event from now on."""
        self._listeners.append(listener)

    @contextmanager
    def subscribed(self, listener: Callable[[Event], None]) -> Generator[None]:
        """Call `listener` with every event within the block."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def publish(self, event: Event) -> None:
        """Pass an event to all subscribers."""
        for listener in list(self._listeners):
            listener(event)
        self.changes.notify()
