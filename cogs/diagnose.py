"""``/diagnose``, and a greeting in servers that Quoth joins."""

import logging

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import QuothBot
from bot.discord_errors import described
from bot.i18n.translate import t
from bot.permissions import CheckedChannel, channel_lacks, invite, lacks_for, permission_name, report
from bot.policy.scopes import ADMINS

log = logging.getLogger(__name__)


class DiagnoseCog(commands.Cog):
    """``/diagnose``, and the greeting."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot
        self._greeted: set[int] = set()

    @app_commands.command(
        name="diagnose", description="Show the permissions Quoth is missing and how to fix it (requires Manage Server)"
    )
    @app_commands.default_permissions(ADMINS)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    @app_commands.allowed_installs(guilds=True, users=False)
    async def diagnose(self, interaction: discord.Interaction[QuothBot]) -> None:
        """Tell an admin, privately, which permissions are missing here and in the server's other channels."""
        guild, channel = interaction.guild, interaction.channel
        if guild is None or channel is None:
            raise app_commands.NoPrivateMessage
        if not interaction.permissions.manage_guild and not await self.bot.is_owner(interaction.user):
            raise app_commands.MissingPermissions(["manage_guild"])
        missing = lacks_for(interaction)
        if isinstance(channel, discord.TextChannel) and not interaction.app_permissions.create_public_threads:
            preferences = await self.bot.preferences.resolve(self.bot.place_of(interaction))
            if preferences.threads and "view_channel" not in missing:
                missing = (*missing, "create_public_threads")
        here = CheckedChannel(channel.id, missing)
        text = report(
            here,
            [spot for spot in _checked_channels(guild) if spot.id != here.id],
            content=self.bot.intents.message_content,
            application=self.bot.application_id or self.bot.me,
            guild=guild.id,
        )
        await interaction.response.send_message(text, ephemeral=True)

    @commands.Cog.listener("on_guild_join")
    async def greet(self, guild: discord.Guild) -> None:
        """Say what Quoth is and which permissions it lacks; in a DM to the owner if it can write nowhere."""
        if guild.id in self._greeted:  # Discord can deliver an event again
            return
        self._greeted.add(guild.id)
        writable = [each for each in _welcoming(guild) if not {"view_channel", "send_messages"} & {*_lacks(each)}]
        try:
            if writable:
                await writable[0].send(_greeting(writable[0]), silent=True, suppress_embeds=True)
            elif guild.owner_id:
                owner = await self.bot.create_dm(discord.Object(guild.owner_id))
                link = f"<{invite(self.bot.application_id or self.bot.me, guild.id)}>"
                await owner.send(_plea(guild, link), suppress_embeds=True)
        except discord.HTTPException as error:
            log.warning("Could not greet a new server: %s.", described(error))

    @commands.Cog.listener("on_guild_remove")
    async def part(self, guild: discord.Guild) -> None:
        """Greet a server again if Quoth comes back to it."""
        self._greeted.discard(guild.id)


def _lacks(channel: discord.abc.GuildChannel) -> tuple[str, ...]:
    return channel_lacks(channel, channel.guild.me)


def _checked_channels(guild: discord.Guild) -> list[CheckedChannel]:
    """Check every channel in which there can be messages."""
    channels = (*guild.text_channels, *guild.forums, *guild.voice_channels, *guild.stage_channels)
    return [CheckedChannel(channel.id, _lacks(channel)) for channel in channels]


def _welcoming(guild: discord.Guild) -> list[discord.TextChannel]:
    """Return the channels for a greeting: first the one for Discord's own welcome messages, then all from the top."""
    first = [guild.system_channel] if guild.system_channel else []
    return [*first, *guild.text_channels]


def _greeting(channel: discord.TextChannel) -> str:
    words = t(
        "Hi, I'm Quoth. Use `/ask` to ask any model on Poe; the answer appears here as it's written. `/model set` "
        "sets the default model. Your questions and the messages before them are sent to Poe and the model's maker."
    )
    names = ", ".join(map(permission_name, _lacks(channel)))
    if not names:
        return words
    return (
        words
        + "\n"
        + t("Missing permissions here: {permissions}. `/diagnose` shows what they're for.", permissions=names)
    )


def _plea(guild: discord.Guild, link: str) -> str:
    return t(
        "Quoth has joined your server {name} but can't send messages in any channel. `/ask` works; for everything "
        "else, [invite it again]({link}) or change the channels' permissions. `/diagnose` shows what's missing.",
        name=discord.utils.escape_markdown(guild.name),
        link=link,
    )


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(DiagnoseCog(bot))
