"""Commands for Quoth's operator: ``/status`` and ``/maintenance``."""

import re
from datetime import UTC, datetime
from importlib import metadata

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.errors import OperatorOnly
from bot.i18n.translate import nt, t
from bot.ops.logbook import Entry
from bot.ops.poe_notices import TRY_AGAIN, try_again_button
from bot.poe.queue import Figures
from bot.reply.buttons import button_view
from bot.ui.interactions import Control, tell

_LINE = 150  # characters of a log line
_NOBODY = discord.Permissions()
"""Discord shows such a command to a server's admins only; Quoth itself checks who uses it."""


class TryAgainButton(Control, template=re.escape(TRY_AGAIN)):
    """The button of ``/status`` and of the operator's DMs, also of those that an earlier run sent."""

    async def act(self, interaction: discord.Interaction[QuothBot], /) -> None:
        """Let the questions that wait go on."""
        bot = interaction.client
        if not await bot.is_owner(interaction.user):
            raise OperatorOnly
        if bot.poe.try_now():
            await tell(interaction, t("Quoth tries again with the next question, without waiting."))
        else:
            await tell(interaction, t("Nothing keeps Quoth from asking Poe."))


class OperatorCog(commands.Cog):
    """``/status``, ``/maintenance on`` and ``/maintenance off``."""

    maintenance = app_commands.Group(
        name="maintenance",
        description="Turn maintenance on or off (bot operator only)",
        default_permissions=_NOBODY,
    )

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Register the button."""
        self.bot.add_dynamic_items(TryAgainButton)

    async def cog_unload(self) -> None:
        """Unregister the button."""
        self.bot.remove_dynamic_items(TryAgainButton)

    @app_commands.command(name="status", description="Show Quoth's status across all servers (bot operator only)")
    @app_commands.default_permissions(_NOBODY)
    async def status(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Tell the operator, and nobody else, how Quoth and Poe are doing, without anything that people wrote."""
        await self._only_operator(interaction)
        lines = [*self._lines(await self.bot.stores.maintenance.size()), *self._newest()]
        buttons = (try_again_button(),) if self.bot.poe_notices.trouble else ()
        view = button_view(buttons)
        await interaction.response.send_message("\n".join(lines), view=view, ephemeral=True, suppress_embeds=True)

    @maintenance.command(name="on", description="Stop taking new questions; running ones finish as usual")
    @app_commands.describe(sentence="What to tell people who ask in the meantime")
    async def begin(
        self, interaction: discord.Interaction[QuothBot], sentence: app_commands.Range[str, 1, 500] | None = None
    ) -> None:
        """Refuse new questions, also after a restart."""
        await self._only_operator(interaction)
        await self.bot.set_maintenance(sentence or "")
        running = self.bot.poe.figures().running
        text = t("Maintenance is on: Quoth isn't taking new questions. Still running: {running}.", running=running)
        await interaction.response.send_message(text, ephemeral=True)

    @maintenance.command(name="off", description="Start taking questions again")
    async def end(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Take questions again."""
        await self._only_operator(interaction)
        await self.bot.set_maintenance(None)
        await interaction.response.send_message(
            t("Maintenance is off: Quoth is taking questions again."), ephemeral=True
        )

    async def _only_operator(self, interaction: discord.Interaction[QuothBot]) -> None:
        if not await self.bot.is_owner(interaction.user):
            raise OperatorOnly

    def _lines(self, size: int) -> list[str]:
        """Return how Quoth and Poe are doing, a line each."""
        figures, trouble = self.bot.poe.figures(), self.bot.poe_notices.trouble
        cap = str(figures.hourly) if figures.hourly else t("none")
        lines = [
            t("**Quoth {version}**, started {when}", version=_version(), when=_ago(self.bot.started.timestamp())),
            t("**Queue:** {waiting} waiting, {running} running", waiting=figures.waiting, running=figures.running),
            nt(
                "**Poe account:** {count} question in the last hour (hourly cap: {cap})",
                "**Poe account:** {count} questions in the last hour (hourly cap: {cap})",
                figures.sent,
                cap=cap,
            ),
            t("**Poe:** {state}", state=trouble.user_message if trouble else t("no problems")),
            *self._ways(figures),
            t("**Servers:** {count}", count=len(self.bot.guilds)),
            t("**Database:** {size} KB", size=-(-size // 1024)),
        ]
        if self.bot.poe_notices.maintenance:
            lines.insert(1, t("**Maintenance is on:** Quoth isn't taking new questions."))
        return lines

    def _ways(self, figures: Figures) -> list[str]:
        """Return a line for each way to Poe that is used."""
        lines: list[str] = []
        if figures.browser is not None:
            lines.append(t("**Browser:** {state}", state=t("running") if figures.browser else t("not running")))
        if (points := self.bot.points) and points.balance is None:
            lines.append(t("**Poe's API:** the points aren't known yet"))
        elif points:
            left, spent = f"{points.balance:,}", f"{points.spent_today:,}"
            lines.append(t("**Poe's API:** {left} points left, {spent} spent today", left=left, spent=spent))
        if figures.other_accounts:
            lines.append(t("**Other accounts:** new questions go to them for now"))
        if figures.falls_back:
            lines.append(t("**Fallback:** new questions go to Poe's API for now"))
        return lines

    def _newest(self) -> list[str]:
        """Return the newest warnings and errors, a line each."""
        lines = [_line(entry) for entry in reversed(self.bot.logbook.entries)]
        return [t("**Recent warnings and errors:**"), *lines] if lines else [t("**Recent warnings and errors:** none")]


def _line(entry: Entry) -> str:
    message = " ".join(entry.message.split())
    message = message if len(message) <= _LINE else f"{message[: _LINE - 1]}…"
    times = f" ({entry.times}×)" if entry.times > 1 else ""
    return f"{_ago(entry.at)} {entry.level}{times}: {discord.utils.escape_markdown(message)}"


def _ago(at: float) -> str:
    return discord.utils.format_dt(datetime.fromtimestamp(at, UTC), "R")


def _version() -> str:
    try:
        return metadata.version("quoth")
    except metadata.PackageNotFoundError:  # run from its folder without being installed
        return "?"


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(OperatorCog(bot))
