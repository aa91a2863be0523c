"""Asks Poe for the rest of Quoth: first a place in the queue, then one ask through a backend."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Protocol, Self, TypeAlias

from bot.conversation import Asker, Messages, Snapshot, State
from bot.errors import BrowserFailed, LimitReached, PoeError, QuothError, RateLimited
from bot.poe.backend import Backend, Paid
from bot.poe.browser_figures import BrowserFigures
from bot.poe.latest_snapshot import LatestSnapshot
from bot.poe.queue import Figures, GoElsewhere, Queue, holds
from bot.poe.silence import Silence

log = logging.getLogger(__name__)

_NOBODY = Asker(0, 0)  # whose turn is used to look whether Poe can be asked
MakePrompt: TypeAlias = Callable[[], Awaitable[Messages]]
"""Reads what the model is to know, and returns the conversation that is sent to Poe."""


class PoeAccess(Protocol):
    """What the rest of Quoth uses of `PoeClient`; tests implement it too."""

    def holds(self) -> AsyncGenerator[PoeError | None]:
        """Give what holds the queue (a login, a challenge, a limit), at once and at each change; None for nothing."""
        ...

    def figures(self) -> Figures:
        """Return the state of the queue at this moment."""
        ...

    @property
    def browser(self) -> BrowserFigures:
        """What the backend's browser did."""
        return BrowserFigures()

    def go_on(self) -> None:
        """End what holds the queue, because its cause is known to be over."""
        ...

    def try_now(self) -> bool:
        """Let the next ask try at once, whatever holds the queue; returns whether anything did."""
        ...

    async def warm_up(self, handle: str) -> None:
        """Make all ready for a first ask of ``handle``, as far as that can be done without asking. Raises nothing."""
        ...

    def stream(
        self, asker: Asker, handle: str, make_prompt: MakePrompt, paid: Paid | None = None, account: str | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[Snapshot]]:
        """Ask ``handle`` for ``asker`` and give snapshots: first the place in the queue, then the answer as it grows.

        ``make_prompt`` is called once, when the ask's turn has come and not before: an ask may wait for an hour, and
        what may be read changes meanwhile. ``paid`` is called after the answer's end with the points that it cost, if
        Poe tells. ``account`` is the one to ask by if nothing holds it up.

        After the complete answer, snapshots may follow that only add suggested replies and files to it.

        Leaving the block early gives up the place in the queue, or stops the answer at Poe. A reader that is slow
        skips snapshots. The iterator raises a PoeError or PromptError when the ask fails, and whatever
        ``make_prompt`` raised; the last snapshot before it holds what had arrived.
        """
        ...


@dataclass(eq=False, slots=True)
class _Way:
    """A backend with the queue in front of it, and the task that looks whether it could be asked."""

    account: str
    backend: Backend
    queue: Queue
    checking: asyncio.Task[None] | None = None


class _Attempt:
    """One ask that looks for a way: it is sent once, and goes elsewhere only before.

    Args:
        latest: gets the snapshots.
        asker: who asks.
        handle: the model.
        make_prompt: reads what the model is to know, once.
        paid: is told what the ask cost.
        other_is_free: whether there is an account whose queue is not held.
    """

    def __init__(
        self,
        latest: LatestSnapshot,
        asker: Asker,
        handle: str,
        make_prompt: MakePrompt,
        paid: Paid | None,
        other_is_free: Callable[[], bool],
    ) -> None:
        self._latest = latest
        self._asker = asker
        self._handle = handle
        self._make_prompt = make_prompt
        self._paid = paid
        self._other_is_free = other_is_free
        self._prompt: Messages | None = None
        self._sent = False

    async def by(self, way: _Way, *, fallback: bool) -> None:
        """Ask by one way.

        Raises:
            GoElsewhere: the way is held or its browser failed before anything was sent, and another one is free.
        """

        def put(snapshot: Snapshot) -> None:
            self._latest.put(replace(snapshot, fallback=True) if fallback else snapshot)

        def show_place(ahead: int, seconds: float, held: str) -> None:
            put(Snapshot(state=State.QUEUED, ahead=ahead, wait=seconds, held=held))

        def reserve_send() -> float:
            self._sent = True
            return way.queue.reserve_send()

        try:
            async with contextlib.AsyncExitStack() as turn:
                await turn.enter_async_context(way.queue.turn(self._asker, show_place, self._other_is_free))
                put(Snapshot(state=State.READING))
                self._prompt = self._prompt or await self._make_prompt()
                asking = way.backend.stream(self._handle, self._prompt, reserve_send, self._paid)
                with _named(way), Silence(put, way.backend.patience(self._handle)) as silence:
                    silence.put(Snapshot(state=State.ASKING))
                    async with asking as snapshots:
                        async for snapshot in snapshots:
                            silence.put(snapshot)
                            if snapshot.state.final:
                                await turn.aclose()  # what Poe adds to the answer holds nobody up
        except BrowserFailed as error:
            if self._sent or not self._other_is_free():
                raise
            raise GoElsewhere from error


@contextlib.contextmanager
def _named(way: _Way) -> Generator[None]:
    """Say in a PoeError which account met it."""
    try:
        yield
    except PoeError as error:
        error.account = way.account
        raise


class PoeClient:
    """Asks Poe in a fair order through backends, which are started and closed with the client.

    Args:
        backend: asks; or several by the names of their accounts, over which asks are spread.
        fallback: asks instead while something holds the queues of all of them. One ask never goes two ways.
    """

    def __init__(self, backend: Backend | Mapping[str, Backend], fallback: Backend | None = None) -> None:
        backends = backend if isinstance(backend, Mapping) else {"": backend}
        self._accounts = [_Way(name, each, Queue(each.rules, account=name)) for name, each in backends.items()]
        self._fallback = _Way("", fallback, Queue(fallback.rules)) if fallback else None
        self._ways = [*self._accounts, *([self._fallback] if self._fallback else [])]
        self._open = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as opened:
            for way in reversed(self._ways):
                opened.push_async_callback(way.backend.close)
                await way.backend.start()
            self._open = opened.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        if checks := {way.checking for way in self._ways if way.checking}:
            for check in checks:
                check.cancel()
            await asyncio.wait(checks)
        await self._open.aclose()

    def holds(self) -> AsyncGenerator[PoeError | None]:
        """Give what holds a queue; see `PoeAccess`. Of several the newest."""
        return holds([way.queue for way in self._accounts])

    def figures(self) -> Figures:
        """Return the state of the queues at this moment, all of them together."""
        accounts = [way.queue.figures(browser=way.backend.running) for way in self._accounts]
        others = [self._fallback.queue.figures(browser=None)] if self._fallback else []
        return Figures(
            waiting=sum(each.waiting for each in (*accounts, *others)),
            running=sum(each.running for each in (*accounts, *others)),
            sent=sum(each.sent for each in accounts),
            hourly=sum(each.hourly for each in accounts),
            browser=None if any(each.browser is None for each in accounts) else any(each.browser for each in accounts),
            errors=tuple(sorted((error for each in (*accounts, *others) for error in each.errors), key=itemgetter(0))),
            falls_back=self._falls_back,
            other_accounts=len({way.queue.held is None for way in self._accounts}) == 2,
        )

    def check(self, handle: str) -> None:
        """Find out in the background whether this model could be asked, without asking: it holds or frees the queue."""
        for way in self._accounts:
            self._check(way, handle)

    @property
    def browser(self) -> BrowserFigures:
        """What the browsers did."""
        return sum((way.backend.browser for way in self._accounts), BrowserFigures())

    def go_on(self) -> None:
        """End what holds the queue; see `PoeAccess`."""
        for way in self._ways:
            way.queue.go_on()

    def try_now(self) -> bool:
        """Let the next ask try at once; see `PoeAccess`."""
        tried = [way.queue.try_now() for way in self._ways]
        return any(tried)

    async def warm_up(self, handle: str) -> None:
        """Make all ready for a first ask; see `PoeAccess`."""

        async def warm(way: _Way) -> None:
            try:
                await way.backend.warm_up(handle)
            except PoeError as error:
                log.warning("Poe can't be made ready for the first question: %s", error.operator_message)

        await asyncio.gather(*map(warm, self._accounts))

    @asynccontextmanager
    async def stream(
        self, asker: Asker, handle: str, make_prompt: MakePrompt, paid: Paid | None = None, account: str | None = None
    ) -> AsyncGenerator[AsyncIterator[Snapshot]]:
        """Wait for a turn, ask once and give snapshots; see `PoeAccess`."""
        latest = LatestSnapshot()
        attempt = _Attempt(latest, asker, handle, make_prompt, paid, self._other_is_free)
        asking = asyncio.create_task(self._ask(latest, attempt, handle, account), name="poe-ask")
        try:
            yield aiter(latest)
        finally:
            asking.cancel()  # gives up the turn, or leaves the backend's stream
            with contextlib.suppress(asyncio.CancelledError):
                # A caller that is cancelled must not return before the answer is stopped.
                await asyncio.shield(asyncio.wait({asking}))

    async def _ask(self, latest: LatestSnapshot, attempt: _Attempt, handle: str, account: str | None) -> None:
        error: BaseException | None = None
        try:
            while True:
                way = self._choose(handle, account)
                with contextlib.suppress(GoElsewhere):
                    await attempt.by(way, fallback=way is self._fallback)
                    break
        except Exception as failure:  # noqa: BLE001 - the reader of the snapshots gets it
            error = failure
        finally:
            latest.end(error)

    def _other_is_free(self) -> bool:
        return any(way.queue.held is None for way in self._accounts)

    @property
    def _falls_back(self) -> bool:
        """Whether new asks go to the fallback."""
        held = all(way.queue.held is not None for way in self._accounts)
        return held and self._fallback is not None and self._fallback.queue.held is None

    def _choose(self, handle: str, account: str | None) -> _Way:
        """Return the way that a new ask takes, if possible by this account."""
        free = [way for way in self._accounts if way.queue.held is None]
        if self._fallback and self._falls_back:
            free = [self._fallback]
        if not free:
            return min(self._accounts, key=lambda way: way.queue.load)
        for way in self._accounts:
            if isinstance(way.queue.held, LimitReached | RateLimited):
                # Only a question can find out whether this is over: the first one after the hold goes alone to try.
                if way.queue.may_try:
                    return way
            elif way.queue.held is not None:
                self._check(way, handle)
        return min(free, key=lambda way: (way.account != account, way.queue.load))

    def _check(self, way: _Way, handle: str) -> None:
        if way.checking is None or way.checking.done():
            way.checking = asyncio.create_task(self._find_out(way, handle), name="poe-check")

    async def _find_out(self, way: _Way, handle: str) -> None:
        try:
            async with way.queue.turn(_NOBODY, lambda _ahead, _wait, _held: None, sends=False):
                with _named(way):
                    await way.backend.check(handle)
        except QuothError as error:
            log.info("Poe can't be asked: %s", error.operator_message)
        except Exception:
            log.exception("Could not find out whether Poe can be asked.")
