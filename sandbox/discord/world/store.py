"""The one store of servers, people, channels and commands; REST, gateway and page only show it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from sandbox.changes import Changes
from sandbox.discord.world.entities import (
    Attachment,
    Channel,
    ChannelType,
    Command,
    Guild,
    Json,
    Member,
    Message,
    Role,
    User,
)
from sandbox.discord.world.events import (
    ChannelChanged,
    ChannelCreated,
    ChannelRemoved,
    EventBus,
    GuildJoined,
    GuildLeft,
    PresenceChanged,
    ThreadCreated,
)
from sandbox.discord.world.permissions import EVERYONE, Permission
from sandbox.discord.world.snowflakes import Snowflakes, moment


class Named(Protocol):
    """Something with a name."""

    @property
    def name(self) -> str:
        """Its name."""
        ...


N = TypeVar("N", bound=Named)
_AGE_OF_THE_WORLD = 90 * 24 * 3600.0


class ByName(Generic[N]):
    """Records by name: `users.alice`, `channels["ask-quoth"]`; iterating gives all of them."""

    def __init__(self, kind: str, things: Callable[[], Iterable[N]]) -> None:
        self._kind = kind
        self._things = things

    def __getitem__(self, name: str) -> N:
        found = [thing for thing in self._things() if thing.name == name]
        if len(found) != 1:
            known = ", ".join(sorted(thing.name for thing in self._things()))
            raise LookupError(f"{len(found)} {self._kind} are called {name!r}; there are: {known}")
        return found[0]

    def __getattr__(self, name: str) -> N:
        try:
            return self[name]
        except LookupError as error:
            raise AttributeError(str(error)) from error

    def __iter__(self) -> Iterator[N]:
        return iter(list(self._things()))


class World:
    """Servers, people, channels and the bot's commands.

    Args:
        clock: Unix time in seconds.
        monotonic: Monotonic time in seconds, for everything that is measured rather than dated.
    """

    def __init__(self, clock: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self.clock = clock
        self.monotonic = monotonic
        self.ids = Snowflakes(clock)
        self.events = EventBus(Changes())
        # Servers, channels and people are older than any message, so that ages and orders make sense.
        self._old_ids = Snowflakes(lambda: clock() - _AGE_OF_THE_WORLD)
        self.bot = User(self._old_ids.next(), "quoth", "Quoth", bot=True)
        self.application_id = self.bot.id
        self.people_by_id: dict[int, User] = {}
        self.installed: set[int] = set()
        self.guilds_by_id: dict[int, Guild] = {}
        self.channels_by_id: dict[int, Channel] = {}
        self.attachments: dict[int, Attachment] = {}
        self.presence: Json | None = None
        self.global_commands: list[Command] | None = None
        self.users = ByName[User]("people", self.people_by_id.values)
        self.guilds = ByName[Guild]("servers", self.guilds_by_id.values)
        self.channels = ByName[Channel]("channels", self._guild_channels)

    def _guild_channels(self) -> Iterable[Channel]:
        return [channel for channel in self.channels_by_id.values() if channel.guild is not None]

    def add_person(self, name: str, display_name: str | None = None) -> User:
        """Add a person, with a DM with the bot."""
        user = User(self._old_ids.next(), name, display_name)
        self.people_by_id[user.id] = user
        self._add_channel(Channel(self._old_ids.next(), ChannelType.DM, f"dm-{name}", recipient=user))
        return user

    def add_guild(self, name: str, owner: User, *, with_bot: bool = True) -> Guild:
        """Add a server with one owner, and by default with the bot and the role that Discord makes for it."""
        guild = Guild(self._old_ids.next(), name, owner.id)
        guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYONE)
        self.guilds_by_id[guild.id] = guild
        self.join(owner, guild)
        if with_bot:
            self._join_bot(guild, Permission(0))
        return guild

    def _join_bot(self, guild: Guild, granted: Permission) -> Member:
        role = self.add_role(guild, self.bot.display_name, granted)
        role.bot = self.bot
        return self.join(self.bot, guild, role)

    def install(self, who: User | str) -> None:
        """Install the bot for a person, who can then use its commands everywhere."""
        self.installed.add(self.user(who).id)

    def invite(self, guild: Guild, granted: Permission = Permission(0)) -> None:
        """Add the bot to a server that lacks it, with a role of these permissions."""
        self._join_bot(guild, granted).joined = moment(self.ids.next())
        self.events.publish(GuildJoined(guild))

    def leave(self, guild: Guild) -> None:
        """Take the bot out of a server, together with the role that Discord made for it."""
        member = guild.members.pop(self.bot.id)
        for role in member.roles:
            if role.bot is self.bot:
                del guild.roles[role.id]
        self.events.publish(GuildLeft(guild))

    def show_presence(self, presence: Json | None) -> None:
        """Show the bot's presence; None means offline."""
        self.presence = presence
        self.events.publish(PresenceChanged())

    def add_role(self, guild: Guild, name: str, permissions: Permission = EVERYONE) -> Role:
        """Add a role to a server."""
        role = Role(self._old_ids.next(), name, permissions, position=len(guild.roles))
        guild.roles[role.id] = role
        return role

    def join(self, user: User, guild: Guild, *roles: Role, nick: str | None = None) -> Member:
        """Make a user a member of a server."""
        member = Member(user, moment(self._old_ids.next()), list(roles), nick)
        guild.members[user.id] = member
        return member

    def add_channel(
        self, guild: Guild, name: str, topic: str | None = None, kind: ChannelType = ChannelType.TEXT
    ) -> Channel:
        """Add a channel to a server. In a forum people write posts, which are threads, and no messages."""
        channel = Channel(self._old_ids.next(), kind, name, guild=guild, topic=topic, position=len(guild.channels))
        guild.channels[channel.id] = channel
        self._add_channel(channel)
        self.events.publish(ChannelCreated(channel))
        return channel

    def add_thread(self, parent: Channel, name: str, owner: User, thread_id: int) -> Channel:
        """Add a thread; one made from a message has that message's id (discord.md section 4)."""
        thread = Channel(thread_id, ChannelType.PUBLIC_THREAD, name, guild=parent.guild, parent=parent, owner=owner)
        self._add_channel(thread)
        self.events.publish(ThreadCreated(thread))
        return thread

    def remove_channel(self, channel: Channel) -> None:
        """Delete a channel or thread with all its messages."""
        del self.channels_by_id[channel.id]
        if channel.guild is not None:
            channel.guild.channels.pop(channel.id, None)
        self.events.publish(ChannelRemoved(channel))

    def _add_channel(self, channel: Channel) -> Channel:
        self.channels_by_id[channel.id] = channel
        return channel

    def deny(self, channel: Channel, target: User | Role, taken: Permission) -> None:
        """Deny a user or a role permissions in a channel (@everyone is `channel.guild.everyone`)."""
        channel.denied[target.id] = taken
        self.events.publish(ChannelChanged(channel))

    def can_write_to(self, person: User) -> bool:
        """Whether the bot may write to a person: in a DM it needs a server in common, or to be installed by them."""
        shared = any(person.id in guild.members and self.bot.id in guild.members for guild in self.guilds)
        return not person.closed and (shared or person.id in self.installed)

    def dm(self, person: User | str) -> Channel:
        """Return a person's DM with the bot."""
        user = self.user(person)
        return next(channel for channel in self.channels_by_id.values() if channel.recipient is user)

    def user(self, who: User | str) -> User:
        """Return a person by name; a person is returned as is."""
        return self.users[who] if isinstance(who, str) else who

    def channel(self, where: Channel | str, who: User | None = None) -> Channel:
        """Return a channel by name; "dm" is the DM of `who`."""
        if not isinstance(where, str):
            return where
        return self.dm(who) if where == "dm" and who is not None else self.channels[where]

    def messages(self, where: Channel | str) -> list[Message]:
        """Return a channel's messages, oldest first, including ephemeral ones."""
        return sorted(self.channel(where).messages.values(), key=lambda message: message.id)

    def commands(self) -> list[Command]:
        """Return the bot's commands; none before it has synced them."""
        return self.global_commands or []
