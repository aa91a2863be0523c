"""What was chosen to go along with a question: a message, and attached files."""

from collections.abc import Sequence

import discord

from bot.context.attachments import read_files, texts_of
from bot.context.files import LARGEST
from bot.context.message_text import plain, said
from bot.context.turns import Memory, Scene, asker_of
from bot.conversation import Quotation
from bot.errors import FileRefused, NotForReading
from bot.i18n.translate import later
from bot.reply.status_line import unframe

_UNREADABLE = later("“{name}” can't be read as text. Please attach it again, or copy the text.")
_PATIENCE = 10.0  # seconds for all files


async def read_chosen(
    scene: Scene, message: discord.Message | None, files: Sequence[discord.Attachment], memory: Memory
) -> list[Quotation]:
    """Read the message and the files that were chosen to go along with a question.

    Raises:
        NotForReading: whoever wrote the message does not want to be read.
        FileRefused: a file can't be fetched, or is no text after all.
    """
    quotations: list[Quotation] = []
    if message is not None:
        asked = await memory.asked([message.id])
        own = message.author.id == scene.me
        author = asker_of(message, asked) if own else message.author.id
        if author != scene.place.user and author is not None and await memory.unread([author]):
            raise NotForReading
        if own:
            _, text = unframe(plain(message.clean_content))
        else:
            text = said(message, await texts_of([message]))
        quotations.append(Quotation("Message by", message.author.display_name, text))
    texts = await read_files(files, LARGEST, _PATIENCE)
    for file in files:
        if file.id not in texts:
            raise FileRefused(sentence=_UNREADABLE, name=file.filename)
        quotations.append(Quotation("File", file.filename, texts[file.id]))
    return quotations
