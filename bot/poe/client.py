"""Asks Poe for the rest of Quoth: first a place in the queue, then one ask through a backend."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Protocol, Self, TypeAlias

from bot.conversation import Asker, Messages, Snapshot, State
from bot.errors import LimitReached, PoeError, QuothError, RateLimited
from bot.poe.backend import Backend, BrowserFigures, Paid
from bot.poe.latest_snapshot import LatestSnapshot
from bot.poe.queue import Figures, Queue
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
        self, asker: Asker, handle: str, make_prompt: MakePrompt, paid: Paid | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[Snapshot]]:
        """Ask ``handle`` for ``asker`` and give snapshots: first the place in the queue, then the answer as it grows.

        ``make_prompt`` is called once, when the ask's turn has come and not before: an ask may wait for an hour, and
        what may be read changes meanwhile. ``paid`` is called after the answer's end with the points that it cost, if
        Poe tells.

        After the complete answer, snapshots may follow that only add suggested replies and files to it.

        Leaving the block early gives up the place in the queue, or stops the answer at Poe. A reader that is slow
        skips snapshots. The iterator raises a PoeError or PromptError when the ask fails, and whatever
        ``make_prompt`` raised; the last snapshot before it holds what had arrived.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Way:
    """A backend with the queue in front of it."""

    backend: Backend
    queue: Queue


class PoeClient:
    """Asks Poe in a fair order through backends, which are started and closed with the client.

    Args:
        backend: asks.
        fallback: asks instead while something holds the queue of ``backend``. One ask never goes both ways.
    """

    def __init__(self, backend: Backend, fallback: Backend | None = None) -> None:
        self._first = _Way(backend, Queue(backend.rules))
        self._fallback = _Way(fallback, Queue(fallback.rules)) if fallback else None
        self._checking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._first.backend.start()
        if self._fallback:
            await self._fallback.backend.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._checking:
            self._checking.cancel()
            await asyncio.wait({self._checking})
        if self._fallback:
            await self._fallback.backend.close()
        await self._first.backend.close()

    def holds(self) -> AsyncGenerator[PoeError | None]:
        """Give what holds the queue; see `PoeAccess`."""
        return self._first.queue.holds()

    def figures(self) -> Figures:
        """Return the state of the queue at this moment, of both queues where there are two."""
        figures = self._first.queue.figures(browser=self._first.backend.running)
        if not self._fallback:
            return figures
        others = self._fallback.queue.figures(browser=None)
        return replace(
            figures,
            waiting=figures.waiting + others.waiting,
            running=figures.running + others.running,
            errors=tuple(sorted((*figures.errors, *others.errors), key=itemgetter(0))),
            falls_back=self._falls_back,
        )

    def check(self, handle: str) -> None:
        """Find out in the background whether this model could be asked, without asking: it holds or frees the queue."""
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check(handle), name="poe-check")

    @property
    def browser(self) -> BrowserFigures:
        """What the backend's browser did."""
        return self._first.backend.browser

    def go_on(self) -> None:
        """End what holds the queue; see `PoeAccess`."""
        self._first.queue.go_on()
        if self._fallback:
            self._fallback.queue.go_on()

    def try_now(self) -> bool:
        """Let the next ask try at once; see `PoeAccess`."""
        tried = self._first.queue.try_now()
        return (self._fallback is not None and self._fallback.queue.try_now()) or tried

    async def warm_up(self, handle: str) -> None:
        """Make all ready for a first ask; see `PoeAccess`."""
        try:
            await self._first.backend.warm_up(handle)
        except PoeError as error:
            log.warning("Poe can't be made ready for the first question: %s", error.operator_message)

    @asynccontextmanager
    async def stream(
        self, asker: Asker, handle: str, make_prompt: MakePrompt, paid: Paid | None = None
    ) -> AsyncGenerator[AsyncIterator[Snapshot]]:
        """Wait for a turn, ask once and give snapshots; see `PoeAccess`."""
        latest = LatestSnapshot()
        asking = asyncio.create_task(self._ask(latest, asker, handle, make_prompt, paid), name="poe-ask")
        try:
            yield aiter(latest)
        finally:
            asking.cancel()  # gives up the turn, or leaves the backend's stream
            with contextlib.suppress(asyncio.CancelledError):
                # A caller that is cancelled must not return before the answer is stopped.
                await asyncio.shield(asyncio.wait({asking}))

    async def _ask(
        self, latest: LatestSnapshot, asker: Asker, handle: str, make_prompt: MakePrompt, paid: Paid | None = None
    ) -> None:
        way = self._choose(handle)

        def put(snapshot: Snapshot) -> None:
            latest.put(snapshot if way is self._first else replace(snapshot, fallback=True))

        def show_place(ahead: int, seconds: float, held: str) -> None:
            put(Snapshot(state=State.QUEUED, ahead=ahead, wait=seconds, held=held))

        error: BaseException | None = None
        try:
            async with contextlib.AsyncExitStack() as turn:
                await turn.enter_async_context(way.queue.turn(asker, show_place))
                put(Snapshot(state=State.READING))
                messages = await make_prompt()
                asking = way.backend.stream(handle, messages, way.queue.reserve_send, paid)
                with Silence(put, way.backend.patience(handle)) as silence:
                    silence.put(Snapshot(state=State.ASKING))
                    async with asking as snapshots:
                        async for snapshot in snapshots:
                            silence.put(snapshot)
                            if snapshot.state.final:
                                await turn.aclose()  # what Poe adds to the answer holds nobody up
        except Exception as failure:  # noqa: BLE001 - the reader of the snapshots gets it
            error = failure
        finally:
            latest.end(error)

    @property
    def _falls_back(self) -> bool:
        """Whether new asks go to the fallback."""
        held = self._first.queue.held
        return held is not None and self._fallback is not None and self._fallback.queue.held is None

    def _choose(self, handle: str) -> _Way:
        """Return the way that a new ask takes."""
        if not self._fallback or not self._falls_back:
            return self._first
        if isinstance(self._first.queue.held, LimitReached | RateLimited):
            # Only a question can find out whether this is over: the first one after the hold goes alone to try.
            return self._first if self._first.queue.may_try else self._fallback
        self.check(handle)
        return self._fallback

    async def _check(self, handle: str) -> None:
        try:
            async with self._first.queue.turn(_NOBODY, lambda _ahead, _wait, _held: None, sends=False):
                await self._first.backend.check(handle)
        except QuothError as error:
            log.info("Poe can't be asked: %s", error.operator_message)
        except Exception:
            log.exception("Could not find out whether Poe can be asked.")
