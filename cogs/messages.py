"""Messages to Quoth: a DM, a mention, a reply to it, or any message where an admin switched that on."""

import logging

import discord
from discord.ext import commands

from bot.asks import Ask
from bot.client import QuothBot
from bot.context import addressing, files
from bot.context.own_threads import OwnThreads
from bot.discord_errors import described
from bot.errors import FileRefused
from bot.i18n.translate import later, t
from bot.permissions import surely_lacks
from bot.reply.surfaces import ChannelSurface

log = logging.getLogger(__name__)

_ASKING = (discord.MessageType.default, discord.MessageType.reply)
_WORDLESS = later("What would you like to know? Reply to this message with your question.")
_UNSEEN = later(
    "Quoth can't read messages here that don't mention it, because the bot's operator hasn't turned on Message "
    "Content Intent. Mention Quoth, use `/ask`, or choose **Apps > Ask about this** on a message."
)


class MessagesCog(commands.Cog):
    """Answers messages. Those of bots and webhooks, its own, and edits are never answered."""

    def __init__(self, bot: QuothBot) -> None:
        self.bot = bot
        self._threads = OwnThreads(bot.stores)
        self._told_unseen: set[int] = set()

    @commands.Cog.listener("on_message")
    async def answer(self, message: discord.Message) -> None:
        """Answer a message to Quoth."""
        if message.author.bot or message.webhook_id or message.type not in _ASKING:
            return
        addressed = message.guild is None or addressing.mentions(message, self.bot.me) or await self._continues(message)
        if not (addressed or await self._answers_here(message)) or not _may_write(message):
            return
        self.bot.speak_to(message)
        if self._arrives_empty(message):
            await self._tell_unseen(message)
            return
        attached = message.attachments if addressed else [file for file in message.attachments if files.is_text(file)]
        question = addressing.question(message, self.bot.me)
        if question or attached:
            await self._ask(message, question, attached)
        elif addressed:
            await _tell(message, t(_WORDLESS))

    async def _ask(self, message: discord.Message, question: str, attached: list[discord.Attachment]) -> None:
        try:
            files.check(attached)
        except FileRefused as error:
            await _tell(message, error.user_message)
            return
        ask = Ask(
            message.id,
            self.bot.place_of(message),
            message.channel,
            before=message,
            question=question,
            visible=True,
            replies_to=addressing.replied_to(message),
            files=attached,
            in_turn=True,
            merges=await self._merges(message),
            name=message.author.display_name,
        )
        await self.bot.asks.run(ask, ChannelSurface(message, self.bot.rate_limiters), self.bot.me)

    async def _merges(self, message: discord.Message) -> bool:
        """Whether a message may be one question with others of its author: where no mention is needed."""
        if message.reference:
            return False
        if message.guild is None or isinstance(message.channel, discord.Thread):
            return True
        return (await self.bot.preferences.resolve(self.bot.place_of(message))).every_message

    async def _continues(self, message: discord.Message) -> bool:
        """Whether a message is a reply to Quoth, also if Discord left out the message that it replies to."""
        continues = addressing.continues(message, self.bot.me)
        if continues is not None or message.reference is None or message.reference.message_id is None:
            return bool(continues)
        id_ = message.reference.message_id
        try:
            if await self.bot.stores.asked([id_]):
                return True
            return (await message.channel.fetch_message(id_)).author.id == self.bot.me
        except Exception as error:  # noqa: BLE001 - a message that can't be read is taken for somebody else's
            log.warning("What a message replies to can't be read (%s).", described(error))
            return False

    async def _answers_here(self, message: discord.Message) -> bool:
        """Whether a message is answered because of the channel or thread that it is in."""
        if (await self.bot.preferences.resolve(self.bot.place_of(message))).every_message:
            return True
        return not addressing.is_for_others(message) and await self._threads.has(message.channel, self.bot.me)

    def _arrives_empty(self, message: discord.Message) -> bool:
        """Whether Discord withholds the content: without the intent only DMs and mentions of the user have any."""
        named = message.guild is None or any(user.id == self.bot.me for user in message.mentions)
        return not (named or self.bot.intents.message_content)

    async def _tell_unseen(self, message: discord.Message) -> None:
        """Say so once in each channel."""
        if message.channel.id not in self._told_unseen:
            self._told_unseen.add(message.channel.id)
            await _tell(message, t(_UNSEEN))


def _may_write(message: discord.Message) -> bool:
    """Whether Quoth could answer at all."""
    return not {"send_messages", "send_messages_in_threads"} & {*surely_lacks(message.channel)}


async def _tell(message: discord.Message, sentence: str) -> None:
    try:
        await message.reply(sentence, suppress_embeds=True)
    except discord.HTTPException as error:
        log.warning("Could not answer a message: %s", described(error))


async def setup(bot: QuothBot) -> None:
    """Load this extension."""
    await bot.add_cog(MessagesCog(bot))
