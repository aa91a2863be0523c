"""QuothBot: the Discord client, with its services as attributes."""

import asyncio
import contextlib
import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.conversation import Place
from bot.headers import listening
from bot.pacing import Lanes
from bot.services import Services

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.ask",
    "cogs.chat",
    "cogs.models",
    "cogs.catalogue",
    "cogs.preferences",
    "cogs.limits",
    "cogs.usage",
    "cogs.departures",
    "cogs.views",
    "cogs.errors",
)
_SYNC = 3.0  # seconds that a start waits for its commands to be registered
_READY = 5.0  # seconds that an end waits for a start that is under way
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    attach_files=True,
)
"""All that the invite link asks for."""


class QuothBot(commands.Bot):
    """The bot. Its services belong to whoever made them (bot/bootstrap.py); asks are ended when it closes.

    Args:
        services: what the doors use.
        message_content: whether Discord may be asked for the content of messages that don't mention Quoth.
    """

    def __init__(self, services: Services, *, message_content: bool) -> None:
        intents = discord.Intents(guilds=True, messages=True, message_content=message_content)
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents,
            http_trace=listening(),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self.asks = services.asks
        self.ladder = services.ladder
        self.models = services.models
        self.gate = services.gate
        self.preferences = services.preferences
        self.allowed = services.allowed
        self.limits = services.limits
        self.uses = services.uses
        self.departures = services.departures
        self.lanes = Lanes()
        self._syncing: asyncio.Task[Any] | None = None

    @property
    def me(self) -> int:
        """Quoth's own user id; known once it is logged in."""
        return self.user.id if self.user else 0

    def place_of(self, where: discord.Interaction[Any] | discord.Message) -> Place:
        """Return who asks where."""
        user = where.user if isinstance(where, discord.Interaction) else where.author
        channel, guild = where.channel, where.guild
        parent = channel.parent_id if isinstance(channel, discord.Thread) else None
        roles = tuple(role.id for role in user.roles) if isinstance(user, discord.Member) else ()
        return Place(user.id, channel.id if channel else 0, guild.id if guild else None, parent, roles)

    async def model_choices(self, where: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        """Models for what somebody has typed so far, as Discord shows them."""
        found = await self.models.search(self.place_of(where), typed)
        return [app_commands.Choice(name=model.label, value=model.name[:100]) for model in found]

    async def setup_hook(self) -> None:
        """Load every door and tell Discord which commands there are. One that fails to load stops the start."""
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        # Two syncs a minute are allowed (discord.md section 1), and discord.py holds the second back for the rest of
        # the minute after it was done: a restart must not wait for that.
        self._syncing = asyncio.create_task(self.tree.sync(), name="sync")
        done, _ = await asyncio.wait({self._syncing}, timeout=_SYNC)
        for syncing in done:
            syncing.result()  # without its commands Quoth does not start
        self._syncing.add_done_callback(_tell_sync)

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
        if self._syncing:
            self._syncing.cancel()
        if self.ws and not self.is_ready():
            # discord.py's own task that waits for the guilds would outlive the client and fail.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wait_until_ready(), _READY)
        await super().close()


def _tell_sync(syncing: asyncio.Task[Any]) -> None:
    if not syncing.cancelled() and (error := syncing.exception()):
        log.error("The commands could not be registered with Discord: %s", error)
