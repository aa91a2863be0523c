"""Failed commands: one sentence for the person and one log line for the operator."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.i18n.translate import t
from bot.permissions import permission_name
from bot.ui.interactions import tell, tell_failure


class ErrorsCog(commands.Cog):
    """Answers failed commands; installed as the tree's error handler."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot
        bot.tree.error(self.answer)

    async def answer(
        self, interaction: discord.Interaction[discord.Client], error: app_commands.AppCommandError
    ) -> None:
        """Tell the person, privately and once, why their command did nothing."""
        what = f"/{interaction.command.qualified_name}" if interaction.command else "A command"
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, app_commands.MissingPermissions):
            missing = ", ".join(map(permission_name, cause.missing_permissions))
            await tell(interaction, t("You need the *{permission}* permission to do that.", permission=missing))
        elif isinstance(cause, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            await tell(interaction, t("This command has changed. Reload Discord and try again."))
        else:
            await tell_failure(interaction, cause, what)


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(ErrorsCog(bot))
