"""Messages to Quoth: a DM, a mention, a reply to it, or any message where an admin switched that on."""

import asyncio
import contextlib
import logging
import time
from datetime import UTC, datetime

import discord
from discord.ext import commands

from bot.asks import Ask
from bot.client import QuothBot
from bot.context import addressing, files
from bot.context.missed import missed
from bot.context.own_threads import OwnThreads, open_thread
from bot.conversation import ResolvedPreferences
from bot.discord_errors import described
from bot.errors import FileRefused
from bot.i18n.translate import later, t
from bot.permissions import surely_lacks
from bot.reply.surfaces import ChannelSurface

log = logging.getLogger(__name__)

_LATE = 900.0  # seconds after which a message that was missed is not answered any more
_DMS = 20  # DMs that are searched for such messages
_NOTED = 15.0  # seconds
_ASKING = (discord.MessageType.default, discord.MessageType.reply)
_WORDLESS = later("What would you like to know? Reply to this message with your question.")
_THREADLESS = later(
    "Quoth can't open a thread here. It needs *Create Public Threads* and *Send Messages in Threads*, or an admin can "
    "turn threads off in `/preferences`."
)
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
        self._told_threadless: set[int] = set()
        self._noting: asyncio.Task[None] | None = None
        self._late: list[asyncio.Task[None]] = []
        self._connected = False
        self._arriving = time.time()

    async def cog_load(self) -> None:
        """Note from now on that Quoth is connected."""
        self._noting = asyncio.create_task(self._note_connected(), name="last-seen")

    async def cog_unload(self) -> None:
        """Note it for the last time."""
        for task in (self._noting, *self._late):
            if task:
                task.cancel()
        await self._note()

    @commands.Cog.listener("on_connect")
    async def connected(self) -> None:
        """Note when messages begin to arrive."""
        self._arriving = time.time()
        with contextlib.suppress(Exception):  # it is noted again when Quoth is ready
            await self.bot.stores.last_seen.begin(self._arriving)

    @commands.Cog.listener("on_disconnect")
    async def disconnected(self) -> None:
        """Note that messages may be missed from now on."""
        await self._note()
        self._connected = False

    @commands.Cog.listener("on_resumed")
    async def resumed(self) -> None:
        """Note that none was missed: Discord sends them all after a resume."""
        self._connected = True

    @commands.Cog.listener("on_ready")
    async def answer_missed(self) -> None:
        """Answer what people wrote while Quoth was down, each once, the oldest first."""
        try:
            last = await self.bot.stores.last_seen.last()
        except Exception as error:  # noqa: BLE001 - what is written from now on is answered all the same
            log.error("When Quoth was last connected can't be read: %s", described(error))
            last = None
        self._connected = True
        await self._note()
        if last is not None and last < self._arriving:  # else it was never down
            missing = self._answer_from_between(max(last, self._arriving - _LATE), self._arriving)
            self._late.append(asyncio.create_task(missing, name="missed"))

    async def _answer_from_between(self, since: float, until: float) -> None:
        try:
            await self._find_missed(since, until)
        except Exception as error:  # noqa: BLE001 - as above
            log.error("What was written while Quoth was down can't be answered: %s", described(error))

    async def _find_missed(self, since: float, until: float) -> None:
        first, last = (discord.utils.time_snowflake(datetime.fromtimestamp(each, UTC)) for each in (since, until))
        asks = self.bot.stores.asks
        dms: list[discord.DMChannel] = []
        for person in await asks.askers_in_dms(_DMS):
            with contextlib.suppress(discord.HTTPException):  # somebody who is gone
                dms.append(await self.bot.create_dm(discord.Object(person)))
        found = await missed(self.bot.guilds, dms, self.bot.me, (first, last), asks)
        if found:
            log.info("Answering messages from while Quoth was down: %d.", len(found))
        # One person's messages in one place one after the other: they are not refused because too many wait.
        ordered: dict[tuple[int, int], list[discord.Message]] = {}
        for message in found:
            if message.guild and not isinstance(message.author, discord.Member):
                # Discord sends the member along only with new messages; roles and permissions decide a lot.
                with contextlib.suppress(discord.HTTPException):
                    message.author = await message.guild.fetch_member(message.author.id)
            ordered.setdefault((message.channel.id, message.author.id), []).append(message)
        self._late += [asyncio.create_task(self._answer_all(each), name="missed") for each in ordered.values()]

    async def _answer_all(self, messages: list[discord.Message]) -> None:
        for message in messages:
            try:
                await self.answer(message)
            except Exception as error:  # noqa: BLE001 - the others are answered all the same
                log.error("A message that was missed can't be answered: %s", described(error))

    async def _note_connected(self) -> None:
        while True:
            await self._note()
            await asyncio.sleep(_NOTED)

    async def _note(self) -> None:
        if self._connected:
            with contextlib.suppress(Exception):  # it is noted again soon
                await self.bot.stores.last_seen.note(time.time())

    @commands.Cog.listener("on_message")
    async def answer(self, message: discord.Message) -> None:
        """Answer a message to Quoth."""
        if message.author.bot or message.webhook_id or message.type not in _ASKING:
            return
        if message.guild:
            self.bot.access.saw(message.author.id, message.guild.id)
        addressed = message.guild is None or addressing.mentions(message, self.bot.me) or await self._continues(message)
        if not (addressed or await self._answers_here(message)) or not _may_write(message):
            return
        self.bot.speak_to(message)
        if self._arrives_empty(message):
            await self._tell_unseen(message)
            return
        question = addressing.question(message, self.bot.me)
        attached = message.attachments if addressed else _meant(message.attachments, alone=not question)
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
        place = self.bot.place_of(message)
        layers = preferences = None
        with contextlib.suppress(Exception):  # a failed look-up is tried again for the reply, which tells it
            layers = await self.bot.preferences.layers(place)
            preferences = layers.resolve()
        ask = Ask(
            message.id,
            place,
            message.channel,
            before=message,
            question=question,
            visible=True,
            replies_to=addressing.replied_to(message),
            files=attached,
            in_turn=True,
            merges=_merges(message, preferences),
            name=message.author.display_name,
            layers=layers,
        )
        thread = await self._open_thread(message, question) if preferences and preferences.threads else None
        await self.bot.asks.run(ask, ChannelSurface(message, self.bot.rate_limiters, thread), self.bot.me)

    async def _open_thread(self, message: discord.Message, question: str) -> discord.Thread | None:
        """Open a thread for a question; where it can't be, say so once."""
        if not isinstance(message.channel, discord.TextChannel) or message.thread:
            return None
        try:
            return await open_thread(message, question)
        except discord.HTTPException as error:
            log.warning("A thread can't be opened for a question: %s", described(error))
            if isinstance(error, discord.Forbidden) and message.channel.id not in self._told_threadless:
                self._told_threadless.add(message.channel.id)
                await _tell(message, t(_THREADLESS))
            return None

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
        """Whether a message is answered because of the channel or thread that it is in.

        Nobody who may not ask there is told so: they need not have meant Quoth.
        """
        place = self.bot.place_of(message)
        preferences = await self.bot.preferences.resolve(place)
        if not preferences.every_message:
            if addressing.is_for_others(message):
                return False
            own = await self._threads.has(message.channel, self.bot.me)
            if not own and not (preferences.threads and await self._began_with_question(message.channel)):
                return False
        return await self.bot.asks.admits(place)

    async def _began_with_question(self, channel: object) -> bool:
        """Whether a channel is a forum's post whose first message, which has its id, asked Quoth."""
        if not isinstance(channel, discord.Thread) or not isinstance(channel.parent, discord.ForumChannel):
            return False
        return bool(await self.bot.stores.asks.known([channel.id]))

    def _arrives_empty(self, message: discord.Message) -> bool:
        """Whether Discord withholds the content: without the intent only DMs and mentions of the user have any."""
        named = message.guild is None or any(user.id == self.bot.me for user in message.mentions)
        return not (named or self.bot.intents.message_content)

    async def _tell_unseen(self, message: discord.Message) -> None:
        """Say so once in each channel."""
        if message.channel.id not in self._told_unseen:
            self._told_unseen.add(message.channel.id)
            await _tell(message, t(_UNSEEN))


def _merges(message: discord.Message, preferences: ResolvedPreferences | None) -> bool:
    """Whether a message may be one question with others of its author: where no mention is needed."""
    if message.reference:
        return False
    if message.guild is None or isinstance(message.channel, discord.Thread):
        return True
    return preferences is not None and preferences.every_message


def _meant(attached: list[discord.Attachment], *, alone: bool) -> list[discord.Attachment]:
    """Return the files of a message that isn't for Quoth alone which belong to a question.

    Where there are no words, a long text or a voice message is one; a picture is just shown to the others.
    """
    if alone:
        return [file for file in attached if files.is_text(file) or file.is_voice_message()]
    return [file for file in attached if files.is_text(file) or files.kind_of(file)]


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
