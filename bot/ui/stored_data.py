"""What is stored about a person, as a list in words: by kind of thing, not by table. Pure."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import discord

from bot.i18n.translate import nt, t
from storage.personal_data import PERSONAL

_KINDS: Mapping[str, Callable[[int], str]] = {
    "asks": lambda count: nt("- {count} question", "- {count} questions", count),
    "pages": lambda count: nt(
        "- the ID of {count} message with an answer", "- the IDs of {count} messages with answers", count
    ),
    "readings": lambda count: t("- which messages were read for {count} of these questions", count=count),
    "uses": lambda count: nt(
        "- when and where you asked which model, without your words: {count} time",
        "- when and where you asked which model, without your words: {count} times",
        count,
    ),
    "preferences": lambda _: t("- your preferences and standing instructions"),
    "opt_outs": lambda _: t("- that you opted out"),
    "deletions": lambda _: t("- when you last deleted your data"),
}
"""What the rows of each table are."""


def stored_data(counts: Mapping[str, int], oldest: float | None) -> list[str]:
    """Return a line for each kind of thing that there is.

    Args:
        counts: how many rows there are, by table.
        oldest: when the oldest ask was asked (Unix time), if there is one.
    """
    lines = [_KINDS[table](counts[table]) for table in PERSONAL if counts.get(table)]
    if (asks := counts.get("asks", 0)) and oldest is not None:
        when = discord.utils.format_dt(datetime.fromtimestamp(oldest, UTC), "R")
        lines[0] = nt(
            "- {count} question, asked {when}", "- {count} questions, the oldest asked {when}", asks, when=when
        )
    return lines
