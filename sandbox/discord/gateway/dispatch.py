"""Which event of the world reaches which gateway session, and in which words."""

from collections.abc import Callable
from enum import IntFlag

from sandbox.discord.gateway.sessions import Session
from sandbox.discord.world import objects
from sandbox.discord.world.entities import Channel, Guild, Json, Message
from sandbox.discord.world.events import (
    ChannelChanged,
    ChannelRemoved,
    Event,
    GuildJoined,
    InteractionCreated,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    ReactionChanged,
    ThreadCreated,
    TypingStarted,
)
from sandbox.discord.world.payloads import MAX_FILE_BYTES
from sandbox.discord.world.permissions import Permission, is_there, may, readable_by
from sandbox.discord.world.store import World


class Intent(IntFlag):
    """The intents that gate something here (docs: events/gateway)."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_REACTIONS = 1 << 10
    GUILD_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_REACTIONS = 1 << 13
    DIRECT_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15


class Dispatcher:
    """Turns what happens into dispatches.

    Args:
        world: The store.
        sessions: The sessions to tell; read anew for each event.
        message_content: Whether the bot's portal has the message-content intent switched on.
    """

    def __init__(self, world: World, sessions: Callable[[], list[Session]], *, message_content: bool) -> None:
        self._world = world
        self._sessions = sessions
        self._message_content = message_content
        world.events.subscribe(self.hear)

    def hear(self, event: Event) -> None:
        """Dispatch an event to every session that is meant to get it; the rest concerns people and tests only."""
        match event:
            case MessageCreated(message):
                self._tell_message("MESSAGE_CREATE", message)
            case MessageEdited(message):
                self._tell_message("MESSAGE_UPDATE", message)
            case MessageDeleted(message):
                body = {"id": str(message.id), **_place(message.channel)}
                self._tell("MESSAGE_DELETE", message.channel, body, Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES)
            case InteractionCreated(interaction):
                body = objects.interaction(interaction, self._world.application_id, MAX_FILE_BYTES, self._world.bot)
                self._tell_all("INTERACTION_CREATE", interaction.channel.guild, body)
            case ReactionChanged():
                self._tell_reaction(event)
            case TypingStarted():
                self._tell_typing(event)
            case GuildJoined() | ThreadCreated() | ChannelChanged() | ChannelRemoved():
                self._tell_place(event)
            case _:
                pass

    def greet(self, session: Session, resume_url: str) -> None:
        """Tell a new session of itself and of its servers."""
        me = self._world.bot.id
        guilds = [guild for guild in self._world.guilds if session.serves(guild) and me in guild.members]
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
            for guild in guilds:
                session.dispatch("GUILD_CREATE", objects.guild(guild, self._world.bot, self._threads(guild)))

    def _threads(self, guild: Guild) -> list[Channel]:
        channels = self._world.channels
        return [each for each in channels if each.guild is guild and each.is_thread and not each.archived]

    def _tell(self, name: str, channel: Channel, body: Json, in_guild: Intent, direct: Intent) -> None:
        if not may(self._world.bot, channel, Permission.VIEW_CHANNEL):
            return
        needed = in_guild if channel.guild is not None else direct
        for session in self._sessions():
            if session.intents & needed and session.serves(channel.guild):
                session.dispatch(name, body)

    def _tell_message(self, name: str, message: Message) -> None:
        """Each session gets the words that its own intents allow."""
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
            session.dispatch(name, objects.message(message, readable) | _sender(message))

    def _tell_all(self, name: str, guild: Guild | None, body: Json) -> None:
        for session in self._sessions():
            if session.serves(guild):
                session.dispatch(name, body)

    def _tell_place(self, event: GuildJoined | ThreadCreated | ChannelChanged | ChannelRemoved) -> None:
        match event:
            case GuildJoined(guild):
                # Without the key that one which was there before comes with: so discord.py knows a new one.
                body = objects.guild(guild, self._world.bot, self._threads(guild))
                del body["unavailable"]
                for session in self._sessions():
                    if session.intents & Intent.GUILDS and session.serves(guild):
                        session.dispatch("GUILD_CREATE", body)
            case ThreadCreated(thread):
                body = objects.channel(thread) | {"newly_created": True}
                self._tell("THREAD_CREATE", thread, body, Intent.GUILDS, Intent.GUILDS)
            case ChannelRemoved(channel):
                name = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
                self._tell(name, channel, objects.channel(channel), Intent.GUILDS, Intent.GUILDS)
            case ChannelChanged(channel):
                # Told even to a bot that has just been shut out: it learns of that by this very event.
                name = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
                for session in self._sessions():
                    if session.intents & Intent.GUILDS and session.serves(channel.guild):
                        session.dispatch(name, objects.channel(channel))

    def _tell_typing(self, event: TypingStarted) -> None:
        channel, user = event.channel, event.user
        body = {**_place(channel), "user_id": str(user.id), "timestamp": int(event.at)}
        if channel.guild is not None:
            body["member"] = objects.member(channel.guild.members[user.id])
        self._tell("TYPING_START", channel, body, Intent.GUILD_TYPING, Intent.DIRECT_TYPING)

    def _tell_reaction(self, event: ReactionChanged) -> None:
        body = {
            "user_id": str(event.user.id),
            "message_id": str(event.message.id),
            **_place(event.message.channel),
            "emoji": {"id": None, "name": event.emoji},
            "type": 0,
            "burst": False,
        }
        name = f"MESSAGE_REACTION_{'ADD' if event.added else 'REMOVE'}"
        self._tell(name, event.message.channel, body, Intent.GUILD_REACTIONS, Intent.DIRECT_REACTIONS)


def _place(channel: Channel) -> Json:
    body: Json = {"channel_id": str(channel.id)}
    return body | ({"guild_id": str(channel.guild.id)} if channel.guild is not None else {})


def _sender(message: Message) -> Json:
    """What a server's event adds to a message; ephemeral ones come without (discord.md section 2)."""
    guild = message.channel.guild
    if guild is None or message.ephemeral:
        return {}
    body: Json = {"guild_id": str(guild.id)}
    sender = guild.members.get(message.author.id)
    return body | ({"member": objects.member(sender, with_user=False)} if sender is not None else {})
