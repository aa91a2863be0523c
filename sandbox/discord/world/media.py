"""Media in embeds and components: `attachment://name` points at a file of the same message."""

from sandbox.discord.world.components import Kind, walk
from sandbox.discord.world.entities import Attachment, Json, Message
from sandbox.discord.world.snowflakes import Snowflakes

_SCHEME = "attachment://"


def resolve_media(message: Message, ids: Snowflakes) -> None:
    """Give every medium of a message its address, and describe in components what is behind it."""
    files = {_SCHEME + file.filename: file for file in message.attachments}
    for embed in message.embeds:
        for key in ("image", "thumbnail"):
            if (file := files.get(embed.get(key, {}).get("url", ""))) is not None:
                embed[key] = {"url": file.url, "proxy_url": file.url}
    for component in walk(message.components):
        for holder in component.get("items", [component]):
            for key in ("media", "file"):
                if key in holder:
                    _resolve(holder, key, files, ids)


def _resolve(holder: Json, key: str, files: dict[str, Attachment], ids: Snowflakes) -> None:
    url = holder[key]["url"]
    file = files.get(url)
    if file is None:
        holder[key].setdefault("id", str(ids.next()))
        holder[key].setdefault("proxy_url", url)
    else:
        holder[key] = {"id": str(file.id), "url": file.url, "proxy_url": file.url, "content_type": file.content_type}
        holder[key]["attachment_id"] = str(file.id)
    if holder.get("type") == Kind.FILE:
        holder |= {"name": file and file.filename, "size": file and len(file.data)}
