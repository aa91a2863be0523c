"""``/privacy`` and ``/forget``: opting out, seeing and deleting what is stored, and starting a channel over."""

import io
from datetime import datetime
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.i18n.translate import nt, t
from bot.markdown.own_lines import Sign, own_line
from storage.personal_data import as_json

_FILE = "what-quoth-stores.json"


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
@app_commands.allowed_installs(guilds=True, users=True)
class PrivacyCog(commands.GroupCog, group_name="privacy", group_description="Who reads you, and what is stored of you"):
    """``/privacy opt-out``, ``opt-in``, ``show`` and ``delete``: about the person who uses them, answered privately."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(name="opt-out", description="Don't let anybody's question carry your messages along")
    async def opt_out(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Leave a person's messages out of history."""
        await self.bot.stores.opt_outs.opt_out(interaction.user.id)
        await _tell(
            interaction,
            t(
                "From now on your messages are a gap in what Quoth reads, everywhere and for everybody, and so are "
                "your questions with their answers. What you write to Quoth in a DM, and a conversation of your own "
                "that you continue by replying, still go to Poe when you ask. `/privacy opt-in` takes it back."
            )
            + " "
            + t(
                "Quoth can't tell who writes through a webhook, as with PluralKit. Such messages are left out, unless a "
                "server's admins chose to include them."
            ),
        )

    @app_commands.command(name="opt-in", description="Let questions carry your messages along again")
    async def opt_in(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Read a person's messages again."""
        await self.bot.stores.opt_outs.opt_in(interaction.user.id)
        await _tell(interaction, t("Your messages may go along with questions again, in the channels where you write."))

    @app_commands.command(name="show", description="See what Quoth stores about you")
    async def show(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Tell a person what is stored about them, with all of it in a file if Quoth may attach one."""
        rows = await self.bot.stores.personal_data.about(interaction.user.id)
        lines = _listed(rows)
        allowed = interaction.guild is None or interaction.app_permissions.attach_files
        if not rows or not allowed:
            await _tell(interaction, lines)
            return
        file = discord.File(io.BytesIO(as_json(rows).encode()), _FILE)
        await interaction.response.send_message(lines, file=file, ephemeral=True)

    @app_commands.command(name="delete", description="Delete what Quoth stores about you")
    async def delete(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Delete what is stored about a person, and say what remains elsewhere."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        deleted = await self.bot.stores.personal_data.delete(interaction.user.id)
        await interaction.followup.send(
            nt(
                "Deleted: {count} entry, with all that belonged to it.",
                "Deleted: {count} entries, with all that belonged to them.",
                deleted,
            )
            + " "
            + t(
                "The buttons of your earlier answers no longer know what you asked. What Quoth can't delete: messages "
                "in Discord, which you or a moderator can; chats in the Poe account of Quoth's operator; what Poe and "
                "the models' makers keep. If you opted out of being read, that stays so."
            ),
            ephemeral=True,
        )


class ForgetCog(commands.Cog):
    """``/forget``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(name="forget", description="Start over: nothing said here before is read any more")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def forget(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Forget this channel, thread or DM up to here. Needs Manage Messages, one's own thread, or a DM."""
        if not _may_forget(interaction):
            await _tell(
                interaction,
                t(
                    "Starting a channel over needs the permission Manage Messages, or a thread of your own. "
                    "`/ask fresh:True` asks without history; `/privacy opt-out` keeps your messages out of it."
                ),
            )
            return
        await self.bot.stores.watermarks.forget(interaction.channel_id or 0, interaction.id)
        # One of Quoth's own lines, so that it does not become part of the history.
        line = own_line(Sign.STATUS, t("Quoth starts over here: nothing above this line is read any more."))
        await interaction.response.send_message(line)


def _may_forget(interaction: discord.Interaction[Any]) -> bool:
    if interaction.guild_id is None or interaction.permissions.manage_messages:
        return True
    return isinstance(interaction.channel, discord.Thread) and interaction.channel.owner_id == interaction.user.id


def _listed(rows: dict[str, list[dict[str, Any]]]) -> str:
    asks = rows.get("asks", [])
    lines: list[str] = []
    if asks:
        oldest = datetime.fromtimestamp(min(row["asked_at"] for row in asks)).astimezone()
        when = discord.utils.format_dt(oldest, "R")
        lines.append(
            nt(
                "- {count} question of yours, from {when}",
                "- {count} questions of yours, the oldest from {when}",
                len(asks),
                when=when,
            )
        )
    if pages := len(rows.get("pages", [])):
        lines.append(
            nt(
                "- which {count} message of Quoth's answered them",
                "- which {count} messages of Quoth's answered them",
                pages,
            )
        )
    if readings := len(rows.get("readings", [])):
        lines.append(t("- which messages were read for {count} of them", count=readings))
    if "opt_outs" in rows:
        lines.append(t("- that you don't want to be read"))
    if others := sorted(set(rows) - {"asks", "pages", "readings", "opt_outs"}):
        lines.append(t("- and in the tables {tables}", tables=", ".join(f"`{table}`" for table in others)))
    if not lines:
        return t("Quoth stores nothing about you.")
    return "\n".join([t("Quoth stores about you:"), *lines, t("`/privacy delete` deletes it.")])


async def _tell(interaction: discord.Interaction[Any], sentence: str) -> None:
    await interaction.response.send_message(sentence, ephemeral=True)


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(PrivacyCog(bot))
    await bot.add_cog(ForgetCog(bot))
