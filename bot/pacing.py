"""When the next edit may go. Pure over a clock that the caller reads."""

from dataclasses import dataclass

INTERACTION_GAP = 0.45
"""Seconds between edits of one interaction: its bucket holds 5 per 2 s, followups included (discord.md section 1)."""
CHANNEL_GAP = 1.05
"""Seconds between edits by bot token: 5 per 5 s for all messages of a channel (discord.md section 1)."""


@dataclass(slots=True)
class Pace:
    """Keeps a gap between the starts of two requests."""

    _free_at: float = 0.0

    def delay(self, now: float) -> float:
        """Return the seconds to wait at the time ``now`` before the next request may go."""
        return max(0.0, self._free_at - now)

    def used(self, now: float, gap: float) -> None:
        """Know that a request started at the time ``now``; the next may go ``gap`` seconds later."""
        self._free_at = now + gap
