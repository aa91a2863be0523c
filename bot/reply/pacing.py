"""When the next request may go, and whose turn it is."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

INTERACTION_GAP = 0.45
"""Seconds between edits of one interaction: its bucket holds 5 per 2 s, followups included (discord.md section 1)."""
CHANNEL_GAP = 1.05
"""Seconds between edits by bot token: 5 per 5 s for all messages of a channel, and as many new ones, which Discord
counts apart (discord.md section 1)."""
_SIZE = 5  # requests that either bucket holds
_KEPT = 1  # never spent: discord.py sleeps until a bucket that it has emptied is full again
_FOR_THE_END = 1  # further ones that only a final edit may spend
_SAME = 0.3  # seconds by which two answers may differ about the end of the same window: they take their time to come
_FOLLOWUPS, _FOLLOWUPS_PER = 25, 60.0
"""Followups in a channel and in how many seconds: Discord takes 30, and no header tells so (discord.md section 1)."""
_FORGOTTEN = 60.0  # seconds after which a channel's lane is as good as new


@dataclass(slots=True)
class Budget:
    """What a bucket still holds. Pure: the caller reads the clock.

    Requests of a stream keep a gap, so that the bucket stays nearly full; a final one may go at once, at the cost of
    what was kept for it. Afterwards the stream's wait a little longer until that is there again.
    """

    gap: float
    _least: float = 0.0
    _used: float = float("-inf")
    _ends: float = 0.0
    _next: float = 0.0
    _full: float = 0.0

    def __post_init__(self) -> None:
        self._least = self.gap

    def delay(self, now: float, *, final: bool = False, cost: float = 1.0) -> float:
        """Return the seconds to wait before a request may go.

        Args:
            now: the time.
            final: whether it shows a final state.
            cost: how many requests it counts for.
        """
        kept = _KEPT if final else _KEPT + _FOR_THE_END
        bucket = max(self._full, now) + self.gap * (cost - _SIZE + kept) - now
        return max(0.0, bucket, 0.0 if final else self._next - now)

    def used(self, now: float, *, final: bool = False, cost: float = 1.0) -> None:
        """Know that a request starts now."""
        self._full = max(self._full, now) + self.gap * cost
        if not final:
            self._used = now
            self._next = now + self.gap * cost

    def heard(self, now: float, limit: int, remaining: int, reset_after: float) -> None:
        """Know what an answer's headers said, and slow down where they allow less than was thought.

        Where tokens come back one by one, ``reset_after`` is for all that are missing; where all come back at once, it
        is the time for which those that remain must do. Headers don't tell which (discord.md section 1), but two
        answers do: only the end of a window comes nearer while requests are made.

        Args:
            now: the time.
            limit: requests that the bucket holds.
            remaining: how many it still holds.
            reset_after: seconds until it is full again.
        """
        # Counted from the last request, as the gap is: while its answer was on its way, the next window came nearer.
        spread = (reset_after + min(now - self._used, self._least)) / max(1, remaining)
        # Where only the last one is left, another is saved first: of two requests the later may be faster on its way.
        by_one = reset_after / max(1, limit - remaining) * (2 if remaining <= _KEPT else 1)
        by_window = abs(now + reset_after - self._ends) < _SAME
        self.gap = max(self._least, spread if by_window else min(by_one, spread))
        self._ends = now + reset_after
        self._next = max(self._next, self._used + self.gap)

    def full(self, now: float) -> bool:
        """Whether nothing is left to remember."""
        return max(self._full, self._next) <= now


@dataclass(eq=False, slots=True)
class _Waiting:
    who: object
    final: bool
    cost: float
    granted: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Lane:
    """Turns of all replies that share a bucket: final ones first, else each in its order, one request a turn.

    Args:
        gap: seconds between two requests.
        clock: seconds that only go forward.
    """

    def __init__(self, gap: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.budget = Budget(gap)
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, who: object, *, final: bool, cost: float = 1.0) -> None:
        """Wait until ``who`` may make one request. Whoever comes again goes behind those that wait already."""
        waiting = _Waiting(who, final, cost)
        self._waiting.append(waiting)
        self._grant()
        try:
            await waiting.granted
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
                self._grant()

    def hurry(self, who: object) -> None:
        """Let the request for which ``who`` waits be a final one, if it waits at all."""
        for waiting in self._waiting:
            if waiting.who is who:
                waiting.final = True
        self._grant()

    @property
    def idle(self) -> bool:
        """Whether a new lane would be no different."""
        return not self._waiting and self.budget.full(self._clock() - _FORGOTTEN)

    def _grant(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            first = next((waiting for waiting in self._waiting if waiting.final), self._waiting[0])
            now = self._clock()
            delay = self.budget.delay(now, final=first.final, cost=first.cost)
            if delay > 0:
                self._timer = asyncio.get_running_loop().call_later(delay, self._grant)
                return
            self.budget.used(now, final=first.final, cost=first.cost)
            self._waiting.remove(first)
            if not first.granted.done():
                first.granted.set_result(None)


class Lanes:
    """The lanes of all buckets: two for each channel, shared by every reply there, and one for each interaction.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._channels: dict[tuple[int, bool], Lane] = {}
        self._followups: dict[int, deque[float]] = {}

    def channel(self, channel_id: int, *, new: bool) -> Lane:
        """Return the lane of edits by bot token in a channel, or that of new messages. One in use is never another."""
        key = channel_id, new
        if key not in self._channels:
            self._channels = {known: lane for known, lane in self._channels.items() if not lane.idle}
            self._channels[key] = Lane(CHANNEL_GAP)
        return self._channels[key]

    def may_follow_up(self, channel_id: int) -> bool:
        """Take one of the followups that all interactions in a channel may make; returns whether there is one."""
        since = self._clock() - _FOLLOWUPS_PER
        recent = deque(when for when in self._followups.get(channel_id, ()) if when > since)
        allowed = len(recent) < _FOLLOWUPS
        if allowed:
            recent.append(self._clock())
        self._followups = {number: made for number, made in self._followups.items() if made[-1] > since}
        self._followups[channel_id] = recent
        return allowed

    def interaction(self) -> Lane:
        """Return a lane for one interaction's token."""
        return Lane(INTERACTION_GAP)
