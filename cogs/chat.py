"""The door of plain messages: whoever writes to Quoth in a DM gets an answer."""

import discord
from discord.ext import commands

from bot.asks import Ask
from bot.client import QuothBot
from bot.surfaces import ChannelSurface

_ASKING = (discord.MessageType.default, discord.MessageType.reply)


class ChatCog(commands.Cog):
    """Messages to Quoth."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot

    @commands.Cog.listener("on_message")
    async def answer(self, message: discord.Message) -> None:
        """Answer a person's DM. Bots and webhooks never trigger Quoth."""
        if message.guild is not None or message.author.bot or message.webhook_id or message.type not in _ASKING:
            return
        ask = Ask(
            message.id,
            self.bot.place_of(message),
            message.channel,
            before=message,
            question=message.content,
            visible=True,
        )
        await self.bot.asks.run(ask, ChannelSurface(message, self.bot.lanes), self.bot.me)


async def setup(bot: QuothBot) -> None:
    """Let discord.py load this extension."""
    await bot.add_cog(ChatCog(bot))
