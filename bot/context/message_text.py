"""One message as text: names in place of mentions and emoji, and a placeholder for everything that is not text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import discord

_EMBED = 1_000  # characters of an embed that are read at most
_EMOJI = re.compile(r"<a?(:\w{1,32}:)\d{15,20}>")
_COMMAND = re.compile(r"<(/[\w -]{1,100}):\d{15,20}>")
_TIME = re.compile(r"<t:(-?\d{1,12})(?::[tTdDfFsSR])?>")
_MENTION = re.compile(r"<(@[!&]?|#)(\d{15,20})>")
_NONE: Mapping[int, str] = {}


def text_of(message: discord.Message, texts: Mapping[int, str] = _NONE) -> str:
    """Return a message's text; empty where it has none.

    Args:
        message: any message but Quoth's own.
        texts: the texts of attached files by the attachments' ids; other files get a placeholder.
    """
    parts = [plain(message.clean_content), *_beside(message, texts)]
    parts += [f"[forwarded] {text}" for snapshot in message.message_snapshots if (text := _forwarded(snapshot, texts))]
    if poll := message.poll:
        answers = " / ".join(answer.text for answer in poll.answers)
        parts.append(f"[poll: {poll.question} {answers}]")
    return "\n".join(part for part in parts if part)


def plain(content: str) -> str:
    """Return a message's content with names for emoji and commands, and with readable times."""
    content = content.strip()
    if "<" not in content:
        return content
    return _TIME.sub(_time, _COMMAND.sub(r"\1", _EMOJI.sub(r"\1", content)))


def with_names(text: str, message: discord.Message) -> str:
    """Return a text with names for its mentions. It belongs to a message but is not the message's content."""
    guild = message.guild

    def name(found: re.Match[str]) -> str:
        id_ = int(found[2])
        if found[1] == "#":
            channel = guild.get_channel_or_thread(id_) if guild else None
            return f"#{channel.name}" if channel else "#deleted-channel"
        role = guild.get_role(id_) if guild and found[1] == "@&" else None
        member = guild.get_member(id_) if guild else None
        known = role or member or discord.utils.get(message.mentions, id=id_)
        return f"@{known.display_name if isinstance(known, discord.abc.User) else known.name}" if known else "@someone"

    return plain(_MENTION.sub(name, text))


def placeholder(file: discord.Attachment) -> str:
    """Return the words that stand for a file whose text is not read."""
    if file.is_voice_message():
        return "[voice message]"
    kind = {"image": "picture", "video": "video", "audio": "sound"}.get((file.content_type or "").partition("/")[0])
    return f"[{kind or 'file'}: {file.filename}]"


def _forwarded(snapshot: discord.MessageSnapshot, texts: Mapping[int, str]) -> str:
    return "\n".join(part for part in (plain(snapshot.content), *_beside(snapshot, texts)) if part)


def _beside(message: discord.Message | discord.MessageSnapshot, texts: Mapping[int, str]) -> list[str]:
    """Return everything that is not content: embeds, texts of components, stickers, files."""
    parts = [_embed(embed) for embed in message.embeds]
    if message.flags.components_v2:
        parts += map(plain, _displayed(message.components))
    parts += [f"[sticker: {sticker.name}]" for sticker in message.stickers]
    for file in message.attachments:
        text = texts.get(file.id)
        parts.append(
            placeholder(file) if text is None else f"[file: {file.filename}]\n{text}\n[end of {file.filename}]"
        )
    return parts


def _embed(embed: discord.Embed) -> str:
    lines = [embed.author.name, embed.title, embed.description]
    lines += [f"{field.name}: {field.value}" for field in embed.fields]
    text = plain("\n".join(line for line in (*lines, embed.footer.text) if line))
    return f"[embed] {text if len(text) <= _EMBED else text[: _EMBED - 1] + '…'}" if text else ""


def _displayed(components: Sequence[Any]) -> Iterator[str]:
    for component in components:
        if isinstance(component, discord.TextDisplay):
            yield component.content
        yield from _displayed(getattr(component, "children", ()))


def _time(found: re.Match[str]) -> str:
    try:
        return f"{datetime.fromtimestamp(int(found[1]), UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        return found[0]
