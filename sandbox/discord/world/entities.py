"""The records of this Discord: people, servers, channels, messages, commands and interactions.

Nothing here knows about JSON or sockets; `objects` writes the records as JSON. Records compare by identity: there is
one store, and two records with the same id would be a bug.
"""

import asyncio
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

from sandbox.discord.world.snowflakes import moment

Json = dict[str, Any]
"""One JSON object."""


class ChannelType(IntEnum):
    """The kinds of channel that exist here (docs: resources/channel)."""

    TEXT = 0
    DM = 1
    VOICE = 2
    PUBLIC_THREAD = 11
    STAGE = 13
    FORUM = 15


class MessageType(IntEnum):
    """The kinds of message that exist here (docs: resources/message)."""

    DEFAULT = 0
    REPLY = 19
    COMMAND = 20
    THREAD_STARTER = 21
    CONTEXT_MENU = 23


class MessageFlag(IntFlag):
    """The message flags that mean something here (discord.md section 3)."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


class Thing:
    """Something with an id. Its repr is short, because records refer to each other and failing tests print them."""

    id: int

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'name', '')}#{self.id}>"


NO_FLAGS = MessageFlag(0)


@dataclass(eq=False, repr=False)
class User(Thing):
    """A person or the bot.

    Attributes:
        locale: The language of the person's Discord client.
        closed: Whether the person accepts no DMs from the bot.
        file_limit: The bytes that a file may have which this person, or a command of theirs, sends.
    """

    id: int
    username: str
    global_name: str | None = None
    bot: bool = False
    locale: str = "en-US"
    closed: bool = False
    file_limit: int = 10 * 1024 * 1024

    @property
    def name(self) -> str:
        """The name that tests and the demo use."""
        return self.username

    @property
    def display_name(self) -> str:
        """The name that the page shows."""
        return self.global_name or self.username


@dataclass(eq=False, repr=False)
class Role(Thing):
    """A role of a server; the one with the server's id is @everyone. Discord gives each `bot` a role of its own."""

    id: int
    name: str
    permissions: int
    position: int = 0
    bot: "User | None" = None


@dataclass(eq=False)
class Member:
    """A user in a server. `joined` is Unix time in seconds."""

    user: User
    joined: float
    roles: list[Role] = field(default_factory=list[Role])
    nick: str | None = None


_MEBIBYTE = 1024 * 1024
_FILE_LIMITS = (10 * _MEBIBYTE, 10 * _MEBIBYTE, 50 * _MEBIBYTE, 100 * _MEBIBYTE)
"""By the tier of a server's boosts (next.md section G1)."""


@dataclass(eq=False, repr=False)
class Guild(Thing):
    """A server.

    Attributes:
        system_channel: Where Discord posts its own messages, if the server has chosen one.
        premium_tier: The tier of its boosts, from 0 to 3.
        open_commands: The names of commands that admins let every member use, whatever the command's default is
            (discord.md section 2).
    """

    id: int
    name: str
    owner_id: int
    system_channel: "Channel | None" = None
    premium_tier: int = 0
    open_commands: set[str] = field(default_factory=set[str])
    roles: dict[int, Role] = field(default_factory=dict[int, Role])
    channels: dict[int, "Channel"] = field(default_factory=dict[int, "Channel"])
    members: dict[int, Member] = field(default_factory=dict[int, Member])

    @property
    def everyone(self) -> Role:
        """The role that all members have."""
        return self.roles[self.id]


def file_limit(guild: Guild | None) -> int:
    """Return the bytes that a file may have in a server, or in a DM."""
    return _FILE_LIMITS[guild.premium_tier if guild else 0]


@dataclass(eq=False, repr=False)
class Channel(Thing):
    """A place for messages: a server's channel, a thread in one, or a person's DM with the bot.

    Attributes:
        recipient: The person of a DM.
        denied: Permission bits that this channel's overwrites deny, by the id of a role or a user.
        parent: The channel that a thread belongs to.
        owner: Who opened a thread.
    """

    id: int
    type: ChannelType
    name: str
    guild: Guild | None = None
    recipient: User | None = None
    topic: str | None = None
    position: int = 0
    denied: dict[int, int] = field(default_factory=dict[int, int])
    messages: dict[int, "Message"] = field(default_factory=dict[int, "Message"])
    parent: "Channel | None" = None
    owner: User | None = None
    archived: bool = False
    locked: bool = False

    @property
    def is_thread(self) -> bool:
        """Whether this is a thread."""
        return self.type is ChannelType.PUBLIC_THREAD


@dataclass(eq=False, repr=False)
class Attachment(Thing):
    """An uploaded file. The sandbox serves its bytes."""

    id: int
    filename: str
    content_type: str
    data: bytes
    url: str
    description: str | None = None
    title: str | None = None
    seconds: float | None = None
    """How long a voice message is; None for any other file."""


@dataclass(frozen=True)
class Revision:
    """A message's content from one moment on. `at` is monotonic time in seconds."""

    at: float
    content: str


@dataclass
class Pings:
    """Everyone whom any revision of a message was allowed to ping.

    Discord notifies for the first revision only, but parses mentions again with each edit (discord.md section 2). So a
    test that wants no ping checks that this is empty.
    """

    users: set[int] = field(default_factory=set[int])
    roles: set[int] = field(default_factory=set[int])
    everyone: bool = False

    def __bool__(self) -> bool:
        return bool(self.users or self.roles or self.everyone)


@dataclass(eq=False, repr=False)
class Message(Thing):
    """A message, with everything that ever happened to it.

    Attributes:
        mentions: Whom the current revision mentions.
        pings: Whom any revision was allowed to ping.
        viewer: The one person who sees an ephemeral message.
        forwarded: Snapshots of the messages that a forward carries.
        webhook_id: The webhook that wrote it, under whatever name; the author then has the same id.
        edited_at: Unix time in seconds; clients show "(edited)" once it is set.
        deleted_at: Unix time in seconds.
    """

    id: int
    channel: Channel
    author: User
    type: MessageType = MessageType.DEFAULT
    content: str = ""
    embeds: list[Json] = field(default_factory=list[Json])
    components: list[Json] = field(default_factory=list[Json])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    flags: MessageFlag = NO_FLAGS
    tts: bool = False
    nonce: str | int | None = None
    reference: "Reference | None" = None
    mentions: list[User] = field(default_factory=list[User])
    mention_roles: list[int] = field(default_factory=list[int])
    mention_everyone: bool = False
    pings: Pings = field(default_factory=Pings)
    interaction: "Interaction | None" = None
    viewer: User | None = None
    thread: Channel | None = None
    stickers: list[Json] = field(default_factory=list[Json])
    poll: Json | None = None
    forwarded: list[Json] = field(default_factory=list[Json])
    webhook_id: int | None = None
    revisions: list[Revision] = field(default_factory=list[Revision])
    edited_at: float | None = None
    deleted_at: float | None = None

    @property
    def created_at(self) -> float:
        """Unix time in seconds, read from the id."""
        return moment(self.id)

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return MessageFlag.EPHEMERAL in self.flags

    @property
    def loading(self) -> bool:
        """Whether it still shows that the bot is thinking."""
        return MessageFlag.LOADING in self.flags

    @property
    def deleted(self) -> bool:
        """Whether it was deleted."""
        return self.deleted_at is not None


@dataclass(frozen=True)
class Reference:
    """What a message replies to or forwards; the target may have been deleted."""

    channel: Channel
    message_id: int

    @property
    def target(self) -> Message | None:
        """The message, or None when it was deleted."""
        return self.channel.messages.get(self.message_id)


@dataclass(frozen=True)
class Command:
    """A registered global command. `json` is Discord's object for it."""

    id: int
    name: str
    type: int
    json: Json = field(repr=False)

    @property
    def default_member_permissions(self) -> int | None:
        """The permission bits that a member needs; None lets every member use it, 0 only administrators."""
        bits = self.json["default_member_permissions"]
        return None if bits is None else int(bits)

    @property
    def contexts(self) -> list[int]:
        """Where it may be used: 0 in servers, 1 in the bot's DMs, 2 in other private channels."""
        return [0, 1] if self.json["contexts"] is None else self.json["contexts"]

    @property
    def installs(self) -> list[int]:
        """Which installations offer it: 0 in a server, 1 by a person."""
        return self.json["integration_types"]


class InteractionType(IntEnum):
    """What a person did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class CallbackType(IntEnum):
    """The kinds of first response to an interaction (docs: interaction callback type)."""

    MESSAGE = 4
    DEFERRED = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(frozen=True)
class Choice:
    """One suggestion for an option that is being typed."""

    name: str
    value: str | int | float


@dataclass(eq=False, repr=False)
class Interaction(Thing):
    """One use of a command, component or modal.

    Attributes:
        data: The interaction's `data` as the bot receives it.
        command: The command used, for commands and autocomplete.
        message: The message whose component was used; also for a modal that such a component opened.
        parent: For a modal, the interaction that opened it.
        target: What a context menu was opened on.
        answer: The type of the bot's first response, None until then.
        answered_at: Monotonic seconds of the first response.
        original: What `@original` means: the response, or the component's own message after an update.
        followups: The followup messages.
        choices: An autocomplete's suggestions.
        modal: The modal shown, as the bot sent it: custom_id, title, components.
        owners: Who has installed the bot here, by kind of installation: "0" the server, "1" the person.
        failed: Whether the person was told that the application did not respond.
    """

    id: int
    type: InteractionType
    token: str
    user: User
    channel: Channel
    data: Json
    command: Command | None = None
    message: Message | None = None
    parent: "Interaction | None" = None
    target: User | Message | None = None
    answer: CallbackType | None = None
    answered_at: float | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list[Message])
    choices: list[Choice] | None = None
    modal: Json | None = None
    modal_open: bool = False
    owners: dict[str, str] = field(default_factory=dict[str, str])
    failed: bool = False
    deadline: asyncio.TimerHandle | None = None

    def settle(self, answer: CallbackType, now: float) -> None:
        """Record the first response; `now` is monotonic time in seconds."""
        self.answer = answer
        self.answered_at = now
        if self.deadline is not None:
            self.deadline.cancel()

    @property
    def response(self) -> Message:
        """The message that the first response created or updated.

        Raises:
            LookupError: The bot has not responded with a message.
        """
        if self.original is None:
            raise LookupError(f"{self!r} has no message")
        return self.original

    @property
    def replies(self) -> list[Message]:
        """All messages that this interaction created, in order, without a component's own message."""
        own = [self.original] if self.original is not None and self.original is not self.message else []
        return [*own, *self.followups]

    @property
    def settled(self) -> bool:
        """Whether the bot has responded, or has failed to."""
        return self.failed or self.answer is not None

    @property
    def file_limit(self) -> int:
        """The bytes that a file may have where it is used: the person's own limit or the server's."""
        return max(self.user.file_limit, file_limit(self.channel.guild))

    @property
    def user_install_only(self) -> bool:
        """Whether only the person has installed the bot here, and not the server."""
        return "0" not in self.owners
