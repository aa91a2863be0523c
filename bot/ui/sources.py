"""What was read for an answer, told to whoever wants to know: where each message is, and what was left out. Pure."""

from collections.abc import Sequence
from typing import Protocol

from bot.i18n.translate import t

LIMIT = 2000
_LINKS = 750  # characters of links in one list


class Read(Protocol):
    """What is remembered of it: places of messages, by channel and id, oldest first."""

    @property
    def taken(self) -> Sequence[tuple[int, int]]:
        """The messages that went in."""
        ...

    @property
    def cut(self) -> Sequence[tuple[int, int]]:
        """Those for which there was no room."""
        ...

    @property
    def hidden(self) -> int:
        """How many were left out because their authors want it so."""
        ...

    @property
    def why(self) -> str:
        """Why there was no more: see ``bot.context.history.Why``."""
        ...


def told(guild: int | None, read: Read, *, chosen: tuple[int, int] | None = None, files: int = 0) -> str:
    """Return the sentences, in at most 2000 characters.

    Args:
        guild: where it was asked; None in a DM.
        read: what was read.
        chosen: the message that was chosen to go along.
        files: how many attached files went along.
    """
    taken, cut = read.taken, read.cut
    parts: list[str] = []
    if taken:
        parts.append(t("**Read, {count}:**", count=len(taken)) + " " + _links(guild, taken))
    else:
        parts.append(t("Nothing went in but the question itself."))
    if cut:
        parts.append(t("**Not read for want of room, {count}:**", count=len(cut)) + " " + _links(guild, cut))
    if chosen:
        parts.append(t("**Chosen:** {link}", link=_links(guild, [chosen])))
    if files:
        parts.append(t("**Attached files that went in:** {count}", count=files))
    if read.hidden:
        parts.append(t("**Left out because not everybody wants to be read:** {count}", count=read.hidden))
    if reason := _reason(read.why):
        parts.append(reason)
    return "\n".join(parts)[:LIMIT]


def _reason(why: str) -> str:
    match why:
        case "off":
            return t("History is switched off here.")
        case "fresh":
            return t("It was asked without history.")
        case "forgotten":
            return t("What came before was forgotten with `/forget`.")
        case "refused":
            return t("Discord did not let Quoth read what was said before.")
        case _:
            return ""


def jump(guild: int | None, channel: int, message: int) -> str:
    """Return the address of a message."""
    return f"https://discord.com/channels/{guild or '@me'}/{channel}/{message}"


def _links(guild: int | None, places: Sequence[tuple[int, int]]) -> str:
    """Link as many of the newest as there is room for; the others lie between the first and the next one."""
    shown = [f"[{number}]({jump(guild, *place)})" for number, place in enumerate(places, 1)]
    if len(" ".join(shown)) <= _LINKS:
        return " ".join(shown)
    kept: list[str] = []
    for link in reversed(shown[1:]):
        if len(" ".join([shown[0], "…", link, *kept])) > _LINKS:
            break
        kept.insert(0, link)
    return " ".join([shown[0], "…", *kept])
