"""Where the messages of a reply are: the response to an interaction, or messages in a channel."""

import contextlib
import io
import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

import discord

from bot.discord_errors import NoFurtherMessage, described
from bot.permissions import lacks_for, surely_lacks
from bot.reply.buttons import button_view
from bot.reply.interaction_edits import edit_by_token
from bot.reply.layout import Post, TextFile
from bot.reply.media import MediaFile
from bot.reply.pacing import RateLimiter, RateLimiters
from bot.reply.rate_limit_headers import observed_by

log = logging.getLogger(__name__)

_TOKEN = timedelta(minutes=15)  # how long an interaction's token lives (discord.md section 2)
_HANDOVER = timedelta(minutes=2)  # before it expires, the bot token is used instead
_OLD = 55 * 60.0  # seconds; messages older than an hour may be edited half as often (discord.md section 1)
GUEST_FOLLOWUPS = 5
"""Followups of one interaction at most, where Quoth is a guest (discord.md section 2)."""
FILE_LIMIT = 10 * 1024 * 1024
"""Bytes of a file that Discord takes anywhere (next.md section G1)."""
_FILE = "answer.md"


class Surface(Protocol):
    """The messages of one reply, by page numbers from 0. Whatever discord.py raises is passed on."""

    def limiter(self, page: int) -> RateLimiter:
        """Return the rate limiter of requests about this page."""
        ...

    @property
    def cost(self) -> float:
        """How many requests one request counts as."""
        ...

    @property
    def file_limit(self) -> int:
        """The bytes of a file that may be attached at most; 0 where Quoth surely may attach none."""
        ...

    async def write(self, page: int, post: Post, shown: Post | None = None) -> None:
        """Edit this page's message, or send it if it is the page after the last one.

        Args:
            page: the page.
            post: all that its message is to say.
            shown: what the message says now; None for a new one. Files that are there already are not sent again.
        """
        ...

    async def remove_last(self) -> None:
        """Delete the last page's message."""
        ...

    def forget(self, page: int) -> None:
        """Note that this page's message is gone: the next message takes its place."""
        ...

    def page_of(self, message_id: int) -> int | None:
        """Return the page of this message, or None where it is no message of this reply."""
        ...

    def id_of(self, page: int) -> int:
        """Return the id of this page's message."""
        ...

    @property
    def can_hand_over(self) -> bool:
        """Whether the messages are edited by an interaction's token, and can be edited by bot token instead."""
        ...

    def hand_over(self) -> None:
        """Use the bot token from now on."""
        ...

    @property
    def can_hide(self) -> bool:
        """Whether everybody sees the messages, and ones that only the asker sees can take their place."""
        ...

    async def hide(self) -> None:
        """Delete the messages; from now on only the asker sees what is written."""
        ...

    async def tell_alone(self, sentence: str) -> bool:
        """Tell the asker alone, in place of a reply that everybody would see; returns whether that is done."""
        ...

    async def reopen(self) -> None:
        """Reopen the archived thread, by a new message that is deleted at once: nothing else reopens it."""
        ...

    def lasts(self) -> float | None:
        """Return for how many seconds the messages can be edited; None for no limit."""
        ...

    async def ping(self, user: int, content: str) -> None:
        """Send a message below the reply that notifies this one person. Not for a private reply."""
        ...


def new_message(post: Post) -> dict[str, Any]:
    """Return the arguments of a request that sends a message."""
    arguments: dict[str, Any] = {"content": post.content}
    if post.buttons:
        arguments["view"] = button_view(post.buttons)
    if post.files:
        arguments["files"] = [_file(each) for each in post.files]
    return arguments


def edited_message(
    post: Post, shown: Post | None = None, attached: Sequence[discord.Attachment] = ()
) -> dict[str, Any]:
    """Return the arguments of a request that edits a message, whose attachments are these."""
    arguments: dict[str, Any] = {"content": post.content, "view": button_view(post.buttons)}
    before = shown.files if shown else ()
    if post.files != before:  # without this argument, Discord keeps what is attached
        kept = len(before) if len(before) == len(attached) and post.files[: len(before)] == before else 0
        arguments["attachments"] = [*attached[:kept], *(_file(each) for each in post.files[kept:])]
    return arguments


def is_guest(interaction: discord.Interaction[Any]) -> bool:
    """Whether Quoth is used as a personal app here: it is no member, and sees only what comes with the command."""
    own = interaction.is_guild_integration() or interaction.context.dm_channel
    return interaction.is_user_integration() and not own


async def withdraw(interaction: discord.Interaction[Any]) -> None:
    """Delete the response to a deferred interaction, so that the next message can be for its user alone.

    It is filled first: the first followup of one that still says "thinking" takes its place and its visibility
    (discord.md section 2), and it is not documented whether one can follow that was deleted.
    """
    with contextlib.suppress(discord.NotFound):
        await edit_by_token(interaction, None, **edited_message(Post("…")))
        await interaction.delete_original_response()


class ChannelSurface:
    """The answer to a message: the first page replies to it, further pages follow.

    Args:
        question: the message.
        limiters: the rate limiters of all replies.
        thread: where the answer is written, if a thread was opened on the message.
    """

    def __init__(self, question: discord.Message, limiters: RateLimiters, thread: discord.Thread | None = None) -> None:
        self._question = question
        self._channel = thread or question.channel
        self._limiters = limiters
        self._messages: list[discord.Message] = []
        self._begun = time.monotonic()
        self._sent = 0

    def limiter(self, page: int) -> RateLimiter:
        """See Surface."""
        return self._limiters.channel(self._channel.id, new=page >= len(self._messages))

    @property
    def cost(self) -> float:
        """See Surface."""
        return _cost(self._begun)

    @property
    def file_limit(self) -> int:
        """See Surface."""
        if "attach_files" in surely_lacks(self._channel):
            return 0
        return _limit_of(self._question.guild)

    async def write(self, page: int, post: Post, shown: Post | None = None) -> None:
        """See Surface."""
        if page < len(self._messages):
            message = self._messages[page]
            edited = edited_message(post, shown, message.attachments)
            with observed_by(self.limiter(page).bucket):
                self._messages[page] = await message.edit(**edited, suppress=True)
            return
        new: dict[str, Any] = {**new_message(post), "nonce": _nonce(self._question.id, self._sent), "silent": page > 0}
        here = self._channel == self._question.channel
        # Discord requires the permission for a reply.
        if page == 0 and here and "read_message_history" not in surely_lacks(self._channel):
            new["reference"] = _reply_to(self._question)
        self._messages.append(await self._channel.send(**new, suppress_embeds=True))
        self._sent += 1

    async def remove_last(self) -> None:
        """See Surface."""
        await self._messages[-1].delete()
        self._messages.pop()

    def forget(self, page: int) -> None:
        """See Surface."""
        del self._messages[page : page + 1]

    def page_of(self, message_id: int) -> int | None:
        """See Surface."""
        return _page_of(self._messages, message_id)

    def id_of(self, page: int) -> int:
        """See Surface."""
        return self._messages[page].id

    @property
    def can_hand_over(self) -> bool:
        """See Surface."""
        return False

    def hand_over(self) -> None:
        """See Surface."""

    @property
    def can_hide(self) -> bool:
        """See Surface."""
        return False

    async def hide(self) -> None:
        """See Surface."""

    async def tell_alone(self, sentence: str) -> bool:
        """See Surface. A message can be answered for its author alone only by a DM, which they may not accept."""
        if self._question.guild is None:
            return False
        try:
            await self._question.author.send(sentence, suppress_embeds=True)
        except discord.HTTPException as error:
            log.info("Somebody could not be told by DM why they may not ask: %s.", described(error))
        return True

    async def reopen(self) -> None:
        """See Surface."""
        await _reopen(self._channel)

    def lasts(self) -> float | None:
        """See Surface."""
        return None

    async def ping(self, user: int, content: str) -> None:
        """See Surface."""
        await _ping(self._channel, self._messages[0], user, content)


class InteractionSurface:
    """The response to a deferred interaction: edited by its token while that is valid, by bot token afterwards.

    Args:
        interaction: the interaction, just received and deferred.
        limiters: the rate limiters of all replies.
        private: whether only the asker sees it. The bot token can't be used then.
    """

    def __init__(
        self, interaction: discord.Interaction[discord.Client], limiters: RateLimiters, *, private: bool = False
    ) -> None:
        self._interaction = interaction
        self._private = private
        self._channel = interaction.client.get_partial_messageable(
            interaction.channel_id or 0, guild_id=interaction.guild_id
        )
        self._limiters = limiters
        self._own_limiter = limiters.interaction()
        self._messages: list[discord.PartialMessage] = []
        self._original: int | None = None
        self._attached: dict[int, Sequence[discord.Attachment]] = {}
        self._handed_over = False
        self._hidden = False
        self._followups = 0
        self._received = time.monotonic()
        self._sent = 0

    @property
    def full(self) -> bool:
        """Whether Discord allows no further message of this interaction."""
        return is_guest(self._interaction) and self._followups >= GUEST_FOLLOWUPS

    @property
    def hidden(self) -> bool:
        """Whether only the asker sees the messages."""
        return self._private

    @property
    def _alive(self) -> bool:
        return not self._handed_over and self._token_lasts() > 0.0

    def _token_lasts(self) -> float:
        # Not by expires_at, which is by Discord's clock: this machine's may be wrong.
        return self._received + (_TOKEN - _HANDOVER).total_seconds() - time.monotonic()

    @property
    def _by_token(self) -> bool:
        return self._alive or not self._reachable

    @property
    def _reachable(self) -> bool:
        """Whether the messages can be edited by bot token."""
        hidden = {"view_channel", "connect"} & {*lacks_for(self._interaction)}
        seen = self._interaction.guild_id is None or not hidden
        return seen and not self._private and not is_guest(self._interaction)

    def limiter(self, page: int) -> RateLimiter:
        """See Surface."""
        if self._by_token:
            return self._own_limiter
        return self._limiters.channel(self._channel.id, new=page >= len(self._messages))

    @property
    def cost(self) -> float:
        """See Surface."""
        return 1.0 if self._by_token else _cost(self._received)

    @property
    def file_limit(self) -> int:
        """See Surface."""
        if not self._interaction.app_permissions.attach_files and self._interaction.guild_id is not None:
            return 0
        return self._interaction.filesize_limit if self._by_token else _limit_of(self._interaction.guild)

    async def write(self, page: int, post: Post, shown: Post | None = None) -> None:
        """See Surface."""
        if page < len(self._messages):
            with observed_by(self.limiter(page).bucket):
                await self._edit(self._messages[page], post, shown)
        elif not self._by_token or (page > 0 and not self._may_follow_up):
            nonce = _nonce(self._interaction.id, self._sent)
            sent = await self._channel.send(**new_message(post), nonce=nonce, silent=page > 0, suppress_embeds=True)
            self._sent += 1
            self._note(sent.id, sent.attachments)
            self._messages.append(self._channel.get_partial_message(sent.id))
        elif page == 0 and not self._hidden:
            first = await edit_by_token(self._interaction, None, **edited_message(post))
            self._original = first.id
            self._note(first.id, first.attachments)
            self._messages.append(self._channel.get_partial_message(first.id))
        elif self.full:
            raise NoFurtherMessage
        else:
            self._note_followup()
            sent = await self._interaction.followup.send(
                **new_message(post), wait=True, suppress_embeds=True, ephemeral=self._private
            )
            self._followups += 1
            self._note(sent.id, sent.attachments)
            self._messages.append(self._channel.get_partial_message(sent.id))

    async def _edit(self, message: discord.PartialMessage, post: Post, shown: Post | None) -> None:
        """Edit a message as it is edited now: by the interaction's token, or by bot token, which leaves the flags."""
        arguments = edited_message(post, shown, self._attached.get(message.id, ()))
        if self._by_token:
            id_ = None if message.id == self._original else message.id
            self._note(message.id, (await edit_by_token(self._interaction, id_, **arguments)).attachments)
        else:
            self._note(message.id, (await message.edit(**arguments)).attachments)

    def _note(self, message_id: int, attached: Sequence[discord.Attachment]) -> None:
        if attached:
            self._attached[message_id] = attached

    @property
    def _may_follow_up(self) -> bool:
        """Whether a further message should be a followup; where the bot token can't be used there is no other way."""
        return not self._reachable or self._limiters.can_follow_up(self._interaction.channel_id or 0)

    def _note_followup(self) -> None:
        if self._reachable:
            self._limiters.note_followup(self._interaction.channel_id or 0)

    async def remove_last(self) -> None:
        """See Surface."""
        last = self._messages[-1]
        if not self._by_token:
            await last.delete()
        elif last.id == self._original:
            await self._interaction.delete_original_response()
        else:
            await self._interaction.followup.delete_message(last.id)
        self._messages.pop()

    def forget(self, page: int) -> None:
        """See Surface."""
        del self._messages[page : page + 1]

    def page_of(self, message_id: int) -> int | None:
        """See Surface."""
        return _page_of(self._messages, message_id)

    def id_of(self, page: int) -> int:
        """See Surface."""
        return self._messages[page].id

    @property
    def can_hand_over(self) -> bool:
        """See Surface."""
        return self._reachable and not self._handed_over

    def hand_over(self) -> None:
        """See Surface."""
        self._handed_over = True

    @property
    def can_hide(self) -> bool:
        """See Surface."""
        return self._alive and not self._private and not self._interaction.context.dm_channel

    async def hide(self) -> None:
        """See Surface."""
        self._messages.clear()  # so that their deletion is not taken for somebody's
        await withdraw(self._interaction)
        self._private = self._hidden = True

    async def tell_alone(self, sentence: str) -> bool:
        """See Surface."""
        return False

    async def reopen(self) -> None:
        """See Surface."""
        await _reopen(self._channel)

    def lasts(self) -> float | None:
        """See Surface."""
        if self._reachable:
            return None
        return max(0.0, self._token_lasts())

    async def ping(self, user: int, content: str) -> None:
        """See Surface."""
        if self._private:
            return
        if self._by_token and self._may_follow_up:
            self._note_followup()
            await self._interaction.followup.send(content, allowed_mentions=_only(user), suppress_embeds=True)
        else:
            await _ping(self._channel, self._messages[0], user, content)


def _nonce(ask: int, sent: int) -> str:
    """Return what tells a message from the others of its reply: Discord then sends it once, however often it is asked.

    It does so for some minutes (discord.md section 3), long enough for the tries after an answer that got lost.
    """
    return f"{ask}.{sent}"


def _file(file: TextFile | MediaFile) -> discord.File:
    if isinstance(file, MediaFile):
        return file.open()
    # A surrogate without its partner can't be encoded; the two halves of a character can.
    text = file.text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return discord.File(io.BytesIO(text.encode()), _FILE)


def _limit_of(guild: discord.Guild | None) -> int:
    return guild.filesize_limit if guild else FILE_LIMIT


async def _ping(channel: discord.abc.Messageable, reply: Any, user: int, content: str) -> None:
    await channel.send(content, reference=_reply_to(reply), allowed_mentions=_only(user), suppress_embeds=True)


def _only(user: int) -> discord.AllowedMentions:
    """Allow one person alone to be pinged."""
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=[discord.Object(user)])


def _reply_to(message: discord.Message | discord.PartialMessage) -> discord.MessageReference:
    return message.to_reference(fail_if_not_exists=False)  # a deleted message is no reason not to answer


async def _reopen(thread: discord.abc.Messageable) -> None:
    await (await thread.send("…", silent=True)).delete()


def _page_of(messages: list[Any], message_id: int) -> int | None:
    return next((page for page, message in enumerate(messages) if message.id == message_id), None)


def _cost(begun: float) -> float:
    return 2.0 if time.monotonic() - begun > _OLD else 1.0
