"""Lets asks wait for their turn at Poe in the order of bot/poe/schedule.py, and reports the state of the queue."""

import asyncio
import logging
import random
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field

from bot.conversation import Asker
from bot.errors import PoeError, QueueFull
from bot.i18n.translate import later
from bot.poe.schedule import Rules, Schedule, Ticket

log = logging.getLogger(__name__)

_KEPT_ERRORS = 10  # for a status page
_DISPLACED = later(
    "Too many questions are waiting, most of them yours or your server's, so this one lost its place. Try again in a "
    "few minutes."
)


@dataclass(frozen=True, slots=True)
class Figures:
    """The state of the queue at one moment, for a status page.

    ``sent`` counts the sends within the last hour, of which at most ``hourly`` are allowed (0: no cap); ``browser`` is
    whether it runs, None where there is none. ``errors`` are the newest failures of asks, the newest last, each with
    its time in seconds since the epoch. ``falls_back`` is whether new asks go another way, because this one is held.
    """

    waiting: int
    running: int
    sent: int
    hourly: int
    browser: bool | None
    errors: tuple[tuple[float, PoeError], ...] = ()
    falls_back: bool = False


@dataclass(eq=False, slots=True)
class _Waiter:
    """One ask that waits: how to show its place, and the future that ends its waiting.

    The future's result is None when it may be this one's turn or it was displaced, and the error when there is no point
    in waiting.
    """

    show_place: Callable[[int, float, str], None]
    done: asyncio.Future[PoeError | None]
    context: Context = field(default_factory=copy_context)  # has the language that is spoken to who asks
    shown: tuple[int, int, PoeError | None] | None = None


class Queue:
    """Lets asks wait for their turn.

    Args:
        rules: how gently the account is used.
        clock: returns seconds.
    """

    def __init__(self, rules: Rules = Rules(), clock: Callable[[], float] = time.monotonic) -> None:
        self._schedule = Schedule(rules)
        self._clock = clock
        self._waiters: dict[Ticket, _Waiter] = {}
        self._moving: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()
        self._sending = threading.Lock()
        self._errors: deque[tuple[float, PoeError]] = deque(maxlen=_KEPT_ERRORS)

    @asynccontextmanager
    async def turn(
        self, asker: Asker, show_place: Callable[[int, float, str], None], *, sends: bool = True
    ) -> AsyncGenerator[None]:
        """Wait for a turn and keep it for as long as the block lasts; cancelling gives the place up.

        A PoeError that leaves the block may hold the queue: see `Schedule.hold`.

        Args:
            asker: who asks, and in which server.
            show_place: called with how many are ahead, the rough wait in seconds, and why the queue is held, at each
                change of these, while this ask waits.
            sends: whether anything will be sent to Poe.

        Raises:
            QueueFull: too many wait already, or this ask had to make room for somebody with fewer of them.
            PoeError: what holds the queue, if it is held for too long.
        """
        ticket = self._schedule.join(asker, self._clock(), sends=sends)
        try:
            await self._wait(ticket, show_place)
            yield
            if self._schedule.release():
                log.info("Poe answers again; the queue goes on.")
        except PoeError as error:
            if ticket.began is not None:
                self._errors.append((time.time(), error))
                self._hold(error)
            raise
        finally:
            self._schedule.leave(ticket, self._clock())
            self._move_soon()

    async def holds(self) -> AsyncGenerator[PoeError | None]:
        """Give what holds the queue, at once and at each change: the newest error, None while asks go."""
        given: list[PoeError | None] = []
        while True:
            changed, held = self._changed, self._schedule.held
            if given != [held]:
                given = [held]
                yield held
            else:
                await changed.wait()

    @property
    def held(self) -> PoeError | None:
        """What holds the queue."""
        return self._schedule.held

    @property
    def may_try(self) -> bool:
        """Whether the queue is held, but one ask may go now to try."""
        return self._schedule.may_try(self._clock())

    def figures(self, *, browser: bool | None) -> Figures:
        """Return the state of the queue; ``browser`` is whether it runs, None where there is none."""
        schedule = self._schedule
        sent = schedule.sent(self._clock())
        return Figures(
            len(schedule.waiting), len(schedule.running), sent, schedule.rules.hourly, browser, tuple(self._errors)
        )

    def go_on(self) -> None:
        """End the hold, if there is one, because its cause is known to be over."""
        if self._schedule.release():
            log.info("The queue goes on.")
            self._move_soon()

    def try_now(self) -> bool:
        """Let the next ask try at once whether the cause of a hold is over; returns whether there was a hold."""
        held = self._schedule.try_now()
        if held:
            log.info("The queue is tried again.")
            self._move_soon()
        return held

    def reserve_send(self) -> float:
        """Reserve the next moment at which the account may send; returns in how many seconds. From any thread."""
        with self._sending:
            return self._schedule.reserve_send(self._clock(), random.random())  # noqa: S311 - no secret

    def _hold(self, error: PoeError) -> None:
        if seconds := self._schedule.hold(error, self._clock()):
            log.error("The queue is held for %.0f s: %s", seconds, error.operator_message)

    async def _wait(self, ticket: Ticket, show_place: Callable[[int, float, str], None]) -> None:
        waiter = _Waiter(show_place, asyncio.get_running_loop().create_future())
        while self._schedule.delay(ticket, self._clock()) != 0.0:
            self._waiters[ticket] = waiter
            self._update(ticket, waiter, self._clock())
            self._move_soon()  # the places of others may have changed, and somebody has to set the timer
            try:
                error = await waiter.done
            finally:
                del self._waiters[ticket]
            if ticket.displaced:
                raise QueueFull("An ask made room in the full queue for somebody else's.", sentence=_DISPLACED)
            if error is not None:
                raise error
            waiter.done = asyncio.get_running_loop().create_future()
        self._schedule.begin(ticket, self._clock(), random.random())  # noqa: S311 - no secret
        self._move_soon()

    def _move_soon(self) -> None:
        """Look at the whole queue once, after all that changes in this step of the event loop."""
        if self._moving is None:
            self._moving = asyncio.get_running_loop().call_soon(self._move)

    def _move(self) -> None:
        self._moving = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._clock()
        for ticket, waiter in self._waiters.items():
            self._update(ticket, waiter, now)
        if self._schedule.waiting:
            first = next(iter(self._schedule.places))
            if delay := self._schedule.delay(first, now):
                self._timer = asyncio.get_running_loop().call_later(delay, self._move)
        self._changed.set()
        self._changed = asyncio.Event()

    def _update(self, ticket: Ticket, waiter: _Waiter, now: float) -> None:
        """End the waiting of one ask, or show its place where that changed."""
        if waiter.done.done():
            return
        schedule = self._schedule
        held = schedule.held
        if ticket.displaced or schedule.delay(ticket, now) == 0.0:
            waiter.done.set_result(None)
        elif held is not None and schedule.hopeless(ticket, now):
            waiter.done.set_result(type(held)(held.operator_message, sentence=held.sentence, **held.values))
        else:
            ahead, wait = schedule.ahead(ticket), schedule.estimate(ticket, now)
            if waiter.shown != (shown := (ahead, round(wait), held)):
                waiter.shown = shown
                waiter.context.run(_show, waiter.show_place, ahead, wait, held)


def _show(show_place: Callable[[int, float, str], None], ahead: int, wait: float, held: PoeError | None) -> None:
    show_place(ahead, wait, held.reason if held else "")
