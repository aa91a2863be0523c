"""The door /ask: receives, acknowledges, hands over."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.context import files


class AskCog(commands.Cog):
    """``/ask prompt model private file fresh``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(name="ask", description="Ask a model on Poe; the recent messages here go along")
    @app_commands.describe(
        prompt="What you want to know",
        model="Which model answers; left out, this server's default",
        private="Whether only you see the answer; left out, as chosen with /preferences",
        file="A text file that goes along",
        fresh="Whether to leave out what was said here before",
    )
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def ask(
        self,
        interaction: discord.Interaction[QuothBot],
        prompt: app_commands.Range[str, 1, 6000],
        model: app_commands.Range[str, 1, 100] | None = None,
        private: bool | None = None,
        file: discord.Attachment | None = None,
        fresh: bool = False,
    ) -> None:
        """Ask a model and stream its answer into this channel."""
        attached = [file] if file else []
        files.check(attached)  # whose refusal only the person sees
        if private is None:
            private = bool((await self.bot.ladder.manners(self.bot.place_of(interaction))).private)
        await interaction.response.defer(thinking=True, ephemeral=private)  # before anything else: Discord waits 3 s
        await self.bot.ask_here(interaction, prompt, model=model, private=private, attached=attached, fresh=fresh)

    @ask.autocomplete("model")
    async def complete_model(
        self, interaction: discord.Interaction[QuothBot], current: str
    ) -> list[app_commands.Choice[str]]:
        """Offer models for what was typed so far."""
        return await self.bot.model_choices(interaction, current)


async def setup(bot: QuothBot) -> None:
    """Let discord.py load this extension."""
    await bot.add_cog(AskCog(bot))
