"""Which attached files Quoth can read: text files, no larger than a prompt can hold."""

import mimetypes
import re
from collections.abc import Sequence

import discord

from bot.context.message_text import file_name
from bot.context.prompt import PROMPT_LIMIT
from bot.errors import FileRefused
from bot.i18n.numbers import number
from bot.i18n.translate import later

LARGEST = 4 * PROMPT_LIMIT
"""Bytes. A character takes at most four, so that a larger file fits into no prompt."""

_TEXTUAL = ("json", "xml", "yaml", "toml", "javascript", "typescript", "sql", "x-sh", "x-httpd-php", "graphql", "csv")
_TEXT_NAME = re.compile(
    r"(?:.*\.)?(?:dockerfile|makefile|gitignore|editorconfig)|.*\.(?:adoc|asm|astro|bash|bat|bib|c|cc|cfg|cjs|cl|clj"
    r"|cljs|cmake|cmd|conf|cpp|cs|css|csv|cts|cu|cxx|dart|diff|ejs|el|elm|env|erl|exs?|f90|fish|fsx?|geojson|gd|glsl"
    r"|go|gql|gradle|graphql|groovy|h|hcl|hh|hpp|hs|html?|hxx|inc|ini|ipynb|java|jl|jsonc?|json5|jsonl|jsx?|kts?|less"
    r"|lisp|lock|log|lua|m|markdown|md|mdx|mjs|mk|ml|mli|mm|mts|ndjson|nim|nix|org|pas|patch|php|pl|plist|pm|po|pot"
    r"|prisma|proto|properties|ps1|psm1|pyi?|qml|r|rb|reg|rkt|rs|rst|sass|sbv|scala|scm|scss|service|sh|sol|sql|srt"
    r"|sty|styl|sub|sv|svelte|svg|swift|tcl|tex|text|tf|toml|tsv|tsx?|txt|vb|vbs|vhdl?|vim|vtt|vue|wat|xhtml|xml"
    r"|xsl|xslt|ya?ml|zig|zsh)",
    re.IGNORECASE,
)
_PICTURE = later("Quoth can only read text files, and “{name}” is an image. Describe it in words instead.")
_OTHER = later("Quoth can only read text files, and “{name}” doesn't look like one.")
_LARGE = later("“{name}” is too large. Quoth can read text files of up to {limit} KB; this one has {size} KB.")


def is_text(file: discord.Attachment) -> bool:
    """Whether a file is text: by its name, else by the type that Discord declares, which is often another's."""
    if _TEXT_NAME.fullmatch(file_name(file)):
        return True
    kind = _kind(file)
    return kind.startswith("text/") or kind.rpartition("/")[2].rpartition("+")[2] in _TEXTUAL


def is_readable(file: discord.Attachment) -> bool:
    """Whether a file is text that is not too large."""
    return is_text(file) and file.size <= LARGEST


def check(files: Sequence[discord.Attachment]) -> None:
    """Check that all files can be read, before the model is asked.

    Raises:
        FileRefused: a file is not text, or too large; the sentence names it.
    """
    for file in files:
        if not is_text(file):
            picture = _kind(file).startswith("image/")
            raise FileRefused(sentence=_PICTURE if picture else _OTHER, name=file_name(file))
        if file.size > LARGEST:
            raise FileRefused(
                sentence=_LARGE, name=file_name(file), size=number(-(-file.size // 1000)), limit=number(LARGEST // 1000)
            )


def _kind(file: discord.Attachment) -> str:
    guessed = file.content_type or mimetypes.guess_type(file.filename)[0] or ""
    return guessed.partition(";")[0].strip().lower()
