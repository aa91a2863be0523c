"""What a message of a reply says, and how a request carries it."""

import io
from dataclasses import dataclass
from typing import Any

import discord

from bot.reply.buttons import Button, view

_FILE = "answer.md"


@dataclass(frozen=True, slots=True)
class Post:
    """All of one message; ``file`` is the text of a file to attach, None for none."""

    content: str
    buttons: tuple[Button, ...] = ()
    file: str | None = None


def only(user: int) -> discord.AllowedMentions:
    """Allow one person alone to be pinged."""
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=[discord.Object(user)])


def answer_to(message: discord.Message) -> discord.MessageReference:
    """Refer to a message, whether or not it is still there."""
    return message.to_reference(fail_if_not_exists=False)


def new(post: Post) -> dict[str, Any]:
    """What a request that makes a message carries."""
    made: dict[str, Any] = {"content": post.content}
    if post.buttons:
        made["view"] = view(post.buttons)
    if post.file is not None:
        made["file"] = _file(post.file)
    return made


def changed(post: Post) -> dict[str, Any]:
    """What a request that edits a message carries."""
    changed: dict[str, Any] = {"content": post.content, "view": view(post.buttons)}
    if post.file is not None:
        changed["attachments"] = [_file(post.file)]
    return changed


def _file(text: str) -> discord.File:
    return discord.File(io.BytesIO(text.encode()), _FILE)
