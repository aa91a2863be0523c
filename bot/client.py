"""QuothBot: the Discord client, with its services as attributes."""

import logging

import discord
from discord import app_commands
from discord.ext import commands

from bot.asks import Asks
from bot.poe.catalogue import Catalogue
from storage.preferences import PreferencesStore

log = logging.getLogger(__name__)

EXTENSIONS = ("cogs.ask", "cogs.chat", "cogs.models", "cogs.errors")
PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, read_message_history=True
)
"""All that the invite link asks for."""


class QuothBot(commands.Bot):
    """The bot. Its services belong to whoever made them (bot/bootstrap.py); asks are ended when it closes.

    Args:
        asks: runs asks.
        catalogue: the models that are offered.
        preferences: what admins chose.
        message_content: whether Discord may be asked for the content of messages that don't mention Quoth.
    """

    def __init__(
        self, asks: Asks, catalogue: Catalogue, preferences: PreferencesStore, *, message_content: bool
    ) -> None:
        intents = discord.Intents(guilds=True, messages=True, message_content=message_content)
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self.asks = asks
        self.catalogue = catalogue
        self.preferences = preferences

    @property
    def me(self) -> int:
        """Quoth's own user id; known once it is logged in."""
        return self.user.id if self.user else 0

    async def setup_hook(self) -> None:
        """Load every door and tell Discord which commands there are. One that fails to load stops the start."""
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        await self.tree.sync()

    async def on_ready(self) -> None:
        """Say that Quoth is there, and how to invite it."""
        link = discord.utils.oauth_url(
            self.application_id or self.me, permissions=PERMISSIONS, scopes=("bot", "applications.commands")
        )
        log.info("Logged in as %s in %d servers. Invite: %s", self.user, len(self.guilds), link)

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave messages to cogs.chat; Quoth has no prefix commands."""

    async def close(self) -> None:
        """End the asks while their replies can still be edited, then the connection."""
        await self.asks.close()
        await super().close()
