"""What Discord refuses, and what to do about it (discord.md sections 1 to 4)."""

from collections.abc import Iterator
from enum import Enum, auto

import aiohttp
import discord

LONGEST_PAUSE = 300.0
"""Seconds between two tries at most while Discord can't be reached."""
_FIRST_PAUSE = 2.0


class NoFurtherMessage(Exception):
    """Discord would not take another message of this interaction."""


class Remedy(Enum):
    """What to do after a request that failed."""

    AGAIN = auto()
    """Try again later, with the newest text."""
    FORGET = auto()
    """The message is gone."""
    HAND_OVER = auto()
    """The interaction's token is dead: continue with the bot token."""
    FULL = auto()
    """This interaction takes no further message."""
    REOPEN = auto()
    """The thread is archived."""
    UNATTACH = auto()
    """The file is refused: show the reply without it."""
    CUT = auto()
    """AutoMod blocks the newest text: keep the last text that it accepted."""
    END = auto()
    """Quoth itself is at fault: end with what is shown."""
    NONE = auto()
    """Nothing."""


_BY_CODE = {
    10008: Remedy.FORGET,
    50027: Remedy.HAND_OVER,
    10015: Remedy.HAND_OVER,  # unknown webhook: the token is no longer known
    40094: Remedy.FULL,  # more than five followups of a user install
    50083: Remedy.REOPEN,
    40005: Remedy.UNATTACH,
    200000: Remedy.CUT,
    240000: Remedy.CUT,
}


def remedy(error: Exception, *, attached: bool = False) -> Remedy:
    """Return what to do about a failed request.

    Args:
        error: what the request raised.
        attached: whether the request had a file, which needs a permission of its own.
    """
    if isinstance(error, NoFurtherMessage):
        return Remedy.FULL
    if isinstance(error, aiohttp.ClientError | OSError):  # among them TimeoutError
        return Remedy.AGAIN
    if not isinstance(error, discord.HTTPException):
        return Remedy.END
    if known := _BY_CODE.get(error.code):
        return known
    if error.status == 403 and attached:
        return Remedy.UNATTACH
    # A ban by Cloudflare is also a 429, which discord.py does not retry.
    return Remedy.AGAIN if error.status == 429 or error.status >= 500 else Remedy.NONE


def wait(error: Exception, failures: int) -> float:
    """Return the seconds before the next try: as Discord says, else growing with the number of failures in a row."""
    retry_after = 0.0
    if isinstance(error, discord.HTTPException) and error.status == 429:
        try:
            retry_after = float(error.response.headers.get("Retry-After", "0"))
        except (AttributeError, ValueError):
            retry_after = 0.0
    return min(60.0, max(retry_after, 2.0 ** (failures - 1) - 1.0))


def lacking(error: BaseException, *, attached: bool = False) -> str:
    """Return the permission that a refused request lacks, by discord.py's name; empty if it failed otherwise.

    Discord itself does not say which permission is missing.

    Args:
        error: what the request raised.
        attached: whether the request had a file.
    """
    if not isinstance(error, discord.Forbidden):
        return ""
    wanted = {50001: "view_channel", 50013: "attach_files" if attached else "send_messages"}
    return (wanted | {160002: "read_message_history"}).get(error.code, "")


def described(error: Exception) -> str:
    """Describe a failed request for the log, without Discord's text, which can repeat what people wrote."""
    if isinstance(error, discord.HTTPException):
        permission = lacking(error)
        return f"HTTP {error.status}, code {error.code}" + (f", {permission} may be missing" if permission else "")
    return type(error).__name__


def can_not_reach(error: Exception) -> bool:
    """Whether a request failed because of the network or of Discord's servers, so that a later one may succeed."""
    if isinstance(error, discord.HTTPException):
        return error.status == 429 or error.status >= 500
    return isinstance(error, aiohttp.ClientError | OSError)


def pauses() -> Iterator[float]:
    """Give the seconds between one try and the next while Discord can't be reached: they grow."""
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)
