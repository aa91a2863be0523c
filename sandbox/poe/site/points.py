"""The account's points: whether there are any, and what the site says about it (poe.md section 4).

The wording of the dialog is unverified.
"""

import time
from datetime import datetime, timedelta

ALLOTMENT = 3000
_HOUR = 3600.0


class Points:
    """Knows until when the account has no points."""

    def __init__(self) -> None:
        self._empty_until = 0.0

    def hours_left(self) -> float:
        """Return the hours until points are back; 0 if there are points."""
        return max(0.0, self._empty_until - time.time()) / _HOUR

    def use_up(self, hours: float) -> None:
        """Use up all points for so many hours."""
        self._empty_until = time.time() + hours * _HOUR


def clock_sentence(hours: float) -> str:
    """Say at what time points are back, in this machine's time zone: "Nov 24, 3:00 PM"."""
    back = datetime.now().astimezone() + timedelta(hours=hours)
    clock = f"{back:%b} {back.day}, {back.hour % 12 or 12}:{back:%M %p}"
    return f"You have 0 of {ALLOTMENT:,} points left. Your points reset at {clock}."


def span_sentence(hours: float) -> str:
    """Say how long it takes until points are back: "in 5 hours", "in 20 minutes"."""
    minutes = max(1, round(hours * 60))
    count, unit = (minutes, "minute") if minutes < 60 else (round(minutes / 60), "hour")
    return f"You have 0 of {ALLOTMENT:,} points left. Your points reset in {count} {unit}{'s' if count > 1 else ''}."
