"""One message as text: names in place of mentions and emoji, and a placeholder for everything that is not text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

import discord

_EMBED = 1_000  # characters of an embed that are read at most
_EMOJI = re.compile(r"<a?(:\w{1,32}:)\d{1,20}>")
_COMMAND = re.compile(r"<(/[\w -]{1,100}):\d{1,20}>")
_TIME = re.compile(r"<t:(-?\d{1,12})(?::[tTdDfFsSR])?>")
_MENTION = re.compile(r"<(@[!&]?|#)(\d{1,20})>")
_NO_TEXTS: Mapping[int, str] = {}
_NO_NAMES: Mapping[int, str] = {}


def text_of(
    message: discord.Message,
    texts: Mapping[int, str] = _NO_TEXTS,
    names: Mapping[int, str] = _NO_NAMES,
    *,
    files: bool = True,
) -> str:
    """Return a message's text; empty where it has none. What Discord leaves out, or sends as null, is no text.

    Args:
        message: any message but Quoth's own.
        texts: the texts of attached files by the attachments' ids; other files get a placeholder.
        names: what people are called who are not called by their display name, by their ids.
        files: whether attached files are part of the text.
    """
    parts = [named(message.content, message, names), *_beside(message, texts, files=files)]
    for snapshot in message.message_snapshots:
        inner = [named(snapshot.content, message, names), *_beside(snapshot, texts, files=files)]
        if text := _joined(inner):
            parts.append(f"[forwarded] {text}")
    if poll := message.poll:
        answers = " / ".join(f"{answer.emoji or ''} {answer.text or ''}".strip() for answer in poll.answers)
        question = getattr(poll, "question", None) or ""  # discord.py's property fails where Discord sends null
        parts.append(f"[poll: {' '.join(filter(None, (plain(question), plain(answers))))}]")
    return _joined(parts)


def plain(content: str | None) -> str:
    """Return a message's content with names for emoji and commands, and with readable times."""
    content = (content or "").strip()
    if "<" not in content:
        return content
    return _TIME.sub(_time, _COMMAND.sub(r"\1", _EMOJI.sub(r"\1", content)))


def named(text: str | None, message: discord.Message, names: Mapping[int, str] = _NO_NAMES) -> str:
    """Return a text that belongs to a message with names for its mentions, beside what `plain` does."""
    people = {user.id: user.display_name for user in message.mentions}
    return with_names(text, message.guild, people | dict(names))


def with_names(text: str | None, guild: discord.Guild | None, people: Mapping[int, str]) -> str:
    """Return a text with names for its mentions, beside what `plain` does.

    Args:
        text: what somebody wrote.
        guild: where, for the names of roles, channels and members that discord.py knows.
        people: the names of people by their ids.
    """

    def name(found: re.Match[str]) -> str:
        id_ = int(found[2])
        if found[1] == "#":
            channel = guild.get_channel_or_thread(id_) if guild else None
            return f"#{channel.name}" if channel else "#deleted-channel"
        if found[1] == "@&":
            role = guild.get_role(id_) if guild else None
            return f"@{role.name}" if role else "@deleted-role"
        member = guild.get_member(id_) if guild and id_ not in people else None
        return f"@{member.display_name if member else people.get(id_, 'someone')}"

    return plain(_MENTION.sub(name, text) if text else text)


def mentioned(text: str) -> list[int]:
    """Return the ids of the people whom a text mentions, each once."""
    return list(dict.fromkeys(int(found[2]) for found in _MENTION.finditer(text) if found[1] in ("@", "@!")))


def file_name(file: discord.Attachment) -> str:
    """Return a file's name as its owner gave it; Discord mangles letters of most alphabets in `filename` only."""
    ending = file.filename[file.filename.rfind(".") :] if "." in file.filename else ""
    if not file.title:
        return file.filename
    return file.title if PurePath(file.title).suffix.lower() == ending.lower() else f"{file.title}{ending}"


def placeholder(file: discord.Attachment) -> str:
    """Return the words that stand for a file whose text is not read."""
    if file.is_voice_message():
        return "[voice message]"
    kind = {"image": "picture", "video": "video", "audio": "sound"}.get((file.content_type or "").partition("/")[0])
    return f"[{kind or 'file'}: {file_name(file)}]"


def _joined(parts: Sequence[str]) -> str:
    return "\n".join(part for part in parts if part)


def _beside(
    message: discord.Message | discord.MessageSnapshot, texts: Mapping[int, str], *, files: bool
) -> Iterator[str]:
    """Yield everything that is not content: embeds, texts of components, stickers, files."""
    yield from map(_embed, message.embeds)
    if message.flags.components_v2:
        yield from map(plain, _displayed(message.components))
    yield from (f"[sticker: {sticker.name}]" for sticker in message.stickers if sticker.name)
    for file in message.attachments if files else ():
        if (text := texts.get(file.id)) is None:
            yield placeholder(file)
        else:
            yield f"[file: {file_name(file)}]\n{text}\n[end of {file_name(file)}]"


def _embed(embed: discord.Embed) -> str:
    data: Mapping[str, Any] = embed.to_dict()  # its properties fail where Discord sends null
    lines = [(data.get("author") or {}).get("name"), data.get("title"), data.get("description")]
    fields = [(field.get("name"), field.get("value")) for field in data.get("fields") or ()]
    lines += [": ".join(filter(None, field)) for field in fields]
    lines.append((data.get("footer") or {}).get("text"))
    text = plain("\n".join(line for line in lines if line))
    return f"[embed] {text if len(text) <= _EMBED else text[: _EMBED - 1] + '…'}" if text else ""


def _displayed(components: Sequence[Any]) -> Iterator[str]:
    for component in components:
        if isinstance(component, discord.TextDisplay):
            yield component.content or ""
        yield from _displayed(getattr(component, "children", ()))


def _time(found: re.Match[str]) -> str:
    try:
        return f"{datetime.fromtimestamp(int(found[1]), UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return found[0]
