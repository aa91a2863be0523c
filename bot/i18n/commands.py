"""The names and descriptions of the commands in every language, for Discord to show."""

import discord
from discord import app_commands

from bot.i18n.translate import spoken, translated


class Translator(app_commands.Translator):
    """Looks up the texts of a command in the catalogues."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """Return a text in a language, or None if it stays English."""
        del context
        text = translated(string.message, spoken(locale.value) or "en")
        return text if text != string.message else None
