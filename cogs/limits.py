"""``/limits``: how much may be asked in a server, set by its admins."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.conversation import Place, ResolvedLimits
from bot.errors import NotAllowed
from bot.i18n.translate import later, t
from bot.policy.scopes import ADMINS, target
from bot.ui.limits import is_limited, listed
from storage.limits import EVERYBODY, Limits

_NONE = later("There are no limits here.")
_UNLIMITED = later("You have no limits here.")


@app_commands.default_permissions(ADMINS)
# Not guild_only, which would keep the bot's default contexts, DMs among them.
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
class LimitsCog(commands.GroupCog, group_name="limits", group_description="Question limits in this server"):
    """``/limits set``, ``show`` and ``reset``."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @app_commands.command(name="set", description="Limit questions in this server (requires Manage Server)")
    @app_commands.describe(
        per_person="Questions per member in 24 hours. 0: no limit",
        per_server="Questions in the whole server in 24 hours. 0: no limit",
        at_once="Questions per member at the same time. 0: no limit",
        cooldown="Seconds between two questions from a member. 0: no limit",
        files="Images, documents, recordings and videos per question. 0: no limit",
        file_mb="Megabytes of one such file. 0: no limit",
        role="Only for members with this role; with several roles, the most generous role applies",
    )
    async def set_limits(
        self,
        interaction: discord.Interaction[QuothBot],
        per_person: app_commands.Range[int, 0, 100_000] | None = None,
        per_server: app_commands.Range[int, 0, 100_000] | None = None,
        at_once: app_commands.Range[int, 0, 100] | None = None,
        cooldown: app_commands.Range[int, 0, 86_400] | None = None,
        files: app_commands.Range[int, 0, 10] | None = None,
        file_mb: app_commands.Range[int, 0, 500] | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """Store limits for a server or one of its roles."""
        row = target(interaction, "guild")
        limits = Limits(per_person, per_server, at_once, cooldown, files, file_mb)
        if limits == Limits():
            raise NotAllowed(sentence=later("Set at least one limit."))
        if role is not None and per_server is not None:
            raise NotAllowed(sentence=later("A limit for the whole server can't be set for a role."))
        await self.bot.stores.limits.change(row.id, role.id if role else EVERYBODY, limits)
        await self._tell(interaction, row.id, t("Limits saved."))

    @app_commands.command(name="show", description="Show this server's limits and your own")
    async def show(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Show all limits of a server, and those in effect for the person."""
        own = await self.bot.limits.resolve(self.bot.place_of(interaction))
        await self._tell(interaction, interaction.guild_id or 0, own=own)

    @app_commands.command(name="reset", description="Reset limits (requires Manage Server)")
    @app_commands.describe(role="Reset only this role's limits. Default: all limits in this server")
    async def reset(self, interaction: discord.Interaction[QuothBot], role: discord.Role | None = None) -> None:
        """Delete the limits of a server or one of its roles."""
        row = target(interaction, "guild")
        if role is None:
            await self.bot.stores.limits.delete_guild(row.id)
        else:
            await self.bot.stores.limits.delete(row.id, role.id)
        await self._tell(interaction, row.id, t("Limits reset."))

    async def _tell(
        self, interaction: discord.Interaction[QuothBot], guild: int, text: str = "", own: ResolvedLimits | None = None
    ) -> None:
        rows = await self.bot.stores.limits.of(guild)
        everybody = await self.bot.limits.resolve(Place(0, 0, guild))  # without a role that has its own
        # A role that was deleted while Quoth was offline still has its row.
        roles = {
            role: limits
            for role, limits in rows.items()
            if role != EVERYBODY and (interaction.guild is None or interaction.guild.get_role(role) is not None)
        }
        if not any(map(is_limited, (everybody, rows.get(EVERYBODY, Limits()), *roles.values()))):
            await interaction.response.send_message(f"{text} {t(_NONE)}".strip(), ephemeral=True)
            return
        if own is not None and not is_limited(own):
            text = t(_UNLIMITED)
        elif own is not None and own != everybody:
            text = t("Your limits: {limits}.", limits=listed(own))
        lines = [text] if text else []
        lines.append(t("- Everyone: {limits}", limits=listed(everybody)))
        lines += [t("- {role}: {limits}", role=f"<@&{role}>", limits=listed(of)) for role, of in roles.items()]
        lines.append(t("-# Members see their own limits with `/usage`."))
        await interaction.response.send_message("\n".join(lines)[:2000], ephemeral=True)


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(LimitsCog(bot))
