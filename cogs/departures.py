"""What happens to the places that preferences and limits belong to: servers are left, channels and roles deleted."""

import asyncio

import discord
from discord.ext import commands

from bot.client import QuothBot


class DeparturesCog(commands.Cog):
    """Notes which rows have lost their place."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot
        self._knowing: asyncio.Task[None] | None = None

    async def cog_unload(self) -> None:
        """End what still uses the database, which is closed next."""
        if self._knowing:
            self._knowing.cancel()
            await asyncio.wait({self._knowing})

    @commands.Cog.listener("on_ready")
    async def know_servers(self) -> None:
        """Make up for what happened while Quoth was away. Servers that only have an outage are among these."""
        self._knowing = asyncio.current_task()
        await self.bot.departures.here([guild.id for guild in self.bot.guilds])

    @commands.Cog.listener("on_guild_remove")
    async def left(self, guild: discord.Guild) -> None:
        """Let what is kept of a server go after a while."""
        await self.bot.departures.left(guild.id)

    @commands.Cog.listener("on_guild_join")
    async def joined(self, guild: discord.Guild) -> None:
        """Keep it after all."""
        await self.bot.departures.joined(guild.id)

    @commands.Cog.listener("on_guild_channel_delete")
    async def channel_deleted(self, channel: discord.abc.GuildChannel) -> None:
        """Forget what was chosen for a channel."""
        await self.bot.preferences.delete("channel", channel.id)

    @commands.Cog.listener("on_raw_thread_delete")
    async def thread_deleted(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Forget what was chosen for a thread."""
        await self.bot.preferences.delete("channel", payload.thread_id)

    @commands.Cog.listener("on_guild_role_delete")
    async def role_deleted(self, role: discord.Role) -> None:
        """Forget the limits of a role."""
        await self.bot.limits.delete(role.guild.id, role.id)


async def setup(bot: QuothBot) -> None:
    """Let discord.py load this extension."""
    await bot.add_cog(DeparturesCog(bot))
