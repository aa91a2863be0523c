"""Which gateway sessions get which event of the world, and as which dispatch."""

from collections import defaultdict
from collections.abc import Callable
from enum import IntFlag
from functools import partial

from sandbox.discord.gateway.sessions import Session, is_served
from sandbox.discord.mischief import Mischief
from sandbox.discord.world import objects
from sandbox.discord.world.entities import Channel, Guild, Json, Message
from sandbox.discord.world.events import (
    ChannelChanged,
    ChannelCreated,
    ChannelRemoved,
    Event,
    GuildJoined,
    GuildLeft,
    InteractionCreated,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    ThreadCreated,
)
from sandbox.discord.world.permissions import Permission, is_there, may, readable_by
from sandbox.discord.world.store import World


class Intent(IntFlag):
    """The intents that matter here (docs: events/gateway)."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


class Dispatcher:
    """Turns events into dispatches.

    Args:
        world: The store.
        sessions: Returns the sessions; called for each event.
        mischief: Delivers events twice or late.
        message_content: Whether the message content intent is enabled in the bot's portal.
    """

    def __init__(
        self, world: World, sessions: Callable[[], list[Session]], mischief: Mischief, *, message_content: bool
    ) -> None:
        self._world = world
        self._sessions = sessions
        self._mischief = mischief
        self._message_content = message_content
        world.events.subscribe(self.handle)

    def handle(self, event: Event) -> None:
        """Dispatch an event to every session that should get it; a bot gets no other kinds of events."""
        match event:
            case MessageCreated(message):
                self._dispatch_message("MESSAGE_CREATE", message)
            case MessageEdited(message):
                self._dispatch_message("MESSAGE_UPDATE", message)
            case MessageDeleted(message):
                body = {"id": str(message.id), **_location(message.channel)}
                self._dispatch("MESSAGE_DELETE", message.channel, body, Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES)
            case InteractionCreated(interaction):
                body = objects.interaction(interaction, self._world.application_id, self._world.bot)
                self._dispatch_all("INTERACTION_CREATE", interaction.channel.guild, body)
            case GuildLeft(guild):
                self._dispatch_about(guild, "GUILD_DELETE", {"id": str(guild.id)})
            case GuildJoined() | ThreadCreated() | ChannelCreated() | ChannelChanged() | ChannelRemoved():
                self._dispatch_channel_event(event)
            case _:
                pass

    def greet(self, intents: int, shard: tuple[int, int] | None, presence: Json | None, resume_url: str) -> Session:
        """Begin a session with READY and its servers."""
        me = self._world.bot.id
        guilds = [each for each in self._world.guilds if me in each.members and is_served(each, shard)]
        session = Session(intents, shard, presence, greeting=1 + len(guilds))
        flags = 1 << 18 if self._message_content else 0  # GATEWAY_MESSAGE_CONTENT
        session.dispatch(
            "READY",
            {
                "v": 10,
                "user": objects.user(self._world.bot) | {"verified": True, "mfa_enabled": False, "email": None},
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "session_type": "normal",
                "resume_gateway_url": resume_url,
                "private_channels": [],
                "relationships": [],
                "application": {"id": str(self._world.application_id), "flags": flags},
                **({"shard": list(session.shard)} if session.shard is not None else {}),
            },
        )
        if session.intents & Intent.GUILDS:
            threads = self._threads()
            for guild in guilds:
                body = partial(objects.guild, guild, self._world.bot, threads[guild.id])
                session.dispatch("GUILD_CREATE", body)
        return session

    def _threads(self) -> defaultdict[int, list[Channel]]:
        """Return the active threads by their server's id."""
        found: defaultdict[int, list[Channel]] = defaultdict(list)
        for channel in self._world.channels:
            if channel.guild is not None and channel.is_thread and not channel.archived:
                found[channel.guild.id].append(channel)
        return found

    def _deliver(self, session: Session, name: str, body: Json) -> None:
        self._mischief.deliver(name, partial(session.dispatch, name, body))

    def _dispatch(self, name: str, channel: Channel, body: Json, in_guild: Intent, direct: Intent) -> None:
        if not may(self._world.bot, channel, Permission.VIEW_CHANNEL):
            return
        needed = in_guild if channel.guild is not None else direct
        for session in self._sessions():
            if session.intents & needed and session.serves(channel.guild):
                self._deliver(session, name, body)

    def _dispatch_message(self, name: str, message: Message) -> None:
        """Dispatch a message with what each session's intents allow."""
        channel, bot = message.channel, self._world.bot
        if not is_there(bot, channel):
            return
        if not may(bot, channel, Permission.VIEW_CHANNEL) and message.author is not bot:
            return
        needed = Intent.GUILD_MESSAGES if channel.guild is not None else Intent.DIRECT_MESSAGES
        for session in self._sessions():
            if not session.intents & needed or not session.serves(channel.guild):
                continue
            allowed = self._message_content and bool(session.intents & Intent.MESSAGE_CONTENT)
            readable = readable_by(self._world.bot, message_content=allowed)
            self._deliver(session, name, objects.message(message, readable) | _server_fields(message))

    def _dispatch_all(self, name: str, guild: Guild | None, body: Json) -> None:
        for session in self._sessions():
            if session.serves(guild):
                self._deliver(session, name, body)

    def _dispatch_channel_event(
        self, event: GuildJoined | ThreadCreated | ChannelCreated | ChannelChanged | ChannelRemoved
    ) -> None:
        match event:
            case GuildJoined(guild):
                # discord.py recognizes a newly joined server by the missing key "unavailable".
                body = objects.guild(guild, self._world.bot, self._threads()[guild.id])
                del body["unavailable"]
                self._dispatch_about(guild, "GUILD_CREATE", body)
            case ThreadCreated(thread):
                body = objects.channel(thread) | {"newly_created": True}
                self._dispatch("THREAD_CREATE", thread, body, Intent.GUILDS, Intent.GUILDS)
            case ChannelCreated(channel):
                self._dispatch("CHANNEL_CREATE", channel, objects.channel(channel), Intent.GUILDS, Intent.GUILDS)
            case ChannelRemoved(channel):
                name = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
                self._dispatch(name, channel, objects.channel(channel), Intent.GUILDS, Intent.GUILDS)
            case ChannelChanged(channel):
                # Dispatched even to a bot that has just lost access: this event is how it learns of that.
                name = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
                self._dispatch_about(channel.guild, name, objects.channel(channel))

    def _dispatch_about(self, guild: Guild | None, name: str, body: Json) -> None:
        """Dispatch what a bot is told of whatever it may see in the server."""
        for session in self._sessions():
            if session.intents & Intent.GUILDS and session.serves(guild):
                session.dispatch(name, body)


def _location(channel: Channel) -> Json:
    body: Json = {"channel_id": str(channel.id)}
    return body | ({"guild_id": str(channel.guild.id)} if channel.guild is not None else {})


def _server_fields(message: Message) -> Json:
    """Write what an event in a server adds to a message; not for ephemeral ones (discord.md section 2)."""
    guild = message.channel.guild
    if guild is None or message.ephemeral:
        return {}
    body: Json = {"guild_id": str(guild.id)}
    sender = guild.members.get(message.author.id)
    return body | ({"member": objects.member(sender, with_user=False)} if sender is not None else {})
