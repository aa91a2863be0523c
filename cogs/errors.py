"""What a command could not do, as one plain sentence for the person and one line for the operator."""

import logging

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.errors import QuothError
from bot.failures import sentence
from bot.languages import t
from bot.preflight import called

log = logging.getLogger(__name__)


class ErrorsCog(commands.Cog):
    """Answers failed commands; installed as the tree's error handler."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot
        bot.tree.error(self.answer)

    async def answer(
        self, interaction: discord.Interaction[discord.Client], error: app_commands.AppCommandError
    ) -> None:
        """Tell the person, privately and once, why their command did nothing."""
        name = interaction.command.qualified_name if interaction.command else "?"
        told = self._sentence(name, error)
        try:
            if interaction.response.is_done():
                await interaction.followup.send(told, ephemeral=True)
            else:
                await interaction.response.send_message(told, ephemeral=True)
        except discord.HTTPException as failed:
            log.warning("/%s: its failure could not be told (%s, code %s).", name, failed.status, failed.code)

    def _sentence(self, name: str, error: app_commands.AppCommandError) -> str:
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, QuothError):
            log.info("/%s: %s", name, cause.operator_message)
            return cause.user_message
        if isinstance(cause, app_commands.MissingPermissions):
            missing = ", ".join(map(called, cause.missing_permissions))
            return t("You need the permission {permission} for that.", permission=missing)
        if isinstance(cause, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            return t("This command has changed. Please reload Discord and try again.")
        log.error("/%s failed unexpectedly.", name, exc_info=cause)
        return sentence(cause)


async def setup(bot: QuothBot) -> None:
    """Let discord.py load this extension."""
    await bot.add_cog(ErrorsCog(bot))
