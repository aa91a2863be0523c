"""Asks Poe for the rest of Quoth: first a place in the queue, then one ask through a backend."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol, Self, TypeAlias

from bot.conversation import Asker, Messages, Snapshot, State
from bot.errors import PoeError
from bot.poe.backend import Backend, BrowserFigures
from bot.poe.latest_snapshot import LatestSnapshot
from bot.poe.queue import Figures, Queue

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

    def stream(
        self, asker: Asker, handle: str, make_prompt: MakePrompt
    ) -> AbstractAsyncContextManager[AsyncIterator[Snapshot]]:
        """Ask ``handle`` for ``asker`` and give snapshots: first the place in the queue, then the answer as it grows.

        ``make_prompt`` is called once, when the ask's turn has come and not before: an ask may wait for an hour, and
        what may be read changes meanwhile.

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
            async with self._queue.turn(asker, show_place):
                latest.put(Snapshot(state=State.READING))
                messages = await make_prompt()
                latest.put(Snapshot(state=State.ASKING))
                async with self._backend.stream(handle, messages, self._queue.reserve_send) as snapshots:
                    async for snapshot in snapshots:
                        latest.put(snapshot)
        except Exception as failure:  # noqa: BLE001 - the reader of the snapshots gets it
            error = failure
        finally:
            latest.end(error)
