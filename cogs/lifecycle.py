"""What happens when Quoth starts, and when servers, channels and roles go: replies are ended, rows are deleted."""

import asyncio
import contextlib
import logging

import discord
from discord.ext import commands

from bot.client import QuothBot
from bot.conversation import Place, Snapshot, State
from bot.discord_errors import described
from bot.i18n.translate import later, speak, spoken, t
from bot.markdown.own_lines import separate
from bot.reply.buttons import AFTER, AFTER_COMMAND, has_button
from bot.reply.layout import Layout, Progress
from bot.reply.surfaces import edited_message, new_message
from storage.asks import AskRow

log = logging.getLogger(__name__)

_SETTING = "ALLOWED_SERVERS"  # in the sentence in every language
_NOT_ALLOWED = later(
    "The bot's operator hasn't allowed Quoth in your server {server}. It answers nobody there and will leave. If it "
    "should be allowed, ask the operator to add {id} to ALLOWED_SERVERS, and invite Quoth again."
)


class LifecycleCog(commands.Cog):
    """Ends the replies that an earlier run left unfinished, and keeps rows in step with Discord."""

    pause = 5.0
    """Seconds between two servers that are left: Discord stops a bot that opens many DMs at once."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot
        self._unended: list[AskRow] = []
        self._to_leave: dict[int, discord.Guild] = {}
        self._leaving: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def cog_load(self) -> None:
        """Find the asks that an earlier run did not end, while there are no new ones."""
        self._unended = await self.bot.stores.asks.unended()

    async def cog_unload(self) -> None:
        """Cancel what still uses the database, which is closed next."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    @commands.Cog.listener("on_ready")
    async def started(self) -> None:
        """Make up for what happened while Quoth was offline."""
        if task := asyncio.current_task():
            self._tasks.add(task)
        await self._recover()
        # Servers that are unavailable because of an outage are among these.
        await self.bot.stores.departed_guilds.reconcile([guild.id for guild in self.bot.guilds])

    async def _recover(self) -> None:
        """Show the replies that an earlier run left as interrupted. One try each: their askers have moved on."""
        left, self._unended = self._unended, []
        if left:
            log.info("Unfinished replies from an earlier run: %d.", len(left))
        for row in left:
            try:
                await self._interrupt(row)
            except Exception as error:  # noqa: BLE001 - the others are ended all the same
                log.warning("The reply to ask %d can't be shown as interrupted: %s.", row.id, described(error))
            await self.bot.asks.ended(row.id)

    async def _interrupt(self, row: AskRow) -> None:
        guild = self.bot.get_guild(row.guild_id) if row.guild_id else None
        guild_language = spoken(guild.preferred_locale.value) if guild else None
        place = Place(row.asker_id, row.channel_id, row.guild_id, guild_language=guild_language)
        speak(self.bot.preferences.peek(place).language)
        channel = self.bot.get_partial_messageable(row.channel_id, guild_id=row.guild_id)
        shown: list[discord.Message] = []
        for message_id in await self.bot.stores.reply_messages.of(row.id):
            with contextlib.suppress(discord.NotFound):  # somebody deleted it
                shown.append(await channel.fetch_message(message_id))
        if not shown or not has_button(shown[-1], "stop"):
            return
        *earlier, last = shown
        seconds = ((last.edited_at or last.created_at) - discord.utils.snowflake_time(row.id)).total_seconds()
        parts = separate(last.content)
        layout = Layout(row.id, parts.above, "kept")  # the text was converted already
        progress = Progress(
            Snapshot(parts.text, State.INTERRUPTED), row.model, "", seconds, AFTER_COMMAND if parts.question else AFTER
        )
        first, *further = layout.posts(progress)
        await last.edit(**edited_message(first), suppress=True)
        for post in further:  # the note did not fit below the text
            message = await channel.send(**new_message(post), suppress_embeds=True, silent=True)
            await self.bot.stores.reply_messages.remember(message.id, row.id)
        for message in earlier:
            if has_button(message, "stop"):  # Quoth was killed after it made the next page, before it edited this one
                parts = separate(message.content)
                await message.edit(content=parts.above + parts.text, view=None, suppress=True)

    @commands.Cog.listener("on_guild_available")
    async def guild_available(self, guild: discord.Guild) -> None:
        """Leave a server that is not allowed, at the start or when Discord's outage is over."""
        if not self.bot.access.allows(guild.id):
            self._leave_soon(guild)

    def _leave_soon(self, guild: discord.Guild) -> None:
        self._to_leave[guild.id] = guild
        if self._leaving is None or self._leaving.done():
            self._leaving = asyncio.create_task(self._leave_servers(), name="leave-servers")
            self._tasks.add(self._leaving)
            self._leaving.add_done_callback(self._tasks.discard)

    async def _leave_servers(self) -> None:
        """Leave servers one after another."""
        while self._to_leave:
            guild = self._to_leave.pop(next(iter(self._to_leave)))
            if self.bot.get_guild(guild.id):  # it was not removed meanwhile
                await self._leave(guild)
                await asyncio.sleep(self.pause)

    async def _leave(self, guild: discord.Guild) -> None:
        """Tell a server's owner why Quoth can't stay, and leave."""
        try:  # before leaving: a DM needs a server in common
            await self._tell_owner(guild)
        except Exception as error:  # noqa: BLE001 - it is left all the same
            log.warning("The owner of a server that is not allowed could not be told: %s.", described(error))
        try:
            await guild.leave()
        except Exception as error:  # noqa: BLE001 - nobody can ask there, and the next start tries again
            log.warning("A server that ALLOWED_SERVERS does not name could not be left: %s.", described(error))
        else:
            log.info("Left a server that ALLOWED_SERVERS does not name.")

    async def _tell_owner(self, guild: discord.Guild) -> None:
        """Tell a server's owner that it is not allowed, unless they were told of this invitation."""
        if not guild.owner_id:
            return
        channel = await self.bot.create_dm(discord.Object(guild.owner_id))
        if await self._was_told(channel, guild):
            return
        speak(spoken(guild.preferred_locale.value) or self.bot.preferences.default.language)
        name = discord.utils.escape_markdown(guild.name)
        await channel.send(t(_NOT_ALLOWED, server=name, id=guild.id), suppress_embeds=True)

    async def _was_told(self, channel: discord.DMChannel, guild: discord.Guild) -> bool:
        """Whether the DM shows that its person was told since Quoth was invited."""
        joined: discord.Member | None = guild.me  # Discord may send a server without its members
        try:
            async for message in channel.history(after=joined and joined.joined_at, oldest_first=False):
                if message.author == self.bot.user and f"{guild.id}" in message.content and _SETTING in message.content:
                    return True
        except discord.HTTPException as error:  # rather told twice than never
            log.warning("A DM could not be read: %s.", described(error))
        return False

    @commands.Cog.listener("on_guild_remove")
    async def guild_left(self, guild: discord.Guild) -> None:
        """Record that Quoth left a server: its rows are deleted after a while."""
        await self.bot.stores.departed_guilds.left(guild.id)

    @commands.Cog.listener("on_guild_join")
    async def guild_joined(self, guild: discord.Guild) -> None:
        """Keep a server's rows after all, or leave a server that is not allowed."""
        if self.bot.access.allows(guild.id):
            await self.bot.stores.departed_guilds.joined(guild.id)
        else:
            self._leave_soon(guild)

    @commands.Cog.listener("on_guild_channel_delete")
    async def channel_deleted(self, channel: discord.abc.GuildChannel) -> None:
        """Delete a channel's preferences."""
        await self.bot.stores.preferences.delete("channel", channel.id)

    @commands.Cog.listener("on_raw_thread_delete")
    async def thread_deleted(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Delete a thread's preferences."""
        await self.bot.stores.preferences.delete("channel", payload.thread_id)

    @commands.Cog.listener("on_guild_role_delete")
    async def role_deleted(self, role: discord.Role) -> None:
        """Delete a role's limits and its list of models."""
        await self.bot.stores.allowed_models.delete_role(role.guild.id, role.id)
        await self.bot.stores.limits.delete(role.guild.id, role.id)


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(LifecycleCog(bot))
