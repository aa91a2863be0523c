"""``/preferences``: opens the panel, whose every press is checked and stored at once."""

import logging
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.errors import NotAllowed
from bot.i18n.translate import later, t
from bot.policy.scopes import WHERE, Target, Where, seen_by, target
from bot.ui.interactions import Control
from bot.ui.preferences_panel import (
    FOLLOW,
    RESET,
    RULES,
    TEMPLATE,
    Choices,
    Field,
    Value,
    field_named,
    fields,
    panel,
    title,
    value_text,
)
from storage.preferences import Preferences

log = logging.getLogger(__name__)


class PreferenceControl(Control, template=TEMPLATE):
    """A menu or a switch of the panel."""

    async def act(self, interaction: discord.Interaction[Any], /) -> None:
        """Store the choice and update the panel."""
        row = self._target(interaction)
        notice = await self._change(interaction, row)
        interaction.client.speak_to(interaction)  # the language may be what was chosen
        await interaction.response.edit_message(view=await _panel(interaction, row, notice))

    def _target(self, interaction: discord.Interaction[QuothBot]) -> Target:
        """Check the person's permissions again: they can have changed since the panel was opened."""
        row = target(interaction, self.match["scope"])  # type: ignore[arg-type]  # TEMPLATE matches nothing else
        if row.id != int(self.match["id"]):
            raise NotAllowed(sentence=later("This panel belongs somewhere else. Open a new one with `/preferences`."))
        return row

    async def _change(self, interaction: discord.Interaction[QuothBot], row: Target) -> str:
        store, name = interaction.client.stores.preferences, self.match["field"]
        if name == RESET:
            await store.reset(row.scope, row.id, *fields(row.scope))
            return t("✓ All preferences here were reset.")
        field = field_named(name)
        if field not in fields(row.scope):
            raise NotAllowed(sentence=later("This panel has expired. Open it again with `/preferences`."))
        value = _value(field, self.match["value"] or _chosen(interaction))
        if value is None:
            await store.reset(row.scope, row.id, field)
            return t("✓ {title}: reset.", title=title(field))
        await store.change(row.scope, row.id, row.guild, replace(Preferences(), **{field: value}))
        return t("✓ {title}: {value}.", title=title(field), value=value_text(field, value))


class PreferencesCog(commands.Cog):
    """``/preferences``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Register the panel's controls, those of earlier runs included."""
        self.bot.add_dynamic_items(PreferenceControl)

    async def cog_unload(self) -> None:
        """Unregister the controls."""
        self.bot.remove_dynamic_items(PreferenceControl)

    @app_commands.command(
        name="preferences", description="View and change preferences for you, this channel or this server"
    )
    @app_commands.describe(where="Whose preferences to open. Default: yours")
    async def preferences(self, interaction: discord.Interaction[QuothBot], where: Where = "me") -> None:
        """Open the panel, for this person alone."""
        row = target(interaction, WHERE[where])
        await interaction.response.send_message(view=await _panel(interaction, row, ""), ephemeral=True)


async def _panel(interaction: discord.Interaction[QuothBot], row: Target, notice: str) -> discord.ui.LayoutView:
    bot = interaction.client
    layers = await bot.preferences.layers(bot.place_of(interaction))
    own = await bot.stores.preferences.of(row.scope, row.id)
    choices = Choices(row, own, layers.above(RULES[row.scope]))
    return panel(choices, f"{notice} {seen_by(row.scope)}".strip())


def _chosen(interaction: discord.Interaction[QuothBot]) -> str:
    data: Any = interaction.data
    return data["values"][0] if data and data.get("values") else FOLLOW


def _value(field: Field, text: str) -> Value | None:
    """Parse a control's value; None clears the choice."""
    if text == FOLLOW:
        return None
    if field == "history":
        return int(text)
    return text == "1" if text in ("0", "1") else text


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(PreferencesCog(bot))
