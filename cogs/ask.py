"""``/ask``, and *Ask about this* in a message's menu, which works without the message content intent."""

import contextlib
import logging
import time
from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.asks import Ask
from bot.client import QuothBot
from bot.context import files, material
from bot.context.own_threads import open_thread
from bot.discord_errors import described
from bot.errors import ModelNotAllowed, UnknownModel
from bot.i18n.translate import later, t
from bot.policy.scopes import may
from bot.reply.surfaces import InteractionSurface, is_guest
from bot.ui.default_model import retired_default
from bot.ui.interactions import Form
from bot.ui.suggestions import suggest_models

log = logging.getLogger(__name__)

_DAY = 24 * 3600.0
_GUEST = later(
    "You're using Quoth as a personal app here; it can't read earlier messages. Include what it needs in your "
    "question, or choose **Apps > Ask about this** on a message."
)


class AskCog(commands.Cog):
    """``/ask prompt model private file fresh`` and *Ask about this*."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot
        self._told_guests: set[int] = set()
        self._told_retired: dict[int, float] = {}
        menu: app_commands.ContextMenu = app_commands.ContextMenu(name="Ask about this", callback=self.ask_about)
        menu.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
        menu.allowed_installs = app_commands.AppInstallationType(guild=True, user=True)
        self._menu = menu  # discord.py has no decorator for menus in a cog

    async def cog_load(self) -> None:
        """Add the menu item."""
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Remove the menu item."""
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command(name="ask", description="Ask a model on Poe, with recent messages as context")
    @app_commands.describe(
        prompt="Your question",
        model="Model to ask. Without it, your default model (see /model show)",
        private="Show the answer only to you. Default: as set in /preferences",
        file="Text, image, PDF, sound or video to include with your question",
        fresh="Ask without earlier messages",
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
        files.check(attached)  # before deferring, so that only the person sees the refusal
        await self._ask(interaction, prompt, model=model, private=private, attached=attached, fresh=fresh)

    @ask.autocomplete("model")
    async def complete_model(
        self, interaction: discord.Interaction[QuothBot], current: str
    ) -> list[app_commands.Choice[str]]:
        """Suggest models for what was typed so far."""
        return await self.bot.model_choices(interaction, current)

    async def ask_about(self, interaction: discord.Interaction[Any], message: discord.Message) -> None:
        """Open a form for a question about a message."""
        unread = material.check(message, self.bot.me)
        choices = await self.bot.model_choices(interaction, "")
        await interaction.response.send_modal(AboutForm(self, choices, message, unread))

    async def submit_about(
        self, interaction: discord.Interaction[QuothBot], question: str, model: str | None, material: discord.Message
    ) -> None:
        """Ask about a message and stream the answer into this channel; a wrong model is refused privately before."""
        if model:
            offered = await self.bot.models.offered(self.bot.place_of(interaction))
            try:
                self.bot.models.find(offered, model)
            except (UnknownModel, ModelNotAllowed) as error:
                await suggest_models(
                    interaction, error, lambda pressed, near: self.submit_about(pressed, question, near, material)
                )
                return
        await self._ask(interaction, question, model=model, material=material)

    async def _ask(
        self,
        interaction: discord.Interaction[QuothBot],
        question: str,
        *,
        model: str | None = None,
        private: bool | None = None,
        attached: Sequence[discord.Attachment] = (),
        material: discord.Message | None = None,
        fresh: bool = False,
    ) -> None:
        """Defer the interaction, waiting for nothing before, and answer it; the rest is as in Ask."""
        place = self.bot.place_of(interaction)
        if private is None:
            private = self.bot.preferences.peek(place).private
        await interaction.response.defer(thinking=True, ephemeral=private)
        guest = is_guest(interaction)
        ask = Ask(
            interaction.id,
            place,
            self.bot.get_partial_messageable(interaction.channel_id or 0, guild_id=interaction.guild_id),
            before=interaction,
            question=question,
            model=model,
            private=private,
            material=material,
            files=attached,
            fresh=fresh,
            guest=guest,
            name=interaction.user.display_name,
        )
        surface = InteractionSurface(interaction, self.bot.rate_limiters, private=private)
        resolved = await self.bot.asks.run(ask, surface, self.bot.me)
        threads = resolved is not None and resolved.preferences.threads
        if threads and not private and isinstance(interaction.channel, discord.TextChannel):
            await self._open_thread(interaction.channel, surface, question)
        if guest and not (fresh or material or surface.full):
            await self._tell_guest(interaction)
        elif model is None and not surface.full:
            await self._tell_retired(interaction)

    async def _tell_retired(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Tell an admin, once a day in each server, that a default model which they can change is retired."""
        guild, now = interaction.guild_id or 0, time.monotonic()
        told = self._told_retired.get(guild, -_DAY)
        if now - told < _DAY or not (may(interaction, "guild") or may(interaction, "channel")):
            return
        retired = await retired_default(interaction)
        if retired is None:
            return
        with contextlib.suppress(discord.HTTPException):  # as in _tell_guest
            await self.bot.suggestions.ask(interaction, *retired)
            self._told_retired[guild] = now

    async def _open_thread(self, channel: discord.TextChannel, surface: InteractionSurface, question: str) -> None:
        """Open a thread on an answer, in which no mention is needed."""
        if surface.hidden:
            return
        try:
            await open_thread(channel.get_partial_message(surface.id_of(0)), question)
        except (discord.HTTPException, LookupError) as error:
            log.warning("A thread can't be opened on an answer: %s", described(error))

    async def _tell_guest(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Tell a person once what Quoth can't do where it is not a member."""
        if interaction.user.id in self._told_guests:
            return
        with contextlib.suppress(discord.HTTPException):  # there may be no followup left, or the token is dead
            await interaction.followup.send(t(_GUEST), ephemeral=True)
            self._told_guests.add(interaction.user.id)


class AboutForm(Form):
    """A question about a message, and the model that is to answer it; ``unread`` says what of it can't be read."""

    def __init__(
        self, cog: AskCog, models: Sequence[app_commands.Choice[str]], material: discord.Message, unread: str
    ) -> None:
        super().__init__(title=t("Ask about this"), timeout=900.0)
        self._cog = cog
        self._material = material
        self._question: discord.ui.TextInput[Any] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph, placeholder=t("What does this mean?"), max_length=4000
        )
        options = [discord.SelectOption(label=choice.name, value=str(choice.value)) for choice in models]
        self._model: discord.ui.Select[Any] = discord.ui.Select(
            placeholder=t("Default model"), options=options, min_values=0, required=False
        )
        self._named: discord.ui.TextInput[Any] = discord.ui.TextInput(
            placeholder=t("Any available model"), required=False, max_length=100
        )
        self.add_item(discord.ui.Label(text=t("Your question"), component=self._question))
        self.add_item(discord.ui.Label(text=t("Model"), component=self._model))
        self.add_item(discord.ui.Label(text=t("Or enter a name"), component=self._named))
        if unread:
            self.add_item(discord.ui.TextDisplay(unread))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Ask; a name that was typed has precedence."""
        model = self._named.value.strip() or next(iter(self._model.values), None)
        await self._cog.submit_about(interaction, self._question.value, model, self._material)


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(AskCog(bot))
