"""The asynchronous face of Poe: a queue, and the only crossing between the event loop and the browser's threads.

All of Selenium runs in threads of the client's own, one for each ask that runs. What it reads reaches the loop as the
newest snapshot; a reader that is slow skips what is outdated and never holds up the browser.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Self

from bot.conversation import Asker, Snapshot, State
from bot.errors import BrowserFailed, PoeError, QuothError
from bot.poe.queue import Figures, Queue, Rules
from bot.poe.web.answer.exchange import Exchange
from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.page.chat_page import TimeLimits
from bot.poe.web.page.drift import saved
from bot.poe.web.page_pool import ChatPages

log = logging.getLogger(__name__)

_CLOSING = 5.0  # seconds for the asks that run to end what they do: a Stop takes 3


class _Newest:
    """A place for one snapshot: the browser's thread puts, the loop takes the newest. Ends with None or an error."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._snapshot: Snapshot | None = None
        self._over = False
        self._error: BaseException | None = None
        self.begun = False

    def put(self, snapshot: Snapshot) -> None:
        """Make this the newest snapshot. From the loop's own thread."""
        self._snapshot = snapshot
        self._changed.set()

    def put_from_thread(self, snapshot: Snapshot) -> None:
        """Make this the newest snapshot. From any thread."""
        self._loop.call_soon_threadsafe(self.put, snapshot)

    def end(self, error: BaseException | None) -> None:
        """Let readers end, after the last snapshot, with an error where there is one."""
        self._over, self._error = True, error
        self._changed.set()

    async def __aiter__(self) -> AsyncIterator[Snapshot]:
        while True:
            await self._changed.wait()
            self._changed.clear()
            over, error, snapshot, self._snapshot = self._over, self._error, self._snapshot, None
            if snapshot is not None:
                yield snapshot
            if error is not None:
                raise error
            if over:
                return


class PoeClient:
    """Asks Poe in one logged-in browser, some answers at once in a tab each, in a fair order.

    Args:
        url: where Poe is.
        session: the browser; it is started at the first ask and closed with the client.
        rules: how gently the account is used.
        limits: how long each step may take.
    """

    def __init__(
        self, url: str, session: WebDriverSession, rules: Rules = Rules(), limits: TimeLimits = TimeLimits()
    ) -> None:
        # Beside each page that answers another one may be getting warm.
        self._threads = ThreadPoolExecutor(2 * rules.concurrency, thread_name_prefix="poe")
        self._session = session
        self._pages = ChatPages(session, url, limits, rules.concurrency, self._threads.submit)
        self._queue = Queue(rules)

    async def __aenter__(self) -> Self:
        self._session.reserve()
        return self

    async def __aexit__(self, *_: object) -> None:
        closing = asyncio.create_task(asyncio.to_thread(self._pages.close, _CLOSING), name="poe-closing")
        await asyncio.wait({closing}, timeout=2 * _CLOSING)
        if not closing.done():
            await asyncio.to_thread(self._session.kill)  # a driver that hangs holds its thread up
            await asyncio.wait({closing}, timeout=_CLOSING)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def troubles(self) -> AsyncGenerator[PoeError | None]:
        """Give what keeps all asks from Poe (a login, a challenge, a limit), at once and at each change; or None."""
        return self._queue.troubles()

    def figures(self) -> Figures:
        """How things stand at this moment."""
        return self._queue.figures(browser=self._session.running)

    @asynccontextmanager
    async def stream(self, asker: Asker, handle: str, prompt: str) -> AsyncGenerator[AsyncIterator[Snapshot]]:
        """Ask ``handle`` for ``asker`` and give snapshots: first the place in the queue, then the answer as it grows.

        Leaving the block early gives up the place in the queue, or presses Poe's Stop. The iterator raises a PoeError
        or PromptError when the ask fails; the last snapshot before it holds what had arrived.
        """
        newest = _Newest()
        leave = threading.Event()
        asking = asyncio.create_task(self._ask(newest, leave, asker, handle, prompt), name="poe-ask")
        try:
            yield aiter(newest)
        finally:
            leave.set()
            await self._left(newest, asking)

    async def _left(self, newest: _Newest, asking: asyncio.Task[None]) -> None:
        if not newest.begun:
            asking.cancel()  # only waits for its turn
        # The thread notices `leave` within one poll; a cancelled caller must not leave it behind unobserved.
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(asyncio.wait({asking}))

    async def _ask(self, newest: _Newest, leave: threading.Event, asker: Asker, handle: str, prompt: str) -> None:
        def waits(ahead: int, seconds: float, held: str) -> None:
            newest.put(Snapshot(state=State.QUEUED, ahead=ahead, wait=seconds, held=held))

        converse = partial(self._converse, newest.put_from_thread, leave, handle, prompt)
        try:
            async with self._queue.turn(asker, waits):
                newest.begun = True
                newest.put(Snapshot(state=State.ASKING))
                await asyncio.get_running_loop().run_in_executor(self._threads, converse)
        except QuothError as error:
            newest.end(error)
        except Exception as error:
            log.exception("The browser's thread failed.")
            failure = BrowserFailed(f"The browser's thread failed: {type(error).__name__}")
            failure.__cause__ = error
            newest.end(failure)
        else:
            newest.end(None)

    def _converse(self, put: Callable[[Snapshot], None], leave: threading.Event, handle: str, prompt: str) -> None:
        exchange = Exchange(prompt, leave.is_set, partial(self._pace, leave))
        try:
            self._run(put, leave, handle, exchange)
        except BrowserFailed as error:
            if leave.is_set() or (exchange.begun and not exchange.resumable):
                raise
            log.warning("%s A tab of its own is tried once more.", error.operator_message)
            self._run(put, leave, handle, exchange)

    def _pace(self, leave: threading.Event) -> None:
        leave.wait(self._queue.send())

    def _run(self, put: Callable[[Snapshot], None], leave: threading.Event, handle: str, exchange: Exchange) -> None:
        if leave.is_set():
            return
        with self._pages.taken(handle) as page, saved(page, self._session.profile):
            if not exchange.begun:
                page.open(handle)
            if leave.is_set():
                return
            snapshots = exchange.resume(page) if exchange.begun else exchange.run(page)
            with contextlib.closing(snapshots):
                for snapshot in snapshots:
                    put(snapshot)
