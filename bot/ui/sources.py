"""The text that tells what was read for an answer: links to the messages, and what was left out. Pure."""

from collections.abc import Iterator, Sequence

from bot.i18n.translate import t
from bot.markdown.escapes import escaped
from storage.prompt_sources import MessageRef, PromptSourcesRow

LIMIT = 2000
_LINKS = 750  # characters of links in one list
_NAMES = 300  # characters of the names of files


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
    parts += [*_passed(sources), *_left_out(sources)]
    if reason := _reason(sources.why):
        parts.append(reason)
    return "\n".join(parts)[:LIMIT]


def _passed(sources: PromptSourcesRow) -> Iterator[str]:
    if sources.files:
        yield t("**Passed on as files:** {names}", names=_listed(sources.files))
    if sources.unsent:
        yield t("**Not passed on:** {names}", names=_listed(sources.unsent))


def _left_out(sources: PromptSourcesRow) -> Iterator[str]:
    if sources.hidden:
        yield t("**Left out (author opted out or unknown): {count}.**", count=sources.hidden)
    if sources.webhooks:
        yield t("**Left out (sent by a webhook): {count}.**", count=sources.webhooks)
    if sources.unparsed:
        yield t("**Left out (unknown format): {count}.**", count=sources.unparsed)


def _listed(names: Sequence[str]) -> str:
    """Return names as a list of at most so many characters."""
    text = escaped(", ".join(" ".join(name.split()) for name in names))
    return text if len(text) <= _NAMES else f"{text[: _NAMES - 1]}…"


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
