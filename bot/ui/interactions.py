"""What all buttons, menus and forms share: they answer in the language of the person who uses them, also on failure."""

import logging
import re
from typing import Any, Self

import discord

from bot.errors import QuothError
from bot.unexpected import log_failure, sentence

log = logging.getLogger(__name__)


async def tell(interaction: discord.Interaction[Any], text: str) -> None:
    """Send a message that only the person sees, as the first answer or as a followup."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True, suppress_embeds=True)
        else:
            await interaction.response.send_message(text, ephemeral=True, suppress_embeds=True)
    except discord.HTTPException as error:
        log.warning("Could not answer an interaction (HTTP %s, code %s).", error.status, error.code)


async def tell_failure(interaction: discord.Interaction[Any], error: Exception, what: str) -> None:
    """Tell a person why what they tried did nothing; ``what`` names it in the log."""
    if isinstance(error, QuothError):
        log.info("%s: %s", what, error.operator_message)
        await tell(interaction, error.user_message)
    else:
        log_failure(log, what, error)
        await tell(interaction, sentence(error))


class Control(discord.ui.DynamicItem[discord.ui.Item[Any]], template=r"(?!)"):
    """A button or menu that works after a restart too: all that it needs is in its id, which ``template`` matches.

    A subclass names its own template and does its work in ``act``.
    """

    def __init__(self, item: discord.ui.Item[Any], match: re.Match[str]) -> None:
        super().__init__(item)
        self.match = match

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the control that was used."""
        return cls(item, match)

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Choose the language. Anybody may use the control so far: ``act`` checks who may."""
        interaction.client.speak_to(interaction)
        return True

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the control is for; tell the person if that fails."""
        try:
            await self.act(interaction)
        except Exception as error:  # noqa: BLE001 - discord.py would only log it
            await tell_failure(interaction, error, type(self).__name__)

    async def act(self, interaction: discord.Interaction[Any], /) -> None:
        """Do what the control is for."""
        raise NotImplementedError


class Form(discord.ui.Modal):
    """A form that people fill in."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Choose the language."""
        interaction.client.speak_to(interaction)
        return True

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:
        """Tell the person alone why it did nothing."""
        await tell_failure(interaction, error, type(self).__name__)
