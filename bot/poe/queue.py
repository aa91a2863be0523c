"""Whose turn it is at Poe: fair between guilds, then between their users, and gentle with the account.

``Line`` decides, pure over a clock; ``Queue`` lets asks wait for their turn.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.conversation import Asker
from bot.errors import QueueFull

_HOUR = 3600.0
_JITTER = 0.5  # the gap between two sends is up to this part longer than asked for: a person is no clock
_ANSWER = 20.0  # seconds that an answer is taken to last before any was measured
_LEARNING = 0.2  # weight of the newest answer in the mean of how long they last


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

    def join(self, asker: Asker) -> Place:
        """Take a place in the line.

        Raises:
            QueueFull: too many wait already.
        """
        if len(self.waiting) >= self.rules.most:
            raise QueueFull(f"{len(self.waiting)} asks are waiting already.")
        place = Place(asker)
        self.waiting.append(place)
        return place

    def ahead(self, place: Place) -> int:
        """How many come before this one: those that run now, and those that the line will let go first."""
        return len(self.running) + self._order().index(place)

    def delay(self, place: Place, now: float) -> float | None:
        """Seconds until this one may go; None while others have to go first."""
        if len(self.running) >= self.rules.concurrency or self._order()[0] is not place:
            return None
        while self._sends and self._sends[0] <= now - _HOUR:
            self._sends.popleft()
        full = self.rules.hourly and len(self._sends) >= self.rules.hourly
        return max(0.0, self._gap_over - now, self._sends[-self.rules.hourly] + _HOUR - now if full else 0.0)

    def estimate(self, place: Place, now: float) -> float:
        """Seconds that this one will roughly wait."""
        if (delay := self.delay(place, now)) is not None:
            return delay
        turns = self.ahead(place) / self.rules.concurrency
        return turns * max(self.lasts, self.rules.gap) + max(0.0, self._gap_over - now)

    def begin(self, place: Place, now: float, jitter: float) -> None:
        """Let it go; ``jitter`` from 0 to 1 draws the gap before the next."""
        self.waiting.remove(place)
        self.running.add(place)
        place.began = now
        turn = max(self._served.values(), default=0) + 1
        self._served |= {place.asker: turn, place.asker.guild: turn}
        self._sends.append(now)
        self._gap_over = now + self.rules.gap * (1.0 + _JITTER * jitter)

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


class Queue:
    """Lets asks wait for their turn.

    Args:
        rules: how gently the account is used.
        clock: seconds.
    """

    def __init__(self, rules: Rules = Rules(), clock: Callable[[], float] = time.monotonic) -> None:
        self._line = Line(rules)
        self._clock = clock
        self._moved = asyncio.Event()

    @asynccontextmanager
    async def turn(self, asker: Asker, waits: Callable[[int, float], None]) -> AsyncGenerator[None]:
        """Wait for a turn and hold it for as long as the block lasts; cancelling gives the place up.

        Args:
            asker: who asks, and in which guild.
            waits: told how many are ahead and the rough wait in seconds, at each change.

        Raises:
            QueueFull: too many wait already.
        """
        place = self._line.join(asker)
        try:
            await self._wait(place, waits)
            yield
        finally:
            self._line.leave(place, self._clock())
            self._tell()

    async def _wait(self, place: Place, waits: Callable[[int, float], None]) -> None:
        while (delay := self._line.delay(place, self._clock())) != 0.0:
            waits(self._line.ahead(place), self._line.estimate(place, self._clock()))
            moved = self._moved
            try:
                await asyncio.wait_for(moved.wait(), delay)
            except TimeoutError:
                continue
        self._line.begin(place, self._clock(), random.random())  # noqa: S311 - no secret
        self._tell()

    def _tell(self) -> None:
        """Let everybody who waits look again. Never waits itself, so that nothing can come between."""
        self._moved.set()
        self._moved = asyncio.Event()
