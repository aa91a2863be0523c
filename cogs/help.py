"""``/help``: the short list of what a person can do where they are."""

from collections.abc import Iterator
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.i18n.translate import t
from bot.policy.scopes import may, server_of


class HelpCog(commands.Cog):
    """``/help``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(name="help", description="Show what you can do here")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def help(self, interaction: discord.Interaction[QuothBot]) -> None:
        """List what this person can do in this place."""
        operator = interaction.user.id in (self.bot.owner_ids or ())
        await interaction.response.send_message("\n".join(_lines(interaction, operator=operator)), ephemeral=True)


def _lines(interaction: discord.Interaction[Any], *, operator: bool) -> Iterator[str]:
    direct, server = isinstance(interaction.channel, discord.DMChannel), server_of(interaction)
    yield t("**What you can do here**")
    yield t("- `/ask`: ask any model; begin to type its name to find it")
    if direct:
        yield t("- Write a message: it's a question, without any command")
    elif server is not None:
        yield t("- Mention Quoth with a question, or reply to one of its messages to go on")
    yield t("- **Apps > Ask about this** on a message: ask about it")
    if direct or server is not None:
        yield t("- `/models`: browse the models and choose your default; `/model show`: see which one answers")
        yield t("- `/preferences`: context messages, model reasoning, private answers, language, chats on Poe and more")
        yield t("- `/instructions set`: what models are told before each of your questions")
        yield t("- `/forget`: clear the context, if you manage messages here")
        yield t("- `/usage`: count your questions and see your limits")
    yield t("- `/privacy show`, `/privacy opt-out`, `/privacy delete`: your data")
    if may(interaction, "guild"):
        yield t("**For admins**")
        yield t("- `/model set`, `/model allow`: this server's default model, and the models that it can use")
        yield t("- `/limits set`, `/limits show`: limit questions; `/diagnose`: find missing permissions")
    if operator:
        yield t("**For the bot's operator**")
        yield t("- `/status`: how Quoth is doing; `/maintenance on`: stop taking questions")


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(HelpCog(bot))
