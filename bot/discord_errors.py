"""What Discord refuses, and what can be done about it (discord.md sections 1 to 4)."""

from enum import Enum, auto

import discord


class NoFurtherMessage(Exception):
    """Discord would not take another message of this interaction."""


class Remedy(Enum):
    """What to do after a request that failed."""

    AGAIN = auto()
    """Try again with the newest text, after a while."""
    FORGET = auto()
    """The message is gone."""
    HAND_OVER = auto()
    """The interaction's token is dead: go on by bot token."""
    FULL = auto()
    """No further message may follow this interaction."""
    REOPEN = auto()
    """The thread is archived."""
    UNATTACH = auto()
    """The file is refused: show the reply without it."""
    CUT = auto()
    """AutoMod refuses the newest text: keep what it let through."""
    NONE = auto()
    """Nothing."""


_BY_CODE = {
    10008: Remedy.FORGET,
    50027: Remedy.HAND_OVER,
    10015: Remedy.HAND_OVER,  # of a token that Discord no longer knows
    40094: Remedy.FULL,  # five followups, where Quoth is installed by a person alone
    50083: Remedy.REOPEN,
    40005: Remedy.UNATTACH,
    200000: Remedy.CUT,
    240000: Remedy.CUT,
}


def remedy(error: Exception, *, attached: bool = False) -> Remedy:
    """Return what to do.

    Args:
        error: whatever the request raised.
        attached: whether it carried a file, which needs a permission of its own.
    """
    if isinstance(error, NoFurtherMessage):
        return Remedy.FULL
    if not isinstance(error, discord.HTTPException):
        return Remedy.AGAIN  # the network's
    if known := _BY_CODE.get(error.code):
        return known
    if error.status == 403 and attached:
        return Remedy.UNATTACH
    # A ban by Cloudflare is a 429 as well, which discord.py does not try again.
    return Remedy.AGAIN if error.status == 429 or error.status >= 500 else Remedy.NONE


def wait(error: Exception, failures: int) -> float:
    """Return the seconds before the next try: as long as Discord says, else longer with each failure in a row."""
    told = 0.0
    if isinstance(error, discord.HTTPException) and error.status == 429:
        try:
            told = float(error.response.headers.get("Retry-After", "0"))
        except (AttributeError, ValueError):
            told = 0.0
    return min(60.0, max(told, 2.0 ** (failures - 1) - 1.0))


def lacking(error: BaseException, *, attached: bool = False) -> str:
    """Name the permission that a refused request needs, by discord.py's name: Discord itself names none.

    Args:
        error: whatever the request raised; for all but a refusal for want of permission the name is empty.
        attached: whether it carried a file.
    """
    if not isinstance(error, discord.Forbidden):
        return ""
    wanted = {50001: "view_channel", 50013: "attach_files" if attached else "send_messages"}
    return (wanted | {160002: "read_message_history"}).get(error.code, "")


def described(error: Exception) -> str:
    """What an operator may read of a failed request: Discord's answer can repeat people's words."""
    if isinstance(error, discord.HTTPException):
        permission = lacking(error)
        return f"HTTP {error.status}, code {error.code}" + (f", {permission} may be missing" if permission else "")
    return type(error).__name__
