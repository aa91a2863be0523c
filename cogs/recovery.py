"""Replies that an earlier run left without an end, because it was killed: they are ended at the next start."""

import asyncio
import contextlib
import logging

import discord
from discord.ext import commands

from bot.client import QuothBot
from bot.conversation import Place, Snapshot, State
from bot.discord_errors import described
from bot.i18n.translate import speak, spoken
from bot.markdown.own_lines import separate
from bot.reply.buttons import has_stop_button
from bot.reply.layout import Layout, Progress
from bot.reply.surfaces import edited_message, new_message
from storage.asks import AskRow

log = logging.getLogger(__name__)


class RecoveryCog(commands.Cog):
    """Ends replies without an end as interrupted."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot
        self._left: list[AskRow] = []
        self._recovering: asyncio.Task[None] | None = None

    async def cog_load(self) -> None:
        """Find the asks without an end before there are new ones."""
        self._left = await self.bot.stores.asks.unended()

    async def cog_unload(self) -> None:
        """Stop the recovery, which uses the database: that is closed next."""
        if self._recovering:
            self._recovering.cancel()
            await asyncio.wait({self._recovering})

    @commands.Cog.listener("on_ready")
    async def recover(self) -> None:
        """End all of them, with one try each: the askers have probably asked again by now."""
        left, self._left = self._left, []
        if not left:
            return
        self._recovering = asyncio.current_task()
        log.info("Replies of an earlier run that have no end: %d.", len(left))
        for row in left:
            try:
                await self._end(row)
            except Exception as error:  # noqa: BLE001 - the others are ended in any case
                log.warning("The reply to ask %d can't be ended as interrupted: %s.", row.id, described(error))
            await self.bot.asks.ended(row.id)

    async def _end(self, row: AskRow) -> None:
        guild = self.bot.get_guild(row.guild_id) if row.guild_id else None
        here = spoken(guild.preferred_locale.value) if guild else None
        place = Place(row.asker_id, row.channel_id, row.guild_id)
        speak(await self.bot.ladder.language(place, None, here))
        channel = self.bot.get_partial_messageable(row.channel_id, guild_id=row.guild_id)
        shown: list[discord.Message] = []
        for message_id in await self.bot.stores.pages_of.of(row.id):
            with contextlib.suppress(discord.NotFound):  # somebody deleted it
                shown.append(await channel.fetch_message(message_id))
        if not shown or not has_stop_button(shown[-1]):
            return
        *earlier, last = shown
        seconds = ((last.edited_at or last.created_at) - discord.utils.snowflake_time(row.id)).total_seconds()
        parts = separate(last.content)
        layout = Layout(row.id, parts.above, "kept")  # the reasoning on a message was folded already
        progress = Progress(Snapshot(parts.text, State.INTERRUPTED), row.model, "", seconds)
        first, *further = layout.posts(progress)
        await last.edit(**edited_message(first))
        for post in further:  # the note did not fit below the text
            message = await channel.send(**new_message(post), suppress_embeds=True, silent=True)
            await self.bot.stores.pages_of.remember(message.id, row.id)
        for message in earlier:
            if has_stop_button(message):  # the next page was sent just before the end
                parts = separate(message.content)
                await message.edit(content=parts.above + parts.text, view=None)


async def setup(bot: QuothBot) -> None:
    """Let discord.py load this extension."""
    await bot.add_cog(RecoveryCog(bot))
