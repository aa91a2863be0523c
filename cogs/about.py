"""The door in a message's menu: Apps, Ask about this. It works without the message content intent."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.context import files
from bot.errors import PromptError
from bot.i18n.translate import later, t
from bot.ui.interactions import Form

_NOTHING = later("There is no text in that message that Quoth could be asked about.")


class AboutCog(commands.Cog):
    """``Ask about this``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot
        menu: app_commands.ContextMenu = app_commands.ContextMenu(name="Ask about this", callback=self.ask_about)
        menu.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
        menu.allowed_installs = app_commands.AppInstallationType(guild=True, user=True)
        self._menu = menu

    async def cog_load(self) -> None:
        """Add the menu's entry."""
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Take it away."""
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)

    async def ask_about(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        """Ask what the person wants to know about a message."""
        if not (message.content or message.embeds or any(files.is_text(file) for file in message.attachments)):
            raise PromptError(sentence=_NOTHING)
        await interaction.response.send_modal(About(await self.bot.model_choices(interaction, ""), message))


class About(Form):
    """What somebody wants to know about a message, and who shall answer."""

    def __init__(self, models: Sequence[app_commands.Choice[str]], material: discord.Message) -> None:
        super().__init__(title=t("Ask about this"), timeout=900.0)
        self._material = material
        self._question: discord.ui.TextInput[Any] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph, placeholder=t("What does it mean?"), max_length=4000
        )
        options = [discord.SelectOption(label=choice.name, value=str(choice.value)) for choice in models]
        self._model: discord.ui.Select[Any] = discord.ui.Select(
            placeholder=t("Whichever answers here"), options=options, min_values=0, required=False
        )
        self.add_item(discord.ui.Label(text=t("Your question"), component=self._question))
        self.add_item(discord.ui.Label(text=t("Model"), component=self._model))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Ask, and stream the answer into this channel."""
        await interaction.response.defer(thinking=True)
        bot: QuothBot = interaction.client
        model = next(iter(self._model.values), None)
        await bot.ask_here(interaction, self._question.value, model=model, material=self._material)


async def setup(bot: QuothBot) -> None:
    """Let discord.py load this extension."""
    await bot.add_cog(AboutCog(bot))
