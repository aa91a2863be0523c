"""``/privacy`` and ``/forget``: opting out, seeing and deleting what is stored, and starting a channel over."""

import contextlib
import io
from datetime import UTC, datetime
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.i18n.translate import later, nt, t
from bot.markdown.own_lines import Sign, own_line
from bot.reply.surfaces import GUEST_FOLLOWUPS, is_guest

_FILE = "what-quoth-stores.json"
_FILE_SIZE = 8_000_000  # bytes; Discord takes 10 MB (discord.md section 2)
_MORE = later(
    "Discord allows no further files here. Use `/privacy show` in a server that Quoth is in to get all of them."
)
_NOT_ERASED = later(
    "Traces of it may stay in the database's log file, because another program is reading the database. Quoth tries to "
    "empty that file again every hour."
)


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
@app_commands.allowed_installs(guilds=True, users=True)
class PrivacyCog(
    commands.GroupCog, group_name="privacy", group_description="Control how Quoth uses and stores your messages"
):
    """``/privacy opt-out``, ``opt-in``, ``show`` and ``delete``: about the person who uses them, answered privately."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(name="opt-out", description="Stop Quoth from using your messages as context")
    async def opt_out(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Leave a person's messages out of history."""
        await self.bot.stores.opt_outs.opt_out(interaction.user.id)
        await _tell(
            interaction,
            t(
                "Quoth will no longer include your messages or past questions in anyone's context, except DMs and "
                "reply chains you continue. Use `/privacy opt-in` to undo this."
            )
            + " "
            + t(
                "Quoth can't tell who writes through a webhook, as with PluralKit. Such messages are left out too, "
                "unless a server's admins turned them on."
            ),
        )

    @app_commands.command(name="opt-in", description="Allow Quoth to use your messages as context again")
    async def opt_in(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Read a person's messages again."""
        await self.bot.stores.opt_outs.opt_in(interaction.user.id)
        await _tell(interaction, t("Quoth can use your messages as context again."))

    @app_commands.command(name="show", description="Show what Quoth stores about you")
    async def show(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Tell a person what is stored about them, with all of it in files if Quoth may attach any."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        personal, user_id = self.bot.stores.personal_data, interaction.user.id
        counts = await personal.counts(user_id)
        lines = _listed(counts, await personal.oldest_ask(user_id))
        if not counts or not (interaction.guild is None or interaction.app_permissions.attach_files):
            await interaction.followup.send(lines, ephemeral=True)
            return
        number, most = 0, GUEST_FOLLOWUPS if is_guest(interaction) else float("inf")
        async with contextlib.aclosing(personal.export(user_id, _FILE_SIZE)) as documents:
            async for document in documents:
                number += 1
                text = lines if number == 1 else t(_MORE) if number == most else ""
                await interaction.followup.send(text, file=discord.File(io.BytesIO(document), _FILE), ephemeral=True)
                if number == most:
                    break

    @app_commands.command(name="delete", description="Delete what Quoth stores about you")
    async def delete(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Delete what is stored about a person, and say what remains elsewhere."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        deleted = await self.bot.stores.personal_data.delete(interaction.user.id)
        await interaction.followup.send(
            nt(
                "Deleted {count} entry and everything that belonged to it.",
                "Deleted {count} entries and everything that belonged to them.",
                deleted.rows,
            )
            + " "
            + ("" if deleted.erased else t(_NOT_ERASED) + " ")
            + t(
                "The buttons on your earlier answers no longer work. Quoth can't delete messages in Discord (you or "
                "a moderator can), chats in the operator's Poe account, or what Poe and the models' makers keep. If "
                "you opted out, you stay opted out."
            )
            + " "
            + nt(
                "Quoth keeps your ID and the time of this deletion for {count} day, so that restoring a backup doesn't "
                "bring your data back.",
                "Quoth keeps your ID and the time of this deletion for {count} days, so that restoring a backup "
                "doesn't bring your data back.",
                self.bot.stores.days,
            ),
            ephemeral=True,
        )


class ForgetCog(commands.Cog):
    """``/forget``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(name="forget", description="Clear the context: Quoth no longer reads earlier messages here")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def forget(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Forget this channel, thread or DM up to here. Needs Manage Messages, one's own thread, or a DM."""
        if not _may_forget(interaction):
            await _tell(
                interaction,
                t(
                    "You need the *Manage Messages* permission to clear the context here, or a thread you created. "
                    "Use `/ask fresh:True` to ask without earlier messages, or `/privacy opt-out` to keep your own "
                    "messages out of the context."
                ),
            )
            return
        await self.bot.stores.watermarks.forget(interaction.channel_id or 0, interaction.id)
        # One of Quoth's own lines, so that it does not become part of the history.
        line = own_line(Sign.STATUS, t("Context cleared: Quoth no longer reads messages above this line."))
        await interaction.response.send_message(line)


def _may_forget(interaction: discord.Interaction[Any]) -> bool:
    if interaction.guild_id is None or interaction.permissions.manage_messages:
        return True
    return isinstance(interaction.channel, discord.Thread) and interaction.channel.owner_id == interaction.user.id


def _listed(counts: dict[str, int], oldest: float | None) -> str:
    lines: list[str] = []
    asks = counts.get("asks", 0)
    if asks and oldest is not None:
        when = discord.utils.format_dt(datetime.fromtimestamp(oldest, UTC), "R")
        lines.append(
            nt(
                "- {count} question, asked {when}",
                "- {count} questions, the oldest asked {when}",
                asks,
                when=when,
            )
        )
    if pages := counts.get("pages", 0):
        lines.append(
            nt(
                "- the ID of {count} message with an answer",
                "- the IDs of {count} messages with answers",
                pages,
            )
        )
    if readings := counts.get("readings", 0):
        lines.append(t("- which messages were read for {count} of these questions", count=readings))
    if "opt_outs" in counts:
        lines.append(t("- that you opted out"))
    if "deletions" in counts:
        lines.append(t("- when you last deleted your data"))
    if others := sorted(set(counts) - {"asks", "pages", "readings", "opt_outs", "deletions"}):
        lines.append(t("- entries in these tables: {tables}", tables=", ".join(f"`{table}`" for table in others)))
    if not lines:
        return t("Quoth stores nothing about you.")
    return "\n".join([t("Quoth stores this about you:"), *lines, t("Use `/privacy delete` to delete it.")])


async def _tell(interaction: discord.Interaction[Any], sentence: str) -> None:
    await interaction.response.send_message(sentence, ephemeral=True)


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(PrivacyCog(bot))
    await bot.add_cog(ForgetCog(bot))
