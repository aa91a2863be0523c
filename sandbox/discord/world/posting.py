"""Create, edit and delete messages, for the bot's routes and for people."""

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from sandbox.discord.world.entities import (
    Attachment,
    Channel,
    ChannelType,
    Interaction,
    Message,
    MessageFlag,
    MessageType,
    Reference,
    Revision,
    User,
    file_limit,
)
from sandbox.discord.world.errors import (
    cannot_reply,
    cannot_write_to_user,
    empty_message,
    missing_access,
    missing_permissions,
    not_a_text_channel,
    thread_archived,
    too_large,
)
from sandbox.discord.world.events import ChannelChanged, MessageCreated, MessageDeleted, MessageEdited
from sandbox.discord.world.forms import invalid
from sandbox.discord.world.mentions import mention
from sandbox.discord.world.payloads import NewFile, Payload
from sandbox.discord.world.permissions import Permission, may, may_send
from sandbox.discord.world.store import World

NONCE_LIFE = 300.0
"""Seconds during which `enforce_nonce` finds an earlier message: "a few minutes" (discord.md section 3)."""
MAX_SUM = 25 * 1024 * 1024
"""Bytes of a message's files together, unless one may be larger (next.md section G1)."""
_CREATE_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2


@dataclass(frozen=True)
class Origin:
    """Where an interaction's message comes from; an ordinary message has none.

    Attributes:
        interaction: The interaction that it answers.
        type: Its message type.
        viewer: The one person who sees it, when it is ephemeral.
        reply_to: The message that it is shown as a reply to.
        loading: Whether it only shows that the bot is thinking.
    """

    interaction: Interaction
    type: MessageType
    viewer: User | None = None
    reply_to: Message | None = None
    loading: bool = False


_VOICE = "voice-message.ogg"  # what Discord's clients call a voice message


class Posting:
    """Creates, edits and deletes messages.

    Args:
        world: The store.
        files_url: Returns the URL under which attachments are served, without a trailing slash. It is known only once
            the server listens.

    Attributes:
        unsuppressed: Messages of the bot whose link previews came back with an edit, which it hardly wants.
    """

    def __init__(self, world: World, files_url: Callable[[], str]) -> None:
        self._world = world
        self._files_url = files_url
        self.unsuppressed: list[Message] = []

    def create(
        self,
        channel: Channel,
        author: User,
        payload: Payload,
        origin: Origin | None = None,
        *,
        message_id: int | None = None,
    ) -> Message:
        """Post a message; the first one of a forum's post has an id already, the post's.

        Raises:
            ApiError: The author may not, or the message would be empty.
        """
        if origin is None:
            if (earlier := self._same_nonce(channel, author, payload)) is not None:
                return earlier
            self._check_may_post(channel, author, payload)
        self._check_may_attach(channel, author, payload, origin.interaction if origin else None)
        message = Message(message_id or self._world.ids.next(), channel, author, nonce=payload.nonce, tts=payload.tts)
        message.flags = (payload.flags or MessageFlag(0)) & _CREATE_FLAGS
        message.content = payload.content or ""
        message.components = payload.components or []
        message.attachments = [self._store(channel, file) for file in payload.files]
        if payload.reply_to is not None:
            self._refer(message, payload)
        if origin is not None:
            self._give_origin(message, origin)
        if not message.loading:
            _check_not_empty(message)
        mention(self._world, message, payload.allowed)
        self._revise(message)
        channel.messages[message.id] = message
        self._world.events.publish(MessageCreated(message))
        if channel.archived:
            # A new message reopens an archived thread (discord.md section 4).
            channel.archived = False
            self._world.events.publish(ChannelChanged(channel))
        return message

    def edit(self, message: Message, payload: Payload) -> Message:
        """Edit a message.

        Raises:
            ApiError: The thread is archived, or the message would be empty.
        """
        if message.channel.archived:
            raise thread_archived()
        self._check_may_attach(message.channel, message.author, payload, message.interaction)
        before = message.content
        content = payload.content if payload.content is not None else message.content
        components = payload.components if payload.components is not None else message.components
        kept = [each for each in message.attachments if payload.kept is None or each.id in payload.kept]
        if not (content or components or kept or payload.files):
            raise empty_message()
        message.content, message.components = content, components
        message.attachments = kept + [self._store(message.channel, file) for file in payload.files]
        self._change_flags(message, payload)
        was_loading = message.loading
        message.flags &= ~MessageFlag.LOADING
        mention(self._world, message, payload.allowed)
        # Only a change of the content shows "(edited)". That the first edit of a deferred response doesn't is a guess:
        # discord.md section 3 marks it untested.
        if message.content != before and not was_loading:
            message.edited_at = self._world.clock()
        if message.content != before or was_loading:
            self._revise(message)
        self._world.events.publish(MessageEdited(message))
        return message

    def delete(self, message: Message) -> None:
        """Delete a message."""
        del message.channel.messages[message.id]
        message.deleted_at = self._world.clock()
        self._world.events.publish(MessageDeleted(message))

    def _check_may_post(self, channel: Channel, author: User, payload: Payload) -> None:
        if channel.type is ChannelType.FORUM:
            raise not_a_text_channel()
        if not may(author, channel, Permission.VIEW_CHANNEL):
            raise missing_access()
        if author.bot and channel.recipient is not None and not self._world.can_write_to(channel.recipient):
            raise cannot_write_to_user()
        if not may_send(author, channel) or channel.locked:
            raise missing_permissions()
        if payload.reply_to is not None and not may(author, channel, Permission.READ_MESSAGE_HISTORY):
            raise cannot_reply()

    def _check_may_attach(
        self, channel: Channel, author: User, payload: Payload, interaction: Interaction | None
    ) -> None:
        """Check the files' sizes and the permission for them, which interactions need too (discord.md section 2).

        A bot that only the person has installed has that person's permissions.
        """
        limit = interaction.file_limit if interaction else max(author.file_limit, file_limit(channel.guild))
        sizes = [len(file.upload.data) for file in payload.files]
        if any(size > limit for size in sizes) or sum(sizes) > max(limit, MAX_SUM):
            raise too_large()
        if interaction is not None and interaction.user_install_only:
            author = interaction.user
        if payload.files and not may(author, channel, Permission.ATTACH_FILES):
            raise missing_permissions()

    def _same_nonce(self, channel: Channel, author: User, payload: Payload) -> Message | None:
        if not payload.enforce_nonce or payload.nonce is None:
            return None
        since = self._world.clock() - NONCE_LIFE
        same = (m for m in channel.messages.values() if m.author is author and m.nonce == payload.nonce)
        return next((message for message in same if message.created_at >= since), None)

    def _refer(self, message: Message, payload: Payload) -> None:
        target = message.channel.messages.get(payload.reply_to or 0)
        if target is not None and not target.ephemeral:
            message.type = MessageType.REPLY
            message.reference = Reference(message.channel, target.id)
        elif payload.reply_must_exist:
            raise invalid(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")

    def _give_origin(self, message: Message, origin: Origin) -> None:
        message.type = origin.type
        message.interaction = origin.interaction
        message.viewer = origin.viewer
        if origin.viewer is not None:
            message.flags |= MessageFlag.EPHEMERAL
        if origin.loading:
            message.flags |= MessageFlag.LOADING
        if origin.reply_to is not None:
            message.reference = Reference(message.channel, origin.reply_to.id)

    def _change_flags(self, message: Message, payload: Payload) -> None:
        """Change SUPPRESS_EMBEDS as wanted; an edit can set COMPONENTS_V2 but not clear it (section 3)."""
        if payload.flags is None:
            return
        if payload.flags & MessageFlag.COMPONENTS_V2 and (message.content):
            raise invalid(("flags",), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                          "Content and embeds must be removed to turn a message into Components V2")  # fmt: skip
        if message.flags & ~payload.flags & MessageFlag.SUPPRESS_EMBEDS and message.author is self._world.bot:
            self.unsuppressed.append(message)
        message.flags &= ~MessageFlag.SUPPRESS_EMBEDS
        message.flags |= payload.flags & (MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2)

    def _store(self, channel: Channel, file: NewFile) -> Attachment:
        return self.store(channel, file.filename, file.upload.data, file.upload.content_type, file.description)

    def store(
        self, channel: Channel, filename: str, data: bytes, content_type: str = "", description: str | None = None
    ) -> Attachment:
        """Store a file, which is served from now on."""
        file_id = self._world.ids.next()
        guessed = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        filename = filename.replace("/", "_")
        url = f"{self._files_url()}/{channel.id}/{file_id}/{quote(filename)}"
        seconds = 2.0 if filename == _VOICE else None
        attachment = Attachment(file_id, filename, content_type or guessed, data, url, description, seconds=seconds)
        self._world.attachments[file_id] = attachment
        return attachment

    def _revise(self, message: Message) -> None:
        message.revisions.append(Revision(self._world.monotonic(), message.content))


def _check_not_empty(message: Message) -> None:
    if not (message.content or message.components or message.attachments):
        raise empty_message()
