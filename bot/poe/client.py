"""Asks Poe for the rest of Quoth: first a place in the queue, then one ask through a backend."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol, Self, TypeAlias

from bot.conversation import Asker, Messages, Snapshot, State
from bot.errors import PoeError
from bot.poe.backend import Backend, BrowserFigures
from bot.poe.latest_snapshot import LatestSnapshot
from bot.poe.queue import Figures, Queue
from bot.poe.silence import Silence

log = logging.getLogger(__name__)

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
        self, asker: Asker, handle: str, make_prompt: MakePrompt
    ) -> AbstractAsyncContextManager[AsyncIterator[Snapshot]]:
        """Ask ``handle`` for ``asker`` and give snapshots: first the place in the queue, then the answer as it grows.

        ``make_prompt`` is called once, when the ask's turn has come and not before: an ask may wait for an hour, and
        what may be read changes meanwhile.

        After the complete answer, snapshots may follow that only add suggested replies and files to it.

        Leaving the block early gives up the place in the queue, or stops the answer at Poe. A reader that is slow
        skips snapshots. The iterator raises a PoeError or PromptError when the ask fails, and whatever
        ``make_prompt`` raised; the last snapshot before it holds what had arrived.
        """
        ...


class PoeClient:
    """Asks Poe in a fair order through one backend, which is started and closed with the client."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._queue = Queue(backend.rules)

    async def __aenter__(self) -> Self:
        await self._backend.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._backend.close()

    def holds(self) -> AsyncGenerator[PoeError | None]:
        """Give what holds the queue; see `PoeAccess`."""
        return self._queue.holds()

    def figures(self) -> Figures:
        """Return the state of the queue at this moment."""
        return self._queue.figures(browser=self._backend.running)

    @property
    def browser(self) -> BrowserFigures:
        """What the backend's browser did."""
        return self._backend.browser

    def go_on(self) -> None:
        """End what holds the queue; see `PoeAccess`."""
        self._queue.go_on()

    def try_now(self) -> bool:
        """Let the next ask try at once; see `PoeAccess`."""
        return self._queue.try_now()

    async def warm_up(self, handle: str) -> None:
        """Make all ready for a first ask; see `PoeAccess`."""
        try:
            await self._backend.warm_up(handle)
        except PoeError as error:
            log.warning("Poe can't be made ready for the first question: %s", error.operator_message)

    @asynccontextmanager
    async def stream(
        self, asker: Asker, handle: str, make_prompt: MakePrompt
    ) -> AsyncGenerator[AsyncIterator[Snapshot]]:
        """Wait for a turn, ask once and give snapshots; see `PoeAccess`."""
        latest = LatestSnapshot()
        asking = asyncio.create_task(self._ask(latest, asker, handle, make_prompt), name="poe-ask")
        try:
            yield aiter(latest)
        finally:
            asking.cancel()  # gives up the turn, or leaves the backend's stream
            with contextlib.suppress(asyncio.CancelledError):
                # A caller that is cancelled must not return before the answer is stopped.
                await asyncio.shield(asyncio.wait({asking}))

    async def _ask(self, latest: LatestSnapshot, asker: Asker, handle: str, make_prompt: MakePrompt) -> None:
        def show_place(ahead: int, seconds: float, held: str) -> None:
            latest.put(Snapshot(state=State.QUEUED, ahead=ahead, wait=seconds, held=held))

        error: BaseException | None = None
        try:
            async with contextlib.AsyncExitStack() as turn:
                await turn.enter_async_context(self._queue.turn(asker, show_place))
                latest.put(Snapshot(state=State.READING))
                messages = await make_prompt()
                asking = self._backend.stream(handle, messages, self._queue.reserve_send)
                with Silence(latest.put, self._backend.patience) as silence:
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
