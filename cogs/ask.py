"""The door /ask: receives, acknowledges, hands over."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.asks import Ask
from bot.client import QuothBot
from bot.surfaces import InteractionSurface


class AskCog(commands.Cog):
    """``/ask prompt model private``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(name="ask", description="Ask a model on Poe; the recent messages here go along")
    @app_commands.describe(
        prompt="What you want to know",
        model="Which model answers; left out, this server's default",
        private="Whether only you see the answer; left out, as chosen with /preferences",
    )
    async def ask(
        self,
        interaction: discord.Interaction[QuothBot],
        prompt: app_commands.Range[str, 1, 6000],
        model: app_commands.Range[str, 1, 100] | None = None,
        private: bool | None = None,
    ) -> None:
        """Ask a model and stream its answer into this channel."""
        if private is None:
            private = bool((await self.bot.ladder.manners(self.bot.place_of(interaction))).private)
        await interaction.response.defer(thinking=True, ephemeral=private)  # before anything else: Discord waits 3 s
        channel = self.bot.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id)
        ask = Ask(
            interaction.id,
            self.bot.place_of(interaction),
            channel,
            before=interaction,
            question=prompt,
            model=model,
            private=private,
        )
        await self.bot.asks.run(ask, InteractionSurface(interaction, self.bot.lanes, private=private), self.bot.me)

    @ask.autocomplete("model")
    async def complete_model(
        self, interaction: discord.Interaction[QuothBot], current: str
    ) -> list[app_commands.Choice[str]]:
        """Offer models for what was typed so far."""
        return await self.bot.model_choices(interaction, current)


async def setup(bot: QuothBot) -> None:
    """Let discord.py load this extension."""
    await bot.add_cog(AskCog(bot))
