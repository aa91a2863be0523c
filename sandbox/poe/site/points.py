"""The account's points: how many are left, and when they come back (poe.md section 4).

The wording of the dialog and the unit of `messagePointResetTime` are unverified; the unit follows `creationTime`'s.
"""

import time
from datetime import UTC, datetime, timedelta

ALLOTMENT = 3000
_HOUR = 3600.0


class Points:
    """Knows whether there are points, and what a visitor was told about it last."""

    def __init__(self) -> None:
        self._empty_until = 0.0
        self._told = 0.0

    def hours_left(self) -> float:
        """Hours until used-up points come back; 0 where there are points."""
        return max(0.0, self._empty_until - time.time()) / _HOUR

    def use_up(self, hours: float) -> None:
        """Uses all points up for so long from now on."""
        self._empty_until = time.time() + hours * _HOUR
        self.tell(hours)

    def tell(self, hours: float) -> None:
        """Notes that a visitor was told that points come back in so many hours."""
        self._told = time.time() + hours * _HOUR

    def info(self) -> dict[str, int]:
        """Gives `messagePointInfo` as the settings page gets it; the time is in microseconds since the epoch."""
        empty = self._told > time.time()
        back = self._told if empty else _next_midnight().timestamp()
        return {
            "messagePointBalance": 0 if empty else ALLOTMENT,
            "totalMessagePointAllotment": ALLOTMENT,
            "messagePointResetTime": round(back * 1_000_000),
        }


def clock_sentence(hours: float) -> str:
    """Tells the time at which points are back, in this machine's time zone: "Nov 24, 3:00 PM"."""
    back = datetime.now().astimezone() + timedelta(hours=hours)
    clock = f"{back:%b} {back.day}, {back.hour % 12 or 12}:{back:%M %p}"
    return f"You have 0 of {ALLOTMENT:,} points left. Your points reset at {clock}."


def span_sentence(hours: float) -> str:
    """Tells how long it takes until points are back: "in 5 hours", "in 20 minutes"."""
    minutes = max(1, round(hours * 60))
    count, unit = (minutes, "minute") if minutes < 60 else (round(minutes / 60), "hour")
    return f"You have 0 of {ALLOTMENT:,} points left. Your points reset in {count} {unit}{'s' if count > 1 else ''}."


def _next_midnight() -> datetime:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)
