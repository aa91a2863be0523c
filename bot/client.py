"""QuothBot: the Discord client, with its services as attributes."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.asks import Ask
from bot.conversation import Place
from bot.i18n.commands import Translator
from bot.i18n.translate import later, speak, spoken, t
from bot.ops.logbook import Logbook
from bot.ops.poe_notices import Watch, operators
from bot.permissions import invite
from bot.reply.pacing import RateLimiters
from bot.reply.rate_limit_headers import header_trace
from bot.reply.surfaces import InteractionSurface, is_guest
from bot.services import Services

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.ask",
    "cogs.about",
    "cogs.messages",
    "cogs.model_choice",
    "cogs.model_browser",
    "cogs.preferences",
    "cogs.limits",
    "cogs.usage",
    "cogs.privacy",
    "cogs.departures",
    "cogs.reply_buttons",
    "cogs.recovery",
    "cogs.diagnose",
    "cogs.operator",
    "cogs.errors",
)
_SYNC = 3.0  # seconds that a start waits for its commands to be registered
_READY = 5.0  # seconds that an end waits for a start that is under way
_GUEST = later(
    "Quoth is not a member here: you brought it along, so it can't read what was said before. Put what it should know "
    "into your question, or choose Apps, Ask about this on a message. Only you see this, and only once."
)


class Tree(app_commands.CommandTree["QuothBot"]):
    """The commands, which speak the language of whoever uses them."""

    async def interaction_check(self, interaction: discord.Interaction["QuothBot"], /) -> bool:
        """Choose the language."""
        await interaction.client.speak_to(interaction)
        return True


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
            tree_cls=Tree,
            help_command=None,
            intents=intents,
            http_trace=header_trace(),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self.poe = services.poe
        self.asks = services.asks
        self.ladder = services.ladder
        self.models = services.models
        self.gate = services.gate
        self.stores = services.stores
        self.preferences = services.stores.preferences
        self.allowed = services.stores.allowed
        self.limits = services.stores.limits
        self.uses = services.stores.uses
        self.departures = services.stores.departures
        self.started = discord.utils.utcnow()
        self.logbook = Logbook()
        self.watch = Watch(self, lambda: self.owner_ids or ())
        self.lanes = RateLimiters()
        self._told_guests: set[int] = set()
        self._syncing: asyncio.Task[Any] | None = None

    @property
    def me(self) -> int:
        """Quoth's own user id; known once it is logged in."""
        return self.user.id if self.user else 0

    def place_of(self, where: discord.Interaction[Any] | discord.Message) -> Place:
        """Return who asks where."""
        user = where.user if isinstance(where, discord.Interaction) else where.author
        channel = where.channel
        guild = where.guild_id if isinstance(where, discord.Interaction) else where.guild and where.guild.id
        parent = channel.parent_id if isinstance(channel, discord.Thread) else None
        roles = tuple(role.id for role in user.roles) if isinstance(user, discord.Member) else ()
        return Place(user.id, channel.id if channel else 0, guild, parent, roles)

    async def speak_to(self, where: discord.Interaction[Any] | discord.Message) -> None:
        """Say everything from here on in the language of whoever is to be answered."""
        own = spoken(where.locale.value) if isinstance(where, discord.Interaction) else None
        here = spoken(where.guild.preferred_locale.value) if where.guild else None
        speak(await self.ladder.language(self.place_of(where), own, here))

    async def ask_here(
        self,
        interaction: discord.Interaction[Any],
        question: str,
        *,
        model: str | None = None,
        private: bool = False,
        attached: Sequence[discord.Attachment] = (),
        material: discord.Message | None = None,
        fresh: bool = False,
    ) -> None:
        """Run an ask whose reply is the answer to an interaction, which was deferred; the rest is as in Ask."""
        guest = is_guest(interaction)
        ask = Ask(
            interaction.id,
            self.place_of(interaction),
            self.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id),
            before=interaction,
            question=question,
            model=model,
            private=private,
            material=material,
            files=attached,
            fresh=fresh or guest,
        )
        surface = InteractionSurface(interaction, self.lanes, private=private)
        await self.asks.run(ask, surface, self.me)
        if guest and not (fresh or material or surface.full):
            await self._tell_guest(interaction)

    async def _tell_guest(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.user.id in self._told_guests:
            return
        with contextlib.suppress(discord.HTTPException):  # there may be no followup left, or no token
            await interaction.followup.send(t(_GUEST), ephemeral=True)
            self._told_guests.add(interaction.user.id)

    async def model_choices(self, where: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        """Models for what somebody has typed so far, as Discord shows them."""
        found = await self.models.search(self.place_of(where), typed)
        return [app_commands.Choice(name=model.label, value=model.name[:100]) for model in found]

    async def setup_hook(self) -> None:
        """Load every door and tell Discord which commands there are. One that fails to load stops the start."""
        if self.application:  # discord.py asked for it while logging in
            self.owner_ids = operators(self.application)
        self.asks.refusal = await self.stores.maintenance.sentence()
        self.watch.maintained = self.asks.refusal is not None
        self.watch.start(self.poe.holds())
        self.logbook.open()
        await self.tree.set_translator(Translator())
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
        link = invite(self.application_id or self.me)
        log.info("Logged in as %s in %d servers. Invite: %s", self.user, len(self.guilds), link)

        await self.watch.show()

    async def on_resumed(self) -> None:
        """Show below Quoth's name what may have changed meanwhile."""
        await self.watch.show()

    async def maintain(self, sentence: str | None) -> None:
        """Begin maintenance, in which whoever asks is told a sentence (empty for the usual one), or end it by None."""
        if sentence is None:
            await self.stores.maintenance.end()
        else:
            await self.stores.maintenance.begin(sentence)
        self.asks.refusal = sentence
        self.watch.maintained = sentence is not None
        await self.watch.show()

    async def on_message(self, message: discord.Message, /) -> None:
        """Leave messages to cogs.messages; Quoth has no prefix commands."""

    async def close(self) -> None:
        """End the asks while their replies can still be edited, then the connection."""
        await self.asks.close()
        await self.watch.close()
        self.logbook.close()
        if self._syncing:
            self._syncing.cancel()
        if self.ws and self.ws.open and not self.is_ready():
            # discord.py's own task that waits for the guilds would outlive the client and fail.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wait_until_ready(), _READY)
        await super().close()


def _tell_sync(syncing: asyncio.Task[Any]) -> None:
    if not syncing.cancelled() and (error := syncing.exception()):
        log.error("The commands could not be registered with Discord: %s", error)
