"""The text that tells what was read for an answer: links to the messages, and what was left out. Pure."""

from collections.abc import Sequence

from bot.i18n.translate import t
from storage.prompt_sources import MessageRef, PromptSourcesRow

LIMIT = 2000
_LINKS = 750  # characters of links in one list


def sources_text(
    guild: int | None, sources: PromptSourcesRow, *, chosen: MessageRef | None = None, files: int = 0
) -> str:
    """Return what was read for an answer, in at most 2000 characters.

    Args:
        guild: where it was asked; None in a DM.
        sources: what was read.
        chosen: the message that the question was about.
        files: how many attached files were read.
    """
    taken, cut = sources.taken, sources.cut
    parts: list[str] = []
    if taken:
        parts.append(t("**Messages read: {count}.**", count=len(taken)) + " " + _links(guild, taken))
    else:
        parts.append(t("Only your question was sent."))
    if cut:
        parts.append(t("**Left out (context full): {count}.**", count=len(cut)) + " " + _links(guild, cut))
    if chosen:
        parts.append(t("**Asked about this message:** {link}", link=_links(guild, [chosen])))
    if files:
        parts.append(t("**Attached files: {count}.**", count=files))
    if sources.hidden:
        parts.append(t("**Left out (author opted out or unknown): {count}.**", count=sources.hidden))
    if sources.webhooks:
        parts.append(t("**Left out (sent by a webhook): {count}.**", count=sources.webhooks))
    if sources.unparsed:
        parts.append(t("**Left out (unknown format): {count}.**", count=sources.unparsed))
    if reason := _reason(sources.why):
        parts.append(reason)
    return "\n".join(parts)[:LIMIT]


def _reason(why: str) -> str:
    match why:
        case "off":
            return t("Context messages are turned off here.")
        case "fresh":
            return t("This question was asked without earlier messages.")
        case "forgotten":
            return t("Earlier messages were cleared from the context with `/forget`.")
        case "refused":
            return t("Discord didn't allow Quoth to read earlier messages.")
        case "permission":
            return t("Earlier messages were left out: the asker doesn't have *Read Message History* here.")
        case _:
            return ""


def jump(guild: int | None, channel: int, message: int) -> str:
    """Return the URL of a message."""
    return f"https://discord.com/channels/{guild or '@me'}/{channel}/{message}"


def _links(guild: int | None, messages: Sequence[MessageRef]) -> str:
    """Link the first message and as many of the newest as fit."""
    shown = [f"[{number}]({jump(guild, *message)})" for number, message in enumerate(messages, 1)]
    if len(" ".join(shown)) <= _LINKS:
        return " ".join(shown)
    kept: list[str] = []
    for link in reversed(shown[1:]):
        if len(" ".join([shown[0], "…", link, *kept])) > _LINKS:
            break
        kept.insert(0, link)
    return " ".join([shown[0], "…", *kept])
