"""The commands' names and descriptions in the languages that Quoth speaks, as Discord asks for them."""

import discord
from discord import app_commands

from bot.i18n.translate import spoken, translated


class Translator(app_commands.Translator):
    """Looks every text of a command up in the catalogues."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """Return a text in a language, None where it stays English."""
        del context
        said = translated(string.message, spoken(locale.value) or "en")
        return said if said != string.message else None
