"""Where a reply's messages are: the answer to an interaction, or messages in a channel."""

from datetime import timedelta
from typing import Protocol

import discord

from bot.pacing import CHANNEL_GAP, INTERACTION_GAP

_HANDOVER = timedelta(minutes=2)  # before an interaction's token dies, everything goes on by bot token


class Surface(Protocol):
    """A reply's messages: page numbers from 0, in order. Whatever discord.py raises comes through."""

    @property
    def gap(self) -> float:
        """Seconds between two requests."""
        ...

    async def write(self, page: int, content: str) -> None:
        """Make this page's message say ``content``; the message after the last one is made."""
        ...

    async def remove_last(self) -> None:
        """Take the last page's message away."""
        ...

    def forget(self, page: int) -> None:
        """Know that the messages from this page on are gone; they are made anew when written to."""
        ...


class InteractionSurface:
    """The answer to a deferred interaction: by its token while that lives, by bot token afterwards."""

    def __init__(self, interaction: discord.Interaction[discord.Client]) -> None:
        self._interaction = interaction
        self._channel = interaction.client.get_partial_messageable(
            interaction.channel_id or 0, guild_id=interaction.guild_id
        )
        self._messages: list[discord.InteractionMessage | discord.WebhookMessage | discord.Message] = []

    @property
    def gap(self) -> float:
        """See Surface."""
        return INTERACTION_GAP if self._alive else CHANNEL_GAP

    @property
    def _alive(self) -> bool:
        return discord.utils.utcnow() < self._interaction.expires_at - _HANDOVER

    async def write(self, page: int, content: str) -> None:
        """See Surface."""
        if page < len(self._messages):
            message = self._messages[page]
            if self._alive:
                await message.edit(content=content)
            else:
                await self._channel.get_partial_message(message.id).edit(content=content)
        elif not self._alive:
            self._messages.append(await self._channel.send(content, suppress_embeds=True))
        elif page == 0:
            self._messages.append(await self._interaction.edit_original_response(content=content))
        else:
            sent = await self._interaction.followup.send(content, wait=True, suppress_embeds=True)
            self._messages.append(sent)

    async def remove_last(self) -> None:
        """See Surface."""
        message = self._messages.pop()
        await (message if self._alive else self._channel.get_partial_message(message.id)).delete()

    def forget(self, page: int) -> None:
        """See Surface."""
        del self._messages[page:]


class ChannelSurface:
    """The answer to somebody's message: the first page replies to it, further pages follow."""

    gap = CHANNEL_GAP

    def __init__(self, asked: discord.Message) -> None:
        self._asked = asked
        self._messages: list[discord.Message] = []

    async def write(self, page: int, content: str) -> None:
        """See Surface."""
        if page < len(self._messages):
            await self._messages[page].edit(content=content, suppress=True)
        elif page == 0:
            reference = self._asked.to_reference(fail_if_not_exists=False)
            sent = await self._asked.channel.send(content, reference=reference, suppress_embeds=True)
            self._messages.append(sent)
        else:
            self._messages.append(await self._asked.channel.send(content, suppress_embeds=True, silent=True))

    async def remove_last(self) -> None:
        """See Surface."""
        await self._messages.pop().delete()

    def forget(self, page: int) -> None:
        """See Surface."""
        del self._messages[page:]
