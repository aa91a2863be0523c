"""The door of models: which one is used here, and choosing another for a server."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.poe.catalogue import Model
from storage.preferences import Preferences


# Not guild_only, which would leave the bot's default contexts, and with them DMs, in place.
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
class ModelCog(commands.GroupCog, group_name="model", group_description="Which model answers in this server"):
    """``/model show`` and ``/model set``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(name="show", description="Show which model answers here when /ask names none")
    async def show(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Say which model is used here and who chose it."""
        model, rule = await self.bot.asks.resolve(self.bot.place_of(interaction))
        text = f"`{model.name}` answers here when `/ask` names no model (chosen by {rule})."
        await _tell(interaction, model, text)

    @app_commands.command(name="set", description="Choose the model for this server (needs Manage Server)")
    @app_commands.describe(model="The model that answers when /ask names none")
    @app_commands.checks.has_permissions(manage_guild=True)
    async def set_model(
        self, interaction: discord.Interaction[QuothBot], model: app_commands.Range[str, 1, 100]
    ) -> None:
        """Store a server's default model."""
        chosen = self.bot.catalogue.find(model)
        guild = interaction.guild_id or 0
        await self.bot.preferences.change("guild", guild, guild, Preferences(model=chosen.name))
        await _tell(interaction, chosen, f"From now on `{chosen.name}` answers in this server.")

    @set_model.autocomplete("model")
    async def complete_model(
        self, interaction: discord.Interaction[QuothBot], current: str
    ) -> list[app_commands.Choice[str]]:
        """Offer models for what was typed so far."""
        del interaction
        return self.bot.model_choices(current)


async def _tell(interaction: discord.Interaction[QuothBot], model: Model, text: str) -> None:
    """Answer privately, so that it does not become a part of the channel's history."""
    retired = " Poe has retired it: it may no longer answer." if model.retired else ""
    await interaction.response.send_message(text + retired, ephemeral=True)


async def setup(bot: QuothBot) -> None:
    """Let discord.py load this extension."""
    await bot.add_cog(ModelCog(bot))
