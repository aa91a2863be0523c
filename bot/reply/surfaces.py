"""Where a reply's messages are: the answer to an interaction, or messages in a channel."""

from datetime import timedelta
from typing import Any, Protocol

import discord

from bot.discord_errors import NoFurtherMessage
from bot.permissions import surely_lacks
from bot.reply.pacing import Lane, Lanes
from bot.reply.posts import Post, answer_to, changed, new, only
from bot.reply.rate_limit_headers import heard_by

_HANDOVER = timedelta(minutes=2)  # before an interaction's token dies, everything goes on by bot token
_OLD = timedelta(minutes=55)  # Discord edits messages of over an hour half as often (discord.md section 1)
_GUESTS_FOLLOWUPS = 5  # of one interaction, where Quoth is a guest (discord.md section 2)


class Surface(Protocol):
    """A reply's messages: page numbers from 0, in order. Whatever discord.py raises comes through."""

    def lane(self, page: int) -> Lane:
        """Return where a request about this page takes its turn."""
        ...

    @property
    def cost(self) -> float:
        """For how many requests one counts."""
        ...

    async def write(self, page: int, post: Post) -> None:
        """Make this page's message say what ``post`` does; the message after the last one is made."""
        ...

    async def remove_last(self) -> None:
        """Take the last page's message away."""
        ...

    def forget(self, page: int) -> None:
        """Know that this page's message is gone: the next one takes its place."""
        ...

    def page_of(self, message_id: int) -> int | None:
        """Return which page this message is, if it is one."""
        ...

    def id_of(self, page: int) -> int:
        """Return this page's message."""
        ...

    def hand_over(self) -> bool:
        """Go on by bot token from now on; returns whether that is possible and new."""
        ...

    async def reopen(self) -> None:
        """Open the archived thread again: only a new message does that, which is taken away at once."""
        ...

    def lasts(self) -> float | None:
        """Return for how many seconds it can be written to; None where there is no limit."""
        ...

    async def ping(self, user: int, content: str) -> None:
        """Say something below the reply that notifies this one person, where others see it too."""
        ...


def is_guest(interaction: discord.Interaction[Any]) -> bool:
    """Whether Quoth is here only because a person brought it along: it is no member and sees what it is handed."""
    own = interaction.is_guild_integration() or interaction.context.dm_channel
    return interaction.is_user_integration() and not own


class ChannelSurface:
    """The answer to somebody's message: the first page replies to it, further pages follow."""

    def __init__(self, asked: discord.Message, lanes: Lanes) -> None:
        self._asked = asked
        self._channel = asked.channel
        self._lanes = lanes
        self._messages: list[discord.Message] = []

    def lane(self, page: int) -> Lane:
        """See Surface."""
        return self._lanes.channel(self._channel.id, new=page >= len(self._messages))

    @property
    def cost(self) -> float:
        """See Surface."""
        return _cost(self._messages)

    async def write(self, page: int, post: Post) -> None:
        """See Surface."""
        if page < len(self._messages):
            with heard_by(self.lane(page).budget):
                await self._messages[page].edit(**changed(post))
        elif page == 0:
            made = new(post)
            if "read_message_history" not in surely_lacks(self._channel):  # a reply needs the right to read
                made["reference"] = self._asked.to_reference(fail_if_not_exists=False)
            self._messages.append(await self._channel.send(**made, suppress_embeds=True))
        else:
            self._messages.append(await self._channel.send(**new(post), suppress_embeds=True, silent=True))

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

    def hand_over(self) -> bool:
        """See Surface."""
        return False

    async def reopen(self) -> None:
        """See Surface."""
        await _reopen(self._channel)

    def lasts(self) -> float | None:
        """See Surface."""
        return None

    async def ping(self, user: int, content: str) -> None:
        """See Surface."""
        await self._channel.send(content, reference=answer_to(self._messages[0]), allowed_mentions=only(user))


class InteractionSurface:
    """The answer to a deferred interaction: by its token while that lives, by bot token afterwards.

    Args:
        interaction: it was deferred already.
        lanes: where turns are taken.
        private: whether only the person sees it: then there is no way by bot token.
    """

    def __init__(
        self, interaction: discord.Interaction[discord.Client], lanes: Lanes, *, private: bool = False
    ) -> None:
        self._interaction = interaction
        self._private = private
        self._channel = interaction.client.get_partial_messageable(
            interaction.channel_id or 0, guild_id=interaction.guild_id
        )
        self._lanes = lanes
        self._own = lanes.interaction()
        self._messages: list[discord.InteractionMessage | discord.WebhookMessage | discord.Message] = []
        self._handed_over = False
        self._followups = 0

    @property
    def full(self) -> bool:
        """Whether Discord takes no further message of this interaction."""
        return is_guest(self._interaction) and self._followups >= _GUESTS_FOLLOWUPS

    @property
    def _alive(self) -> bool:
        return not self._handed_over and discord.utils.utcnow() < self._interaction.expires_at - _HANDOVER

    @property
    def _by_token(self) -> bool:
        return self._alive or not self._reachable

    @property
    def _reachable(self) -> bool:
        """Whether the bot itself gets at the messages."""
        seen = self._interaction.guild_id is None or self._interaction.app_permissions.view_channel
        return seen and not self._private and not is_guest(self._interaction)

    def lane(self, page: int) -> Lane:
        """See Surface."""
        if self._by_token:
            return self._own
        return self._lanes.channel(self._channel.id, new=page >= len(self._messages))

    @property
    def cost(self) -> float:
        """See Surface."""
        return 1.0 if self._by_token else _cost(self._messages)

    async def write(self, page: int, post: Post) -> None:
        """See Surface."""
        if page < len(self._messages):
            with heard_by(self.lane(page).budget):
                await self._at(page).edit(**changed(post))
        elif not self._by_token or (page > 0 and self._crowded()):
            self._messages.append(await self._channel.send(**new(post), suppress_embeds=True, silent=page > 0))
        elif page == 0:
            self._messages.append(await self._interaction.edit_original_response(**changed(post)))
        else:
            if self.full:
                raise NoFurtherMessage
            sent = await self._interaction.followup.send(
                **new(post), wait=True, suppress_embeds=True, ephemeral=self._private
            )
            self._followups += 1
            self._messages.append(sent)

    def _at(self, page: int) -> Any:
        """This page's message, as it can be reached now."""
        message = self._messages[page]
        return message if self._by_token else self._channel.get_partial_message(message.id)

    def _crowded(self) -> bool:
        """Whether a further page had better not be a followup."""
        return self._reachable and not self._lanes.may_follow_up(self._interaction.channel_id or 0)

    async def remove_last(self) -> None:
        """See Surface."""
        await self._at(-1).delete()
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

    def hand_over(self) -> bool:
        """See Surface."""
        possible = self._reachable and not self._handed_over
        self._handed_over = True
        return possible

    async def reopen(self) -> None:
        """See Surface."""
        await _reopen(self._channel)

    def lasts(self) -> float | None:
        """See Surface."""
        if self._reachable:
            return None
        return max(0.0, (self._interaction.expires_at - _HANDOVER - discord.utils.utcnow()).total_seconds())

    async def ping(self, user: int, content: str) -> None:
        """See Surface. A private answer has none: nobody leaves what only they see, and finds it by a ping."""
        if self._private:
            return
        if self._by_token and not self._crowded():
            await self._interaction.followup.send(content, allowed_mentions=only(user))
        else:
            await self._channel.send(content, reference=answer_to(self._messages[0]), allowed_mentions=only(user))


async def _reopen(thread: discord.abc.Messageable) -> None:
    await (await thread.send("…", silent=True)).delete()


def _page_of(messages: list[Any], message_id: int) -> int | None:
    return next((page for page, message in enumerate(messages) if message.id == message_id), None)


def _cost(messages: list[Any]) -> float:
    old = messages and discord.utils.utcnow() - discord.utils.snowflake_time(messages[0].id) > _OLD
    return 2.0 if old else 1.0
