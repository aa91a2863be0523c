"""Messages come to be, change and go: the one place that does it, for the bot's routes and for people alike."""

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from sandbox.discord.world.drafts import Draft, NewFile
from sandbox.discord.world.entities import (
    Attachment,
    Channel,
    Message,
    MessageFlag,
    MessageType,
    Reference,
    Revision,
    User,
)
from sandbox.discord.world.errors import (
    cannot_reply,
    cannot_write_to_user,
    empty_message,
    missing_access,
    missing_permissions,
    thread_archived,
)
from sandbox.discord.world.events import ChannelChanged, MessageCreated, MessageDeleted, MessageEdited
from sandbox.discord.world.forms import invalid
from sandbox.discord.world.interactions import Interaction
from sandbox.discord.world.media import resolve_media
from sandbox.discord.world.mentions import mention
from sandbox.discord.world.permissions import Permission, may, may_send
from sandbox.discord.world.world import World

NONCE_LIFE = 300.0
"""Seconds for which `enforce_nonce` finds an earlier message: "a few minutes" (discord.md section 3)."""
_CREATE_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2


@dataclass(frozen=True)
class Origin:
    """Where an interaction's message comes from; a plain message has none.

    Attributes:
        interaction: The interaction it answers.
        type: Its message type.
        viewer: The one person who sees it, when it is ephemeral.
        reply_to: The message that it visibly refers to.
        loading: Whether it only says that the bot is thinking.
    """

    interaction: Interaction
    type: MessageType
    viewer: User | None = None
    reply_to: Message | None = None
    loading: bool = False


class Posting:
    """Creates, edits and deletes messages.

    Args:
        world: The store.
        files_url: Tells where attachments are served, without a trailing slash; known only once the server listens.
    """

    def __init__(self, world: World, files_url: Callable[[], str]) -> None:
        self._world = world
        self._files_url = files_url

    def create(self, channel: Channel, author: User, draft: Draft, origin: Origin | None = None) -> Message:
        """Post a message and tell everyone.

        Raises:
            ApiError: The author may not, or there is nothing to show.
        """
        if origin is None:
            if (earlier := self._same_nonce(channel, author, draft)) is not None:
                return earlier
            self._check_may_post(channel, author, draft)
        self._check_content_rights(channel, author, draft, origin.interaction if origin else None)
        message = Message(self._world.ids.next(), channel, author, nonce=draft.nonce, tts=draft.tts)
        message.flags = (draft.flags or MessageFlag(0)) & _CREATE_FLAGS
        message.content = draft.content or ""
        message.embeds = draft.embeds or []
        message.components = draft.components or []
        message.attachments = [self._store(channel, file) for file in draft.files]
        resolve_media(message, self._world.ids)
        if draft.reply_to is not None:
            self._refer(message, draft)
        if origin is not None:
            self._give_origin(message, origin)
        if not message.loading:
            _check_not_empty(message)
        mention(self._world, message, draft.allowed)
        self._revise(message)
        channel.messages[message.id] = message
        self._world.news.tell(MessageCreated(message))
        if channel.archived:
            # A new message reopens an archived thread (discord.md section 4).
            channel.archived = False
            self._world.news.tell(ChannelChanged(channel))
        return message

    def edit(self, message: Message, draft: Draft) -> Message:
        """Change a message and tell everyone.

        Raises:
            ApiError: The thread is archived, or nothing would be left.
        """
        if message.channel.archived:
            raise thread_archived()
        self._check_content_rights(message.channel, message.author, draft, message.interaction)
        before = message.content
        wanted = (
            draft.content if draft.content is not None else message.content,
            draft.embeds if draft.embeds is not None else message.embeds,
            draft.components if draft.components is not None else message.components,
        )
        kept = [each for each in message.attachments if draft.kept is None or each.id in draft.kept]
        if not any((*wanted, kept, draft.files)):
            raise empty_message()
        message.content, message.embeds, message.components = wanted
        message.attachments = kept + [self._store(message.channel, file) for file in draft.files]
        self._change_flags(message, draft)
        resolve_media(message, self._world.ids)
        was_loading = message.loading
        message.flags &= ~MessageFlag.LOADING
        mention(self._world, message, draft.allowed)
        # "(edited)" follows the content alone. That the first fill of a deferred answer doesn't show it is a guess:
        # discord.md section 3 marks it untested.
        if message.content != before and not was_loading:
            message.edited_at = self._world.clock()
        if message.content != before or was_loading:
            self._revise(message)
        self._world.news.tell(MessageEdited(message))
        return message

    def delete(self, message: Message) -> None:
        """Remove a message and tell everyone."""
        del message.channel.messages[message.id]
        message.deleted_at = self._world.clock()
        self._world.news.tell(MessageDeleted(message))

    def _check_may_post(self, channel: Channel, author: User, draft: Draft) -> None:
        if not may(author, channel, Permission.VIEW_CHANNEL):
            raise missing_access()
        if author.bot and channel.recipient is not None and channel.recipient.closed:
            raise cannot_write_to_user()
        if not may_send(author, channel) or channel.locked:
            raise missing_permissions()
        if draft.reply_to is not None and not may(author, channel, Permission.READ_MESSAGE_HISTORY):
            raise cannot_reply()

    def _check_content_rights(
        self, channel: Channel, author: User, draft: Draft, interaction: Interaction | None
    ) -> None:
        """Files and embeds need rights of their own, in interactions too (discord.md section 2, since 2023-11).

        As a person's guest the bot has that person's.
        """
        if interaction is not None and interaction.by_guest:
            author = interaction.user
        if draft.files and not may(author, channel, Permission.ATTACH_FILES):
            raise missing_permissions()
        if draft.embeds and not may(author, channel, Permission.EMBED_LINKS):
            raise missing_permissions()

    def _same_nonce(self, channel: Channel, author: User, draft: Draft) -> Message | None:
        if not draft.enforce_nonce or draft.nonce is None:
            return None
        since = self._world.clock() - NONCE_LIFE
        same = (m for m in channel.messages.values() if m.author is author and m.nonce == draft.nonce)
        return next((message for message in same if message.created_at >= since), None)

    def _refer(self, message: Message, draft: Draft) -> None:
        target = message.channel.messages.get(draft.reply_to or 0)
        if target is not None and not target.ephemeral:
            message.type = MessageType.REPLY
            message.reference = Reference(message.channel, target.id)
        elif draft.reply_must_exist:
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

    def _change_flags(self, message: Message, draft: Draft) -> None:
        """On an edit only SUPPRESS_EMBEDS changes freely; COMPONENTS_V2 can be set but not cleared (section 3)."""
        if draft.flags is None:
            return
        if draft.flags & MessageFlag.COMPONENTS_V2 and (message.content or message.embeds):
            raise invalid(("flags",), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                          "Content and embeds must be removed to turn a message into Components V2")  # fmt: skip
        message.flags &= ~MessageFlag.SUPPRESS_EMBEDS
        message.flags |= draft.flags & (MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2)

    def _store(self, channel: Channel, file: NewFile) -> Attachment:
        return self.store(channel, file.filename, file.upload.data, file.upload.content_type, file.description)

    def store(
        self, channel: Channel, filename: str, data: bytes, content_type: str = "", description: str | None = None
    ) -> Attachment:
        """Keep a file and serve it from now on."""
        file_id = self._world.ids.next()
        guessed = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        filename = filename.replace("/", "_")
        url = f"{self._files_url()}/{channel.id}/{file_id}/{quote(filename)}"
        attachment = Attachment(file_id, filename, content_type or guessed, data, url, description)
        self._world.attachments[file_id] = attachment
        return attachment

    def _revise(self, message: Message) -> None:
        message.revisions.append(Revision(self._world.monotonic(), message.content))


def _check_not_empty(message: Message) -> None:
    if not any((message.content, message.embeds, message.components, message.attachments)):
        raise empty_message()
