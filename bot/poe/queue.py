"""Lets asks wait for their turn at Poe, as bot/poe/schedule.py decides it, and tells how things stand."""

import asyncio
import logging
import random
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.conversation import Asker
from bot.errors import PoeError
from bot.poe.schedule import Line, Place, Rules

log = logging.getLogger(__name__)

_REMEMBERED = 10  # failures, for a status page


@dataclass(frozen=True, slots=True)
class Figures:
    """How things stand at one moment, for a status page.

    ``sent`` counts the sends within the last hour, of which there may be ``hourly`` (0: no cap); ``browser`` is whether
    it runs. ``errors`` are the newest failures of asks, the newest last: each with its time in seconds since the epoch.
    """

    waiting: int
    running: int
    sent: int
    hourly: int
    browser: bool
    errors: tuple[tuple[float, PoeError], ...] = ()


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
        self._sending = threading.Lock()
        self._errors: deque[tuple[float, PoeError]] = deque(maxlen=_REMEMBERED)

    @asynccontextmanager
    async def turn(self, asker: Asker, waits: Callable[[int, float, str], None]) -> AsyncGenerator[None]:
        """Wait for a turn and hold it for as long as the block lasts; cancelling gives the place up.

        How the block ends tells whether others may go: see `Line.hold`.

        Args:
            asker: who asks, and in which guild.
            waits: told how many are ahead, the rough wait in seconds, and why nobody goes at present, at each change.

        Raises:
            QueueFull: too many wait already.
            PoeError: what holds the line, where it does for too long.
        """
        place = self._line.join(asker, self._clock())
        try:
            await self._wait(place, waits)
            yield
            if self._line.release():
                log.info("Poe answers again; asks go on.")
        except PoeError as error:
            if place.began is not None:
                self._errors.append((time.time(), error))
                self._hold(error)
            raise
        finally:
            self._line.leave(place, self._clock())
            self._tell()

    async def troubles(self) -> AsyncGenerator[PoeError | None]:
        """Give what holds the line, at once and at each change: what was met last, None while asks go."""
        told: list[PoeError | None] = []
        while True:
            moved, held = self._moved, self._line.held
            if told != [held]:
                told = [held]
                yield held
            else:
                await moved.wait()

    def figures(self, *, browser: bool) -> Figures:
        """How things stand."""
        line = self._line
        sent = line.sent(self._clock())
        return Figures(len(line.waiting), len(line.running), sent, line.rules.hourly, browser, tuple(self._errors))

    def send(self) -> float:
        """Take the next moment at which the account may send; returns in how many seconds. From any thread."""
        with self._sending:
            return self._line.send(self._clock(), random.random())  # noqa: S311 - no secret

    def _hold(self, error: PoeError) -> None:
        if seconds := self._line.hold(error, self._clock()):
            log.error("No ask goes for %.0f s: %s", seconds, error.operator_message)

    async def _wait(self, place: Place, waits: Callable[[int, float, str], None]) -> None:
        while (delay := self._line.delay(place, self._clock())) != 0.0:
            held = self._line.held
            if held is not None and self._line.hopeless(place, self._clock()):
                raise type(held)(held.operator_message, sentence=held.sentence, **held.values)
            waits(self._line.ahead(place), self._line.estimate(place, self._clock()), held.user_message if held else "")
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
