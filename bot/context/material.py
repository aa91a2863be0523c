"""What the asker added to the question: a message that it is about, and attached files."""

from collections.abc import Sequence

import discord

from bot.context.attachments import read_files, read_history_files
from bot.context.files import LARGEST
from bot.context.message_text import plain, text_of
from bot.context.turns import HistoryStore, Origin, asker_of
from bot.conversation import Quotation
from bot.errors import FileRefused, NotForReading
from bot.i18n.translate import later
from bot.markdown.own_lines import separate

_UNREADABLE = later("“{name}” can't be read as text. Attach it again or paste the text.")
_SECONDS = 10.0  # for all files together


async def read_material(
    origin: Origin, message: discord.Message | None, files: Sequence[discord.Attachment], store: HistoryStore
) -> list[Quotation]:
    """Read the message and the files that the asker added to a question.

    Raises:
        NotForReading: the author of the message has opted out.
        FileRefused: a file can't be fetched, or is not text after all.
    """
    quotations: list[Quotation] = []
    if message is not None:
        asked = await store.asked([message.id])
        own = message.author.id == origin.me
        author = asker_of(message, asked) if own else message.author.id
        if author != origin.place.user and author is not None and await store.unread([author]):
            raise NotForReading
        if own:
            text = separate(plain(message.clean_content)).text
        else:
            text = text_of(message, await read_history_files([message]))
        quotations.append(Quotation("Message by", message.author.display_name, text))
    texts = await read_files(files, LARGEST, _SECONDS)
    for file in files:
        if file.id not in texts:
            raise FileRefused(sentence=_UNREADABLE, name=file.filename)
        quotations.append(Quotation("File", file.filename, texts[file.id]))
    return quotations
