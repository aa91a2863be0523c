"""When a reply may make its next request to Discord, and which reply comes first."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

INTERACTION_GAP = 0.45
"""Seconds between edits of one interaction: its bucket holds 5 per 2 s, followups included (discord.md section 1)."""
CHANNEL_GAP = 1.05
"""Seconds between edits by bot token: 5 per 5 s for all messages of a channel. New messages have a bucket of the same
size of their own (discord.md section 1)."""
_SIZE = 5  # requests that either bucket holds
_RESERVE = 1  # requests that are never spent: discord.py sleeps until a bucket that it emptied is full again
_FINAL_RESERVE = 1  # further requests that only a final edit may spend
_SAME = 0.3  # seconds by which two responses may differ about the end of the same window, as both travel for a while
_FOLLOWUPS, _FOLLOWUPS_PER = 25, 60.0
"""Followups in a channel, and in how many seconds: Discord allows 30, which no header says (discord.md section 1)."""
_IDLE = 60.0  # seconds after which a channel's unused limiter is dropped


class Urgency(IntEnum):
    """How urgent a request is, the least first."""

    GROWING = 0
    """It shows more of what readers see already: it keeps the gap."""
    FIRST = 1
    """It shows the first text of an answer: it need not keep the gap."""
    FINAL = 2
    """It shows a final state: it may spend a reserve too."""


@dataclass(slots=True)
class Bucket:
    """What is left of one of Discord's rate limits. Pure: the caller reads the clock.

    Edits of a growing answer keep a gap, so that the bucket stays nearly full. Urgent ones spend what was spared so;
    later edits wait a little longer until the reserve is there again.
    """

    gap: float
    _least: float = 0.0
    _used: float = float("-inf")
    _ends: float = 0.0
    _next: float = 0.0
    _full: float = 0.0

    def __post_init__(self) -> None:
        self._least = self.gap

    def delay(self, now: float, urgency: Urgency = Urgency.GROWING, cost: float = 1.0) -> float:
        """Return the seconds to wait before a request may go.

        Args:
            now: the time.
            urgency: how urgent it is.
            cost: how many requests it counts as.
        """
        kept = _RESERVE if urgency is Urgency.FINAL else _RESERVE + _FINAL_RESERVE
        bucket = max(self._full, now) + self.gap * (cost - _SIZE + kept) - now
        return max(0.0, bucket, self._next - now if urgency is Urgency.GROWING else 0.0)

    def spend(self, now: float, urgency: Urgency = Urgency.GROWING, cost: float = 1.0) -> None:
        """Note that a request starts now."""
        self._full = max(self._full, now) + self.gap * cost
        if urgency is not Urgency.FINAL:
            self._used = now
            self._next = now + self.gap * cost

    def observe(self, now: float, limit: int, remaining: int, reset_after: float) -> None:
        """Note what a response's headers say, and slow down if they allow less than the gap assumes.

        If requests come back one by one, ``reset_after`` is the time until all missing ones are back. If all come back
        at once, the remaining ones must last for that time. Headers don't say which it is (discord.md section 1), but
        two responses do: the end of a window stays the same while requests are made.

        Args:
            now: the time.
            limit: requests that the full bucket holds.
            remaining: requests that it still holds.
            reset_after: seconds until it is full again.
        """
        # Counted from the last request, as the gap is: its response has travelled for a while.
        spread = (reset_after + min(now - self._used, self._least)) / max(1, remaining)
        # If only the reserve is left, one more is saved first: the later of two requests may arrive before the other.
        by_one = reset_after / max(1, limit - remaining) * (2 if remaining <= _RESERVE else 1)
        by_window = abs(now + reset_after - self._ends) < _SAME
        self.gap = max(self._least, spread if by_window else min(by_one, spread))
        self._ends = now + reset_after
        self._next = max(self._next, self._used + self.gap)

    def full(self, now: float) -> bool:
        """Whether the bucket is as full as a new one."""
        return max(self._full, self._next) <= now


@dataclass(eq=False, slots=True)
class _Waiting:
    who: object
    urgency: Urgency
    cost: float
    granted: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class RateLimiter:
    """Gives turns to all replies that share a bucket: the most urgent first, else first come, first served.

    Args:
        gap: seconds between two requests.
        clock: seconds that only go forward.
    """

    def __init__(self, gap: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.bucket = Bucket(gap)
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, who: object, urgency: Urgency = Urgency.GROWING, cost: float = 1.0) -> None:
        """Wait until ``who`` may make one request."""
        waiting = _Waiting(who, urgency, cost)
        self._waiting.append(waiting)
        self._grant()
        try:
            await waiting.granted
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
                self._grant()

    def hurry(self, who: object, urgency: Urgency) -> None:
        """Treat the request for which ``who`` waits, if any, as at least so urgent."""
        for waiting in self._waiting:
            if waiting.who is who:
                waiting.urgency = max(waiting.urgency, urgency)
        self._grant()

    @property
    def idle(self) -> bool:
        """Whether a new limiter would be no different."""
        return not self._waiting and self.bucket.full(self._clock() - _IDLE)

    def _grant(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            first = max(self._waiting, key=lambda waiting: waiting.urgency)  # of equally urgent ones, the one before
            now = self._clock()
            delay = self.bucket.delay(now, first.urgency, first.cost)
            if delay > 0:
                self._timer = asyncio.get_running_loop().call_later(delay, self._grant)
                return
            self.bucket.spend(now, first.urgency, first.cost)
            self._waiting.remove(first)
            if not first.granted.done():
                first.granted.set_result(None)


class RateLimiters:
    """All limiters: two for each channel, shared by every reply there, and one for each interaction.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._channels: dict[tuple[int, bool], RateLimiter] = {}
        self._followups: dict[int, list[float]] = {}  # channel → when they were made

    def channel(self, channel_id: int, *, new: bool) -> RateLimiter:
        """Return the limiter of a channel's edits by bot token, or of its new messages."""
        key = channel_id, new
        if key not in self._channels:
            self._channels = {known: limiter for known, limiter in self._channels.items() if not limiter.idle}
            self._channels[key] = RateLimiter(CHANNEL_GAP)
        return self._channels[key]

    def can_follow_up(self, channel_id: int) -> bool:
        """Whether an interaction in this channel may make one more followup now."""
        return len(self._recent(channel_id)) < _FOLLOWUPS

    def note_followup(self, channel_id: int) -> None:
        """Note that an interaction in this channel makes a followup now."""
        since = self._clock() - _FOLLOWUPS_PER
        self._followups = {channel: times for channel, times in self._followups.items() if times[-1] > since}
        self._followups[channel_id] = [*self._recent(channel_id), self._clock()]

    def _recent(self, channel_id: int) -> list[float]:
        since = self._clock() - _FOLLOWUPS_PER
        return [made for made in self._followups.get(channel_id, ()) if made > since]

    def interaction(self) -> RateLimiter:
        """Return a limiter for one interaction's token."""
        return RateLimiter(INTERACTION_GAP)
