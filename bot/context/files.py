"""Which attached files Quoth can read: text files, no larger than a prompt can hold."""

import mimetypes
import re
from collections.abc import Sequence
from pathlib import PurePath

import discord

from bot.context.prompt import PROMPT_LIMIT
from bot.errors import FileRefused
from bot.i18n.translate import later

LARGEST = 4 * PROMPT_LIMIT
"""Bytes. A character takes at most four, so that a larger file fits into no prompt."""

_TEXTUAL = ("json", "xml", "yaml", "toml", "javascript", "typescript", "sql", "x-sh", "x-httpd-php", "graphql", "csv")
_UNTYPED = ("", "application/octet-stream")
_TEXT_NAME = re.compile(
    r"\.(?:c|cc|cfg|conf|cpp|cs|css|csv|diff|env|go|h|hpp|hs|html?|ini|java|jl|jsonl?|jsx?|kt|lock|log|lua|md|nix|patch"
    r"|php|pl|properties|ps1|py|r|rb|rs|rst|scala|sh|sql|srt|svg|swift|tex|toml|tsx?|txt|vtt|xml|ya?ml|zig)",
    re.IGNORECASE,
)
_PICTURE = later("Quoth can only read text files, and “{name}” is an image. Describe it in words instead.")
_OTHER = later("Quoth can only read text files, and “{name}” doesn't look like one.")
_LARGE = later("“{name}” is too large. Quoth can read text files of up to {limit} KB; attach a shorter one.")


def is_text(file: discord.Attachment) -> bool:
    """Whether a file is text by its declared type, or by its name where it has none."""
    kind = _kind(file)
    if kind in _UNTYPED:
        return _TEXT_NAME.fullmatch(PurePath(file.filename).suffix) is not None
    return kind.startswith("text/") or kind.rpartition("/")[2].rpartition("+")[2] in _TEXTUAL


def check(files: Sequence[discord.Attachment]) -> None:
    """Check that all files can be read, before the model is asked.

    Raises:
        FileRefused: a file is not text, or too large; the sentence names it.
    """
    for file in files:
        if not is_text(file):
            picture = _kind(file).startswith("image/")
            raise FileRefused(sentence=_PICTURE if picture else _OTHER, name=file.filename)
        if file.size > LARGEST:
            raise FileRefused(sentence=_LARGE, name=file.filename, limit=LARGEST // 1000)


def _kind(file: discord.Attachment) -> str:
    guessed = file.content_type or mimetypes.guess_type(file.filename)[0] or ""
    return guessed.partition(";")[0].strip().lower()
