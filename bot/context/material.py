"""What the asker added to the question: a message that it is about, and attached files."""

import logging
from collections.abc import Sequence

import discord

from bot.context.attachments import (
    MATERIAL_CHARACTERS,
    files_of,
    read_files,
    read_material_files,
    shortened,
    text_or_note,
)
from bot.context.files import LARGEST, is_readable, is_text, kind_of
from bot.context.message_pages import fetch_one
from bot.context.message_text import file_name, named, text_of
from bot.context.turns import HistoryStore, Origin, asker_of
from bot.context.uploads import uploads_of
from bot.conversation import Quotation
from bot.discord_errors import described
from bot.downloads import Downloads
from bot.errors import FileRefused, NotForReading, PromptError
from bot.i18n.translate import later, t
from bot.markdown.escapes import unescape
from bot.markdown.own_lines import separate

log = logging.getLogger(__name__)

_UNREADABLE = later("“{name}” can't be read as text. Attach it again or paste the text.")
_NOTHING = later("That message has no text to ask about.")
_GONE = later("The message you asked about can't be read anymore.")
_UNKNOWN = later("Quoth no longer remembers who asked for that answer, so it can't read it.")
_UNKNOWN_MESSAGE = 10008  # Discord's code for a message that was deleted
_SECONDS = 10.0  # for all files together
_PART = MATERIAL_CHARACTERS  # bytes of a file that surely are read as a whole


def check(message: discord.Message, me: int) -> str:
    """Check that a question can be about a message, before it is asked.

    Returns:
        A sentence on the files of the message that can't be read, or not as a whole; empty if there are none.

    Raises:
        PromptError: there is nothing in the message that can be read.
    """
    files = files_of(message)
    readable = [file for file in files if is_readable(file)]
    passed = [file for file in files if not is_text(file) and kind_of(file)]
    own = message.author.id == me
    if not (readable or passed or (separate(message.content).text if own else text_of(message, files=False))):
        raise PromptError(sentence=_NOTHING)
    sentences: list[str] = []
    if unread := [file_name(file) for file in files if file not in readable and file not in passed]:
        sentences.append(t("Quoth can't read: {names}.", names=", ".join(unread)))
    if long := [file_name(file) for file in readable if file.size > _PART // len(readable)]:
        sentences.append(t("Only the beginning and the end may be read of: {names}.", names=", ".join(long)))
    return " ".join(sentences)


async def read_material(
    origin: Origin,
    chosen: discord.Message | discord.PartialMessage | None,
    files: Sequence[discord.Attachment],
    store: HistoryStore,
    downloads: Downloads,
    question: str,
) -> list[Quotation]:
    """Read the message and the text files that the asker added to a question.

    The message's other files are named, not fetched. A text file that can't be fetched is named as unreadable, and the
    question goes without it.

    Raises:
        PromptError: the message was deleted, or can't be read.
        NotForReading: the author of the message has opted out, or it is a reply to nobody knows whom.
        FileRefused: a file is not text after all, or the question is nothing but files that can't be fetched.
    """
    quotations: list[Quotation] = []
    if chosen is not None:
        message = await _as_it_is_now(chosen, origin)
        asked = await store.asked([message.id])
        own = message.author.id == origin.me
        author = asker_of(message, asked) if own else message.author.id
        if author is None and origin.place.guild is not None:
            raise NotForReading("Nobody knows who asked for the chosen message.", sentence=_UNKNOWN)
        if author is not None and author != origin.place.user and await store.unread([author]):
            raise NotForReading
        text = unescape(separate(named(message.content, message)).text) if own else await _text(message, downloads)
        others = uploads_of(files_of(message))
        quotations.append(Quotation("Message by", message.author.display_name, text, others))
    texts = await read_files(downloads, files, LARGEST, _SECONDS)
    alone = not (texts or quotations or question.strip())
    for file in files:
        if alone or (file.id in texts and texts[file.id] is None):
            raise FileRefused(sentence=_UNREADABLE, name=file_name(file))
        quotations.append(Quotation("File", file_name(file), text_or_note(texts.get(file.id))))
    return quotations


async def _as_it_is_now(chosen: discord.Message | discord.PartialMessage, origin: Origin) -> discord.Message:
    """Return a chosen message as it is now, or as it came with the command where Quoth can't see it.

    Quoth can't see private messages, nor those of a place where it is no member, and without the message content intent
    the messages that it fetches are empty (discord.md section 2).

    Raises:
        PromptError: it was deleted, or can't be read.
    """
    given = chosen if isinstance(chosen, discord.Message) else None
    if given is None or not given.flags.ephemeral:
        try:
            for message in (await fetch_one(origin.channel, chosen.id)).messages:
                if message.id == chosen.id and text_of(message):
                    return message
        except Exception as error:  # discord.py passes on whatever its HTTP client raises
            if isinstance(error, discord.HTTPException) and error.code == _UNKNOWN_MESSAGE:
                raise PromptError("The chosen message was deleted.", sentence=_GONE) from error
            log.warning("Could not read the chosen message (%s).", described(error))
    if given is None:
        raise PromptError("The chosen message can't be read.", sentence=_GONE)
    return given


async def _text(message: discord.Message, downloads: Downloads) -> str:
    return shortened(text_of(message, await read_material_files(downloads, message)), MATERIAL_CHARACTERS)
