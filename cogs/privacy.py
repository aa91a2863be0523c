"""``/privacy`` and ``/forget``: opting out, seeing and deleting what is stored, and starting a channel over."""

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.errors import NotAllowed
from bot.i18n.translate import later, nt, t
from bot.markdown.own_lines import Sign, own_line
from bot.reply.surfaces import GUEST_FOLLOWUPS, is_guest
from bot.ui.confirmation import TEMPLATE, confirmation
from bot.ui.interactions import Control
from bot.ui.stored_data import stored_data

_FILE = "what-quoth-stores.json"
_FILE_SIZE = 8_000_000  # bytes; Discord takes 10 MB (discord.md section 2)
_MORE = later(
    "Discord allows no further files here. Use `/privacy show` in a server that Quoth is in to get all of them."
)
_MAY_NOT_FORGET = later(
    "You need the *Manage Messages* permission to clear the context here, or a thread you created. Use "
    "`/ask fresh:True` to ask without earlier messages, or `/privacy opt-out` to keep your own messages out of the "
    "context."
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

    async def cog_load(self) -> None:
        """Register the buttons, those of earlier runs included."""
        self.bot.add_dynamic_items(ConfirmButton)

    async def cog_unload(self) -> None:
        """Unregister the buttons."""
        self.bot.remove_dynamic_items(ConfirmButton)

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
        lines = _told(stored_data(counts, await personal.oldest_ask(user_id)))
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
        """Say what would be deleted and what would remain, and ask whether to do it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        personal, user_id = self.bot.stores.personal_data, interaction.user.id
        lines = stored_data(await personal.deletable(user_id), await personal.oldest_ask(user_id))
        text = "\n".join(
            [
                t("**Delete this?** It can't be undone."),
                *(lines or [t("- nothing but traces of what was deleted before")]),
                t(
                    "The buttons on your earlier answers stop working. Quoth keeps the models you asked in the "
                    "last 24 hours that long, because limits count them. Quoth can't delete messages in Discord (you "
                    "or a moderator can), chats in the operator's Poe account, or what Poe and the models' makers keep."
                    " If you opted out, you stay opted out."
                ),
            ]
        )
        await interaction.followup.send(
            text, view=confirmation("delete", t("Delete")), ephemeral=True, suppress_embeds=True
        )


class ForgetCog(commands.Cog):
    """``/forget``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(name="forget", description="Clear the context: Quoth no longer reads earlier messages here")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def forget(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Say what clearing the context of this channel, thread or DM means, and ask whether to do it."""
        _check_may_forget(interaction)
        preferences = await self.bot.preferences.resolve(self.bot.place_of(interaction))
        parts = [t("**Clear the context?** It can't be undone.")]
        if preferences.history:
            parts.append(
                nt(
                    "For each question here, Quoth reads up to {count} earlier message.",
                    "For each question here, Quoth reads up to {count} earlier messages.",
                    preferences.history,
                )
            )
        parts.append(
            t(
                "It will read none of the messages up to now anymore, no matter who asks, not even in reply chains. "
                "Nothing is deleted from Discord."
            )
        )
        if preferences.instructions:
            parts.append(t("Standing instructions stay: see `/instructions show`."))
        view = confirmation("forget", t("Clear the context"))
        await interaction.response.send_message(" ".join(parts), view=view, ephemeral=True, suppress_embeds=True)


class ConfirmButton(Control, template=TEMPLATE):
    """Does what a person was asked about, or not. Only that person sees it."""

    async def act(self, interaction: discord.Interaction[Any], /) -> None:
        """Do it."""
        if self.match["act"] == "delete":
            await self._delete(interaction)
        elif self.match["act"] == "forget":
            await self._forget(interaction)
        else:
            await interaction.response.edit_message(content=t("Canceled: nothing was changed."), view=None)

    async def _delete(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Delete what is stored about the person."""
        stores = interaction.client.stores
        await interaction.response.defer()
        deleted = await stores.personal_data.delete(interaction.user.id)
        parts = [
            t("Deleted what Quoth stored about you."),
            "" if deleted.erased else t(_NOT_ERASED),
            nt(
                "Quoth keeps your ID and the time of this deletion for {count} day, so that restoring a backup doesn't "
                "bring your data back.",
                "Quoth keeps your ID and the time of this deletion for {count} days, so that restoring a backup "
                "doesn't bring your data back.",
                stores.days,
            ),
        ]
        await interaction.edit_original_response(content=" ".join(filter(None, parts)), view=None)

    async def _forget(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Forget this channel, thread or DM up to here."""
        _check_may_forget(interaction)  # again: permissions change
        await interaction.client.stores.watermarks.forget(interaction.channel_id or 0, interaction.id)
        await interaction.response.edit_message(content=t("The context was cleared."), view=None)
        # One of Quoth's own lines, so that it does not become part of the history.
        line = own_line(Sign.STATUS, t("Context cleared: Quoth no longer reads messages above this line."))
        await interaction.followup.send(line, suppress_embeds=True)


def _check_may_forget(interaction: discord.Interaction[Any]) -> None:
    """Check that a person may forget a place: with Manage Messages, in their own thread, or in a DM.

    Raises:
        NotAllowed: they may not.
    """
    if interaction.guild_id is None or interaction.permissions.manage_messages:
        return
    if isinstance(interaction.channel, discord.Thread) and interaction.channel.owner_id == interaction.user.id:
        return
    raise NotAllowed(sentence=_MAY_NOT_FORGET)


def _told(lines: Sequence[str]) -> str:
    if not lines:
        return t("Quoth stores nothing about you.")
    return "\n".join([t("Quoth stores this about you:"), *lines, t("Use `/privacy delete` to delete it.")])


async def _tell(interaction: discord.Interaction[Any], sentence: str) -> None:
    await interaction.response.send_message(sentence, ephemeral=True)


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(PrivacyCog(bot))
    await bot.add_cog(ForgetCog(bot))
