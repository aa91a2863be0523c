"""What attached text files say: fetched within bounds of number, size and time, and decoded."""

import asyncio
import contextlib
import logging
import re
from collections.abc import Iterable, Sequence
from itertools import islice

import discord

from bot.context.files import is_text
from bot.context.prompt import HISTORY_BUDGET
from bot.discord_errors import described

log = logging.getLogger(__name__)

_IN_HISTORY = 5  # files of earlier messages that are read at the most
_BYTES = 64 * 1024  # size of such a file at the most
_CHARACTERS = 2_000  # how much of it goes along
_PATIENCE = 5.0  # seconds for all of them
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_ENCODING = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)


async def read_files(files: Iterable[discord.Attachment], most_bytes: int, patience: float) -> dict[int, str]:
    """Read text files at once; returns what they say by their ids, without those that can't be read in time.

    Args:
        files: the candidates; those that are no text or too large are not fetched.
        most_bytes: the largest that is fetched.
        patience: seconds for all of them together.
    """
    texts: dict[int, str] = {}

    async def read(file: discord.Attachment) -> None:
        try:
            text = decoded(await file.read(), file.content_type or "")
        except (discord.HTTPException, OSError) as error:
            log.warning("An attached file can't be read (%s).", described(error))
            return
        if text is not None:
            texts[file.id] = text

    wanted = [file for file in files if is_text(file) and file.size <= most_bytes]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience), asyncio.TaskGroup() as group:
            for file in wanted:
                group.create_task(read(file), name="file")
    return texts


def decoded(data: bytes, content_type: str = "") -> str | None:
    """Return a file's text; None for one that is no text after all.

    UTF-8 is tried first, then what marks of byte order or Discord say; what is left is read as Windows-1252, in which
    nearly every byte means something.
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
    """Refuse what has more control characters than a terminal's log might."""
    return text if len(_CONTROL.findall(text)) <= len(text) // 100 else None


async def texts_of(messages: Sequence[discord.Message]) -> dict[int, str]:
    """Read the newest files of earlier messages, as far back as history can reach."""
    files: list[discord.Attachment] = []
    room = HISTORY_BUDGET
    for message in reversed(messages):
        room -= len(message.content)
        if room < 0:
            break
        if not message.author.bot:
            files += message.attachments
            files += [file for snapshot in message.message_snapshots for file in snapshot.attachments]
    candidates = [file for file in files if is_text(file) and file.size <= _BYTES]
    texts = await read_files(islice(candidates, _IN_HISTORY), _BYTES, _PATIENCE)
    return {id_: _shortened(text) for id_, text in texts.items()}


def _shortened(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS]}\n[the file goes on]"
