"""Files that go to a model as they are: pictures, documents, sound and video.

What a file is, is known by its name before it is fetched, and checked by its first bytes afterwards. It is fetched from
Discord alone (next.md section G2).
"""

import asyncio
import mimetypes
from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import discord
import filetype  # pyright: ignore[reportMissingTypeStubs] - it has no types

from bot.context.files import DOCUMENTS, is_text, kind_of
from bot.context.message_text import file_name
from bot.context.pictures import UnfitPictureError, fit_for_models
from bot.conversation import AttachedFile, FileKind, PromptFile, ResolvedAsk
from bot.downloads import Download, Downloads, NotDownloaded, Trouble
from bot.errors import FileNotTaken
from bot.i18n.numbers import number
from bot.i18n.translate import later, t

DISCORD_HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
"""Where Discord serves what people attach (next.md section G2)."""
KINDS: tuple[FileKind, ...] = ("image", "file", "audio", "video")

_SUM = 50 * 1024 * 1024  # bytes of all files of a question: they are in memory until they are sent
_AT_ONCE = 4  # questions whose files are fetched at the same time
_HEAD = 8192  # bytes that tell what a file is
_NAME = 100  # characters of a file's name
_PACKED = (b"[Content_Types].xml", b"mimetype")  # the first file of a document that is a ZIP archive inside
_FRAME = b"\xff\xe0"  # how a frame of an MP3 without a title begins, in its bits

_NOT_READ = {
    "image": later("`{model}` reads no images."),
    "audio": later("`{model}` hears no sound."),
    "video": later("`{model}` reads no video."),
}
_UNHEARD = later("`{model}` can't listen to voice messages. Write your question, or ask a model that hears.")
_KIND_OFF = {
    "image": later("Images aren't passed on here."),
    "file": later("Documents aren't passed on here."),
    "audio": later("Sound isn't passed on here."),
    "video": later("Videos aren't passed on here."),
}
_MANY = later("You attached {count} files; {most} can go along with a question.")
_LARGE = later("“{name}” has {size} MB; a file can have {most} MB here.")
_LARGE_TOGETHER = later("Your files have {size} MB together; {most} MB can go along with a question.")
_ASK = later("Ask without “{names}”?")
_GONE = later("“{name}” can't be loaded from Discord anymore. Attach it again.")
_WRONG = later("“{name}” is damaged, or isn't what its name says.")
_PIXELS = later("“{name}” has too many pixels. Make it smaller and attach it again.")
_WORDS = {"image": "picture", "audio": "sound", "video": "video", "file": "file"}
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """The files that can go along, those that can't, and why, in sentences."""

    files: tuple[AttachedFile, ...]
    left: tuple[AttachedFile, ...]
    why: str = ""


def uploads_of(files: Iterable[discord.Attachment]) -> tuple[AttachedFile, ...]:
    """Return those of these files that go to a model as they are; text does not."""
    found: list[AttachedFile] = []
    for file in files:
        kind = None if is_text(file) else kind_of(file)
        if kind is not None:
            found.append(AttachedFile(file_name(file), kind, file.size, file.url, file.is_voice_message()))
    return tuple(found)


def stored_uploads(stored: Iterable[tuple[str, str, int, str, bool]]) -> list[AttachedFile]:
    """Return files as they were stored: name, kind, size, address, and whether it is a voice message."""
    kinds: dict[str, FileKind] = {kind: kind for kind in KINDS}
    return [AttachedFile(name, kinds[kind], size, url, voice) for name, kind, size, url, voice in stored]


def placeholder(file: AttachedFile) -> str:
    """Return the words that stand for a file in the text of a prompt."""
    return "[voice message]" if file.voice else f"[{_WORDS[file.kind]}: {file.name}]"


def choose(files: Sequence[AttachedFile], resolved: ResolvedAsk, kinds: Collection[FileKind]) -> Chosen:
    """Decide which files can go to a model.

    A document goes to every model, because Poe reads its text for those that don't (next.md section A3).

    Args:
        files: all of them, the most important first.
        resolved: the model, what it takes, and the limits.
        kinds: which kinds can go along at all.
    """
    most = resolved.limits.files
    kept: list[AttachedFile] = []
    left: list[AttachedFile] = []
    sentences: dict[str, None] = {}
    size = 0
    for file in files:
        sentence = _why_not(file, resolved, kinds)
        if not sentence and most and len(kept) >= most:
            sentence = t(_MANY, count=len(files), most=most)
        if not sentence and size + file.size > _SUM:
            together = sum(each.size for each in files)
            sentence = t(_LARGE_TOGETHER, size=_megabytes(together), most=number(_SUM // _MEGABYTE))
        if sentence:
            left.append(file)
            sentences[sentence] = None
        else:
            kept.append(file)
            size += file.size
    names = ", ".join(file.name for file in left if not file.voice)
    if names:
        sentences[t(_ASK, names=names[:300])] = None
    return Chosen(tuple(kept), tuple(left), " ".join(sentences))


def _why_not(file: AttachedFile, resolved: ResolvedAsk, kinds: Collection[FileKind]) -> str:
    takes, most = resolved.takes, resolved.limits.file_mb
    if file.kind not in kinds:
        return t(_KIND_OFF[file.kind])
    if takes is not None and file.kind != "file" and file.kind not in takes:
        return t(_UNHEARD if file.voice else _NOT_READ[file.kind], model=resolved.model)
    if most and file.size > most * _MEGABYTE:
        return t(_LARGE, name=file.name, size=_megabytes(file.size), most=most)
    return ""


def _megabytes(size: int) -> str:
    return number(size / _MEGABYTE)


class Uploads:
    """Fetches files from Discord.

    Args:
        downloads: fetches from Discord's hosts alone.
        kinds: which kinds of files can go along with a question.
    """

    def __init__(self, downloads: Downloads, kinds: Collection[FileKind] = KINDS) -> None:
        self.kinds = kinds
        self.downloads = downloads
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._converting = asyncio.Semaphore(1)  # a converted picture takes up to 200 MB meanwhile

    async def read(self, files: Sequence[AttachedFile], *, all_or_none: bool = True) -> tuple[PromptFile, ...]:
        """Fetch files and make them fit for a model.

        Args:
            files: the files, as `choose` gives them.
            all_or_none: whether a file that can't be fetched, or is damaged, is an error. Else it is left out.

        Raises:
            FileNotTaken: one of them can't go along; the sentence names it.
        """
        if not files:
            return ()
        async with self._turn:
            read = await asyncio.gather(*map(self._read, files), return_exceptions=True)
        for found in read:
            if isinstance(found, BaseException) and (all_or_none or not isinstance(found, FileNotTaken)):
                raise found
        return tuple(found for found in read if isinstance(found, PromptFile))

    async def _read(self, file: AttachedFile) -> PromptFile:
        with ExitStack() as held:
            try:
                download = await self.downloads.fetch(file.url, file.size, held)
                if file.kind != "image":
                    return await asyncio.to_thread(_identified, file, download)
                async with self._converting:
                    return await asyncio.to_thread(_picture, file, download)
            except NotDownloaded as error:
                sentence = _WRONG if error.trouble is Trouble.TOO_LARGE else _GONE
                raise FileNotTaken("A file can't be loaded from Discord.", sentence=sentence, name=file.name) from error
            except UnfitPictureError as error:
                sentence = _PIXELS if error.large else _WRONG
                raise FileNotTaken("A picture can't be passed on.", sentence=sentence, name=file.name) from error


def _bytes(download: Download) -> bytes:
    download.content.seek(0)
    return download.content.read()


def _picture(file: AttachedFile, download: Download) -> PromptFile:
    picture = fit_for_models(_bytes(download))
    name = _named(file.name, picture.content_type, picture.ending)
    return PromptFile(name, picture.content_type, picture.data)


def _identified(file: AttachedFile, download: Download) -> PromptFile:
    """Return a file with its type.

    Raises:
        FileNotTaken: its first bytes say that it is something else than its name does.
    """
    data = _bytes(download)
    content_type, ending = _type_of(data, file)
    if not content_type:
        raise FileNotTaken("A file is not what its name says.", sentence=_WRONG, name=file.name)
    return PromptFile(_named(file.name, content_type, ending), content_type, data)


def _type_of(data: bytes, file: AttachedFile) -> tuple[str, str]:
    """Return a file's content type and the ending of its name; empty if it is not of its kind."""
    known: Any = filetype.guess(data[:_HEAD])  # pyright: ignore[reportUnknownMemberType]
    found, ending = (str(known.mime), str(known.extension)) if known else ("", "")
    named = PurePosixPath(file.name.lower()).suffix.removeprefix(".")
    if file.kind == "file":
        if found == "application/zip" and data[30:60].startswith(_PACKED):
            ending = named
        return next(((mime, known) for mime, known in DOCUMENTS.items() if known == ending), ("", ""))
    if not known and named == "mp3" and data[:1] == _FRAME[:1] and data[1:2] >= _FRAME[1:]:
        return "audio/mpeg", "mp3"
    if found.partition("/")[0] not in ("audio", "video"):  # one container can hold either
        return "", ""
    declared = mimetypes.guess_type(f"x.{named}")[0] or ""
    return (declared, named) if declared.startswith(f"{file.kind}/") else (found, ending)


def _named(name: str, content_type: str, ending: str) -> str:
    """Return a file's name without folders, with an ending that says what it is, for Poe goes by that."""
    name = "".join(filter(str.isprintable, PurePosixPath(name.replace("\\", "/")).name)).strip(". ")
    path = PurePosixPath(name or "file")
    if mimetypes.guess_type(f"x{path.suffix.lower()}")[0] == content_type:
        ending = path.suffix.removeprefix(".")
    return f"{path.stem[:_NAME]}.{ending}"
