"""The texts of attached files, fetched within limits of number, size and time, and decoded."""

import asyncio
import contextlib
import logging
import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack

import discord

from bot.context.files import LARGEST, is_readable, is_text
from bot.context.prompt import HISTORY_BUDGET
from bot.discord_errors import described
from bot.downloads import Downloads, NotDownloaded

log = logging.getLogger(__name__)

_HISTORY_FILES = 5  # files of earlier messages that are read at most
_HISTORY_BYTES = 64 * 1024  # size of such a file at most
_HISTORY_CHARACTERS = 2_000  # how much of its text goes into a prompt
_HISTORY_SECONDS = 5.0  # for all of them together
_MATERIAL_SECONDS = 10.0
_UNREAD = "(This file could not be read.)"
MATERIAL_CHARACTERS = 12_000
"""Characters of the message that a question is about, with its files, at most: the question and history need room."""
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_ENCODING = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)


async def read_files(
    downloads: Downloads, files: Iterable[discord.Attachment], most_bytes: int, seconds: float
) -> dict[int, str | None]:
    """Read text files, all at the same time; returns their texts by id.

    A file that was fetched, but is not text after all, has None. One that can't be fetched in time is left out.

    Args:
        downloads: fetches from Discord's hosts alone.
        files: the candidates; files that are not text, or too large, are not fetched.
        most_bytes: the size of a file that is fetched at most.
        seconds: the time for all files together.
    """
    texts: dict[int, str | None] = {}

    async def read(file: discord.Attachment) -> None:
        try:
            with ExitStack() as held:
                download = await downloads.fetch(file.url, most_bytes, held)
                download.content.seek(0)
                texts[file.id] = decoded(download.content.read(), file.content_type or "")
        except NotDownloaded as error:
            log.warning("Could not read an attached file (%s).", error)
        except Exception as error:  # noqa: BLE001 - one broken download must not end the ask, nor the other downloads
            log.warning("Could not read an attached file (%s).", described(error))

    wanted = [file for file in files if is_text(file) and file.size <= most_bytes]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for file in wanted:
                group.create_task(read(file), name="file")
    return texts


def text_or_note(text: str | None) -> str:
    """Return what stands in a prompt for a file's text: a note in its place if it could not be read."""
    return _UNREAD if text is None else text


def decoded(data: bytes, content_type: str = "") -> str | None:
    """Return a file's text, or None for a file that is not text after all.

    A byte-order mark decides the encoding. Else UTF-8 is tried, then the encoding that Discord names, and at last
    Windows-1252, in which nearly every byte is a character.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif found := _ENCODING.search(content_type):
        encodings = ["utf-8-sig", found[1]]
    else:
        encodings = ["utf-8-sig"]
    for encoding in encodings:
        with contextlib.suppress(UnicodeError, LookupError):
            return _checked(data.decode(encoding))
    return _checked(data.decode("cp1252", errors="replace"))


def _checked(text: str) -> str | None:
    """Return the text, or None if it has more control characters than even a terminal's log."""
    return text if len(_CONTROL.findall(text)) <= len(text) // 100 else None


def files_of(message: discord.Message) -> list[discord.Attachment]:
    """Return the files of a message, and of the messages that it forwards."""
    return [*message.attachments, *(file for snapshot in message.message_snapshots for file in snapshot.attachments)]


async def read_history_files(downloads: Downloads, messages: Sequence[discord.Message]) -> dict[int, str]:
    """Read the newest files of earlier messages, as far back as a prompt's history can reach."""
    files: list[discord.Attachment] = []
    room = HISTORY_BUDGET
    for message in reversed(messages):
        room -= len(message.content or "")
        if room < 0:
            break
        if not message.author.bot:
            files += files_of(message)
    candidates = [file for file in files if is_text(file) and file.size <= _HISTORY_BYTES][:_HISTORY_FILES]
    texts = await read_files(downloads, candidates, _HISTORY_BYTES, _HISTORY_SECONDS)
    return {file.id: _beginning(text_or_note(texts.get(file.id))) for file in candidates}


async def read_material_files(downloads: Downloads, message: discord.Message) -> dict[int, str]:
    """Read all text files of a message that a question is about, no matter who wrote it."""
    candidates = [file for file in files_of(message) if is_readable(file)]
    texts = await read_files(downloads, candidates, LARGEST, _MATERIAL_SECONDS)
    most = MATERIAL_CHARACTERS // max(1, len(texts))
    return {file.id: shortened(text_or_note(texts.get(file.id)), most) for file in candidates}


def shortened(text: str, most: int) -> str:
    """Return the beginning and the end of a text that needs more than ``most`` characters in a prompt."""
    kept = len(text)
    part = text
    # A prompt indents each line and may mark it.
    while len(part) + 4 * part.count("\n") > most:
        kept = kept * 9 // 10
        half = kept // 2
        part = f"{text[:half]}\n[…]\n{text[len(text) - half :]}"
    return part


def _beginning(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _HISTORY_CHARACTERS else f"{text[:_HISTORY_CHARACTERS]}\n[the file goes on]"
