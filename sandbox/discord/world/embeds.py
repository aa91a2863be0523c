"""Embeds: their limits, and how a sent one comes back (discord.md section 3)."""

from sandbox.discord.world.entities import Json
from sandbox.discord.world.forms import Form

MAX_EMBEDS = 10
MAX_CHARACTERS = 6000


def read_embeds(form: Form) -> list[Json]:
    """The embeds of a request, checked, trimmed and completed."""
    embeds = [_read_embed(embed) for embed in form.forms("embeds", MAX_EMBEDS)]
    if sum(_characters(embed) for embed in embeds) > MAX_CHARACTERS:
        form.complain("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_CHARACTERS}")
    return embeds


def _read_embed(form: Form) -> Json:
    form.only(
        "type", "title", "description", "url", "timestamp", "color", "footer", "image", "thumbnail", "author", "fields",
        "flags",
    )  # fmt: skip
    embed: Json = {"type": "rich"}
    for key, most in (("title", 256), ("description", 4096), ("url", 2048), ("timestamp", 64)):
        if text := _trimmed(form, key, most):
            embed[key] = text
    if (color := form.integer("color", 0, 0xFFFFFF)) is not None:
        embed["color"] = color
    for key, text_key, most in (("footer", "text", 2048), ("author", "name", 256)):
        part = form.form(key)
        if part is not None and (text := _trimmed(part, text_key, most)):
            embed[key] = {text_key: text, **{k: v for k, v in part.json.items() if k.endswith("url") and v}}
    for key in ("image", "thumbnail"):
        part = form.form(key)
        if part is not None and (url := part.text("url", most=2048)):
            embed[key] = {"url": url, "proxy_url": url}
    fields = [_read_field(field) for field in form.forms("fields", 25)]
    return embed | ({"fields": fields} if fields else {})


def _read_field(form: Form) -> Json:
    return {
        "name": _trimmed(form, "name", 256, required=True),
        "value": _trimmed(form, "value", 1024, required=True),
        "inline": form.flag("inline"),
    }


def _trimmed(form: Form, key: str, most: int, *, required: bool = False) -> str:
    """A text without the white space around it, which does not count towards its limit."""
    if isinstance(value := form.json.get(key), str):
        form.json = {**form.json, key: value.strip()}
    return form.text(key, least=1 if required else 0, most=most, required=required) or ""


def _characters(embed: Json) -> int:
    parts = [embed.get("title", ""), embed.get("description", "")]
    parts += [embed.get("footer", {}).get("text", ""), embed.get("author", {}).get("name", "")]
    for field in embed.get("fields", []):
        parts += [field["name"], field["value"]]
    return sum(len(part) for part in parts)
