"""Replies that an earlier run could not end, as it was killed or lost its power: they are ended at the next start."""

import asyncio
import contextlib
import logging

import discord
from discord.ext import commands

from bot.client import QuothBot
from bot.conversation import Place, Snapshot, State
from bot.discord_errors import described
from bot.i18n.translate import speak, spoken
from bot.reply import status_line
from bot.reply.buttons import seems_to_run
from bot.reply.layout import Layout, View
from bot.reply.posts import changed, new
from storage.asks import AskRow

log = logging.getLogger(__name__)


class RecoveryCog(commands.Cog):
    """Ends as interrupted what still seems to be written."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot
        self._left: list[AskRow] = []
        self._recovering: asyncio.Task[None] | None = None

    async def cog_load(self) -> None:
        """Find the asks without an end while there are no new ones."""
        self._left = await self.bot.stores.asks.unended()

    async def cog_unload(self) -> None:
        """End what still uses the database, which is closed next."""
        if self._recovering:
            self._recovering.cancel()
            await asyncio.wait({self._recovering})

    @commands.Cog.listener("on_ready")
    async def recover(self) -> None:
        """Show their end below all of them. One try each: whoever waits for an answer has asked again long since."""
        left, self._left = self._left, []
        if not left:
            return
        self._recovering = asyncio.current_task()
        log.info("Replies of an earlier run that have no end: %d.", len(left))
        for row in left:
            try:
                await self._end(row)
            except Exception as error:  # noqa: BLE001 - the others are ended all the same
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
        if not shown or not seems_to_run(shown[-1]):
            return
        *earlier, last = shown
        seconds = ((last.edited_at or last.created_at) - discord.utils.snowflake_time(row.id)).total_seconds()
        text = status_line.untailed(last.content)
        layout = Layout(row.id, "", "kept")  # of what is on a message nothing is to be converted any more
        first, *further = layout.posts(View(Snapshot(text, State.INTERRUPTED), row.model, "", seconds))
        await last.edit(**changed(first))
        for post in further:  # the sentence did not fit below the text
            message = await channel.send(**new(post), suppress_embeds=True, silent=True)
            await self.bot.stores.pages_of.remember(message.id, row.id)
        for message in earlier:
            if seems_to_run(message):  # the next page was made just before, so that this one looks like the last
                await message.edit(content=status_line.untailed(message.content), view=None)


async def setup(bot: QuothBot) -> None:
    """Let discord.py load this extension."""
    await bot.add_cog(RecoveryCog(bot))
