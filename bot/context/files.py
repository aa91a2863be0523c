"""Which attached files can be part of a question: text that a prompt can hold, and what models take as it is."""

import mimetypes
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import discord

from bot.context.message_text import file_name
from bot.context.prompt import PROMPT_LIMIT
from bot.conversation import FileKind
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
    r"|sty|styl|sub|sv|svelte|swift|tcl|tex|text|tf|toml|tsv|tsx?|txt|vb|vbs|vhdl?|vim|vtt|vue|wat|xhtml|xml"
    r"|xsl|xslt|ya?ml|zig|zsh)",
    re.IGNORECASE,
)
_ENDINGS: dict[FileKind, frozenset[str]] = {
    "image": frozenset(["png", "jpg", "jpeg", "jfif", "gif", "webp", "heic", "heif", "avif", "bmp", "tif", "tiff"]),
    "file": frozenset(["pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf", "epub"]),
    "audio": frozenset(["mp3", "wav", "ogg", "oga", "opus", "m4a", "aac", "flac", "weba", "aif", "aiff", "amr"]),
    "video": frozenset(["mp4", "m4v", "mov", "webm", "mkv", "avi", "mpg", "mpeg", "3gp", "wmv"]),
}
_GROUPS: dict[str, FileKind] = {"image": "image", "audio": "audio", "video": "video"}
DOCUMENTS = {
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/rtf": "rtf",
    "application/epub+zip": "epub",
}
"""Types of documents, and the endings of their names."""
_ARCHIVE = re.compile(
    r".*\.(?:7z|ace|apk|ar|bz2|cab|deb|dmg|gz|iso|jar|lha|lz4?|lzma|rar|rpm|tar|tbz2?|tgz|txz|war|whl|xz|zip|zst)",
    re.IGNORECASE,
)
_DRAWING = later("“{name}” is an SVG drawing, which models can't look at. Attach it as a PNG, or paste its code.")
_PACKED = later("“{name}” is an archive. Attach the files in it instead.")
_OTHER = later(
    "“{name}” is of a kind that Quoth can't pass on. It takes text files, images, PDFs and other documents, sound and "
    "video."
)
_LARGE = later("“{name}” is too large. Quoth can read text files of up to {limit} KB; this one has {size} KB.")


def is_text(file: discord.Attachment) -> bool:
    """Whether a file is text: by its name, else by the type that Discord declares, which is often another's."""
    if is_drawing(file):
        return False
    if _TEXT_NAME.fullmatch(file_name(file)):
        return True
    kind = _kind(file)
    return kind.startswith("text/") or kind.rpartition("/")[2].rpartition("+")[2] in _TEXTUAL


def is_readable(file: discord.Attachment) -> bool:
    """Whether a file is text that is not too large."""
    return is_text(file) and file.size <= LARGEST


def kind_of(file: discord.Attachment) -> FileKind | None:
    """Return what a file is, by its name, else by the type that Discord declares; None if it is not passed on."""
    ending = PurePosixPath(file_name(file).lower()).suffix.removeprefix(".")
    for kind, endings in _ENDINGS.items():
        if ending in endings:
            return kind
    declared = _kind(file)
    if ending and mimetypes.guess_type(f"x.{ending}")[0] not in (None, declared):
        return None
    if declared in DOCUMENTS:
        return "file"
    return None if is_drawing(file) else _GROUPS.get(declared.partition("/")[0])


def is_drawing(file: discord.Attachment) -> bool:
    """Whether a file is an SVG drawing: it is text, but can hold scripts, and people mean a picture."""
    return file_name(file).lower().endswith((".svg", ".svgz")) or _kind(file) == "image/svg+xml"


def check(files: Sequence[discord.Attachment]) -> None:
    """Check that all files can be part of a question, as far as that is known before the model is.

    Raises:
        FileRefused: a file is of another kind, or a text that is too large; the sentence names it.
    """
    for file in files:
        if is_text(file):
            if file.size > LARGEST:
                size, limit = number(-(-file.size // 1000)), number(LARGEST // 1000)
                raise FileRefused(sentence=_LARGE, name=file_name(file), size=size, limit=limit)
        elif kind_of(file) is None:
            packed = _ARCHIVE.fullmatch(file_name(file))
            sentence = _DRAWING if is_drawing(file) else _PACKED if packed else _OTHER
            raise FileRefused(sentence=sentence, name=file_name(file))


def _kind(file: discord.Attachment) -> str:
    guessed = file.content_type or mimetypes.guess_type(file.filename)[0] or ""
    return guessed.partition(";")[0].strip().lower()
