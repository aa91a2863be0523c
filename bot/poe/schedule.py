"""Whose turn it is at Poe: fair between guilds, then their users, and gentle with the account. Pure over a clock.

What concerns everybody (a login page, a challenge, a limit, a browser that fails) holds the line: nobody goes until a
while is over, and then one alone, to see whether it is well again. The while doubles each time it is not.
"""

from collections import deque
from dataclasses import dataclass, field

from bot.conversation import Asker
from bot.errors import (
    BrowserFailed,
    ChallengeShown,
    LimitReached,
    LoginRequired,
    PoeError,
    PoeUnreachable,
    QueueFull,
    RateLimited,
)

_HOUR = 3600.0
_JITTER = 0.5  # the gap between two sends is up to this part longer than asked for: a person is no clock
_ANSWER = 20.0  # seconds that an answer is taken to last before any was measured
_LEARNING = 0.2  # weight of the newest answer in the mean of how long they last
_PATIENCE = 300.0  # seconds that an ask waits for a line that is held; then it fails with the reason
# What holds the line, and for how many seconds at first and at the most.
_HOLDS: dict[type[PoeError], tuple[float, float]] = {
    BrowserFailed: (1.0, 60.0),
    PoeUnreachable: (5.0, 120.0),
    LoginRequired: (10.0, 300.0),
    ChallengeShown: (10.0, 300.0),
    RateLimited: (30.0, 600.0),
    LimitReached: (60.0, 3600.0),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """How gently the account is used.

    Args:
        concurrency: answers at once at the most.
        gap: seconds between two sends at the least.
        hourly: sends within any hour at the most; 0 for no cap.
        most: asks that may wait at the most.
    """

    concurrency: int = 1
    gap: float = 3.0
    hourly: int = 60
    most: int = 100


@dataclass(eq=False, slots=True)
class Place:
    """One ask's place in the line."""

    asker: Asker
    joined: float = 0.0
    began: float | None = None


@dataclass(slots=True)
class Line:
    """The asks that wait and the account's pace. Times are seconds of one clock."""

    rules: Rules
    waiting: list[Place] = field(default_factory=list[Place])
    running: set[Place] = field(default_factory=set[Place])
    lasts: float = _ANSWER
    _served: dict[Asker | int, int] = field(default_factory=dict["Asker | int", int])
    _sends: deque[float] = field(default_factory=deque[float])
    _gap_over: float = 0.0
    _next_send: float = 0.0
    held: PoeError | None = None
    _held_until: float = 0.0
    _times: int = 0

    def hold(self, error: PoeError, now: float) -> float:
        """Let nobody go because of what one ask met; returns for how many seconds, 0 where it concerns that one alone.

        What several meet at once counts once.
        """
        first, most = next((pace for kind, pace in _HOLDS.items() if isinstance(error, kind)), (0.0, 0.0))
        if not first:
            self.release()
        elif self.held is None or now >= self._held_until:
            seconds = error.lasts or min(most, first * 2.0**self._times)
            self.held, self._held_until, self._times = error, now + seconds, self._times + 1
            return seconds
        return 0.0

    def release(self) -> bool:
        """It is well again; returns whether it was not."""
        was_held, self.held, self._held_until, self._times = self.held is not None, None, 0.0, 0
        return was_held

    def join(self, asker: Asker, now: float = 0.0) -> Place:
        """Take a place in the line.

        Raises:
            QueueFull: too many wait already.
        """
        if len(self.waiting) >= self.rules.most:
            raise QueueFull(f"{len(self.waiting)} asks are waiting already.")
        place = Place(asker, now)
        self.waiting.append(place)
        return place

    def ahead(self, place: Place) -> int:
        """How many come before this one: those that run now, and those that the line will let go first."""
        return len(self.running) + self._order().index(place)

    def delay(self, place: Place, now: float) -> float | None:
        """Seconds until this one may go; None while others have to go first."""
        # The first after a hold goes alone.
        if len(self.running) >= (1 if self.held else self.rules.concurrency) or self._order()[0] is not place:
            return None
        full = self.rules.hourly and self.sent(now) >= self.rules.hourly
        gap = max(self._gap_over, self._held_until) - now
        return max(0.0, gap, self._sends[-self.rules.hourly] + _HOUR - now if full else 0.0)

    def sent(self, now: float) -> int:
        """How many were sent within the last hour."""
        while self._sends and self._sends[0] <= now - _HOUR:
            self._sends.popleft()
        return len(self._sends)

    def estimate(self, place: Place, now: float) -> float:
        """Seconds that this one will roughly wait."""
        if (delay := self.delay(place, now)) is not None:
            return delay
        turns = self.ahead(place) / self.rules.concurrency
        return turns * max(self.lasts, self.rules.gap) + max(0.0, self._gap_over - now, self._held_until - now)

    def hopeless(self, place: Place, now: float) -> bool:
        """Whether the line is held for longer than an ask waits for it."""
        return self.held is not None and max(self._held_until, now) - place.joined > _PATIENCE

    def begin(self, place: Place, now: float, jitter: float) -> None:
        """Let it go; ``jitter`` from 0 to 1 draws the gap before the next."""
        self.waiting.remove(place)
        self.running.add(place)
        place.began = now
        turn = max(self._served.values(), default=0) + 1
        self._served |= {place.asker: turn, place.asker.guild: turn}
        self._sends.append(now)
        self._gap_over = now + self.rules.gap * (1.0 + _JITTER * jitter)

    def send(self, now: float, jitter: float) -> float:
        """Take the next moment at which the account may send; returns in how many seconds that is.

        A page takes its time until it can be used, so that the gap between two beginnings is not that of two sends.
        """
        moment = max(now, self._next_send)
        self._next_send = moment + self.rules.gap * (1.0 + _JITTER * jitter)
        self._gap_over = max(self._gap_over, self._next_send)
        return moment - now

    def leave(self, place: Place, now: float) -> None:
        """Give the place up, before or after it went."""
        if place in self.running and place.began is not None:
            self.running.remove(place)
            self.lasts += _LEARNING * (now - place.began - self.lasts)
        elif place in self.waiting:
            self.waiting.remove(place)
        if not self.waiting and not self.running:
            self._served.clear()  # nobody is owed anything

    def _order(self) -> list[Place]:
        """Who goes when: the guild whose last turn is longest ago, in it the user likewise, then who came first."""
        served, waiting, order = dict(self._served), list(self.waiting), list[Place]()
        turn = max(served.values(), default=0)
        while waiting:
            turn += 1
            place = min(waiting, key=lambda p: (served.get(p.asker.guild, 0), served.get(p.asker, 0)))
            waiting.remove(place)
            order.append(place)
            served |= {place.asker: turn, place.asker.guild: turn}
        return order
