"""What models make, as attachments of a reply: pictures, sound, video and files that an answer links to or brings.

They are added once the answer's text is shown, which never waits for them. What can't be attached stays a link.
"""

import asyncio
import mimetypes
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import IO, Any

import discord

from bot.conversation import AnswerFile, Snapshot, State
from bot.downloads import Download, Downloads, NotDownloaded, Trouble
from bot.i18n.translate import nlater, t
from bot.markdown.media import Linked, address, linked

MOST_FILES = 10
"""Files of one message at most (next.md section G1)."""
_SUM = 25 * 1024 * 1024
"""Bytes of one message's files together, unless a single one may be larger (next.md section G1)."""
_AT_ONCE = 4  # answers whose files are fetched or uploaded at the same time: a bound for what is kept meanwhile
_DESCRIBED = 100  # characters of a picture's description: Poe's is the whole question
_NAME = 60  # characters of a file's name without its ending
_SHOWN = ("image", "video")  # what a spoiler hides

_SENTENCES = {
    Trouble.FOREIGN: nlater(
        "{count} file isn't from Poe, so Quoth doesn't load it.",
        "{count} files aren't from Poe, so Quoth doesn't load them.",
    ),
    Trouble.GONE: nlater("{count} file couldn't be downloaded.", "{count} files couldn't be downloaded."),
    Trouble.TOO_LARGE: nlater(
        "{count} file is too large to be attached here.", "{count} files are too large to be attached here."
    ),
    Trouble.TOO_MANY: nlater(
        "{count} file isn't attached: a message can have {most}.",
        "{count} files aren't attached: a message can have {most}.",
    ),
    Trouble.WRONG: nlater(
        "{count} file is damaged or of an unsupported kind.", "{count} files are damaged or of an unsupported kind."
    ),
    Trouble.UNPERMITTED: nlater(
        "{count} file isn't attached: Quoth needs *Attach Files* here.",
        "{count} files aren't attached: Quoth needs *Attach Files* here.",
    ),
    Trouble.REFUSED: nlater("Discord didn't accept {count} file.", "Discord didn't accept {count} files."),
}


@dataclass(frozen=True, slots=True, eq=False)
class MediaFile:
    """A file to attach; ``description`` is for people who can't see a picture, empty for none."""

    name: str
    description: str
    spoiler: bool
    content: IO[bytes] = field(repr=False)

    def open(self) -> discord.File:
        """Return the file for one request."""
        self.content.seek(0)
        # A temporary file is one by its methods, if not by its type.
        content: Any = self.content
        return discord.File(content, self.name, spoiler=self.spoiler, description=self.description or None)


@dataclass(frozen=True, slots=True)
class Gallery:
    """The files of one answer.

    ``replaced`` are the addresses whose links the files replace, by file. ``troubles`` are the reasons why others are
    not attached. ``seen`` are the addresses of all of them.
    """

    files: tuple[MediaFile, ...] = ()
    replaced: tuple[frozenset[str], ...] = ()
    troubles: tuple[Trouble, ...] = ()
    seen: frozenset[str] = field(default=frozenset(), compare=False)
    held: ExitStack = field(default_factory=ExitStack, compare=False, repr=False)

    @property
    def addresses(self) -> frozenset[str]:
        """All addresses whose links the files replace."""
        return frozenset[str]().union(*self.replaced)

    @property
    def note(self) -> str:
        """A sentence for each reason why files are not attached; empty if all are."""
        counted = Counter(self.troubles)
        return " ".join(t(_SENTENCES[each], count=counted[each], most=MOST_FILES) for each in Trouble if counted[each])

    def plus(self, other: "Gallery") -> "Gallery":
        """Return these files and those that were fetched later; their contents stay with the galleries."""
        files, replaced = (*self.files, *other.files), (*self.replaced, *other.replaced)
        return Gallery(files, replaced, (*self.troubles, *other.troubles))

    def first(self, room: int, trouble: Trouble) -> "Gallery":
        """Return at most so many of the files; the others have this trouble."""
        troubles = (*self.troubles, *(trouble for _ in self.files[room:]))
        return replace(self, files=self.files[:room], replaced=self.replaced[:room], troubles=troubles)

    def close(self) -> None:
        """Drop the files' contents."""
        self.held.close()


@dataclass(frozen=True, slots=True)
class _Candidate:
    url: str
    name: str
    description: str


class Media:
    """Gathers the files of answers, of a few answers at the same time. Owned by the bot.

    Args:
        downloads: what downloads them.
    """

    def __init__(self, downloads: Downloads) -> None:
        self._downloads = downloads
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def gather(self, snapshot: Snapshot, limit: int, seen: frozenset[str], *, spoilers: bool) -> Gallery:
        """Download the files of an answer that is over. The caller closes the gallery.

        Args:
            snapshot: the whole answer.
            limit: the bytes of a file that may be attached at most; 0 where none may.
            seen: the addresses of files that were gathered before.
            spoilers: whether pictures and videos are hidden until somebody wants to see them.
        """
        found, foreign = await self._find(snapshot)
        candidates = [each for each in found if each.url not in seen]
        troubles = [Trouble.FOREIGN for _ in foreign - seen]
        seen = frozenset(each.url for each in found) | foreign
        if not candidates or not limit:
            return Gallery(troubles=(*troubles, *(Trouble.UNPERMITTED for _ in candidates)), seen=seen)
        troubles += [Trouble.TOO_MANY for _ in candidates[MOST_FILES:]]
        with ExitStack() as held:
            await self._room.acquire()
            held.callback(self._room.release)
            wanted = candidates[:MOST_FILES]
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._get(each.url, limit, held), name="file") for each in wanted]
            gallery = _gallery(wanted, [task.result() for task in tasks], max(limit, _SUM), spoilers=spoilers)
            troubles = [*gallery.troubles, *troubles]
            return replace(gallery, troubles=tuple(troubles), seen=seen, held=held.pop_all())

    async def _find(self, snapshot: Snapshot) -> tuple[list[_Candidate], frozenset[str]]:
        """Return what an answer has to attach, and the addresses of pictures and files that may not be fetched."""
        links: list[Linked] = []
        text, files = snapshot.text, snapshot.files
        if "![" in text or self._downloads.may_mention(text):
            links = await asyncio.to_thread(linked, text, files)
            if snapshot.state is not State.DONE:  # the last address may have been cut off
                links = [link for link in links if link.picture or not text.rstrip().endswith(link.url)]
        brought = {address(file.url): file for file in files}
        found: dict[str, _Candidate] = {}
        foreign = set[str]()
        for link in (*links, *(Linked(url, "", picture=True) for url in brought)):
            if self._downloads.allows(link.url):
                found.setdefault(link.url, _candidate(link, brought.get(link.url)))
            elif link.picture:
                foreign.add(link.url)
        return list(found.values()), frozenset(foreign)

    async def _get(self, url: str, limit: int, held: ExitStack) -> Download | Trouble:
        try:
            return await self._downloads.get(url, limit, held)
        except NotDownloaded as error:
            return error.trouble


def _candidate(link: Linked, file: AnswerFile | None) -> _Candidate:
    words = " ".join(link.words.split())
    named = file.name if file else words if mimetypes.guess_type(words)[0] else ""
    return _Candidate(link.url, named, words)


def _gallery(wanted: Sequence[_Candidate], got: Sequence[Download | Trouble], most: int, *, spoilers: bool) -> Gallery:
    """Return what was downloaded, the same only once and no more bytes than one message may have."""
    files: dict[bytes, MediaFile] = {}
    replaced: dict[bytes, frozenset[str]] = {}
    troubles: list[Trouble] = []
    room = most
    for candidate, download in zip(wanted, got, strict=True):
        if isinstance(download, Trouble):
            troubles.append(download)
        elif download.digest in files:
            replaced[download.digest] |= {candidate.url}
        elif download.size > room:
            troubles.append(Trouble.TOO_LARGE)
        else:
            room -= download.size
            files[download.digest] = _file(candidate, download, spoilers=spoilers)
            replaced[download.digest] = frozenset({candidate.url})
    return Gallery(tuple(files.values()), tuple(replaced.values()), tuple(troubles))


def _file(candidate: _Candidate, download: Download, *, spoilers: bool) -> MediaFile:
    group = download.content_type.partition("/")[0]
    description = candidate.description if group == "image" else ""
    if len(description) > _DESCRIBED:
        description = description[: _DESCRIBED - 1] + "…"
    name = _file_name(candidate.name, download, group if group in ("image", "audio", "video") else "file")
    return MediaFile(name, description, spoilers and group in _SHOWN, download.content)


def _file_name(wanted: str, download: Download, otherwise: str) -> str:
    """Return a name without folders, and with the ending that belongs to what the file is."""
    name = PurePosixPath("".join(filter(str.isprintable, wanted)).replace("\\", "/")).name.strip(" ").rstrip(".")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    if mimetypes.guess_type(f"x.{ending}")[0] != download.content_type:
        # The ending of another kind is taken off; anything else behind a dot belongs to the name.
        stem = stem if ending and mimetypes.guess_type(f"x.{ending}")[0] else name
        ending = download.ending
    return f"{stem[:_NAME].strip(' .') or otherwise}.{ending}"
