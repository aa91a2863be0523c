"""`attachment://name`: how embeds and components point at a file of their own message."""

from typing import Any, cast

from sandbox.discord.entities import Attachment, Message

_SCHEME = "attachment://"


def resolve_uploads(message: Message) -> None:
    """Point every `attachment://name` of a message at the file's address, and describe the file beside it."""
    files = {file.filename: file for file in message.attachments}
    for node in (*message.embeds, *message.components):
        _resolve(node, files)


def _resolve(node: object, files: dict[str, Attachment]) -> None:
    if isinstance(node, list):
        for each in cast("list[object]", node):
            _resolve(each, files)
    elif isinstance(node, dict):
        thing = cast("dict[str, Any]", node)
        url = thing.get("url")
        if isinstance(url, str) and url.startswith(_SCHEME) and (file := files.get(url.removeprefix(_SCHEME))):
            thing["url"] = thing["proxy_url"] = file.url
        for each in thing.values():
            _resolve(each, files)
