"""The browser backend: asks on Poe's web page, each ask in a thread and a tab of its own.

All of Selenium runs in these threads; only the newest snapshot crosses over to the event loop.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from bot.conversation import Messages, PoeChat, Snapshot, format_messages
from bot.errors import BrowserFailed
from bot.poe.backend import Backend, Paid
from bot.poe.browser_figures import BrowserFigures
from bot.poe.latest_snapshot import LatestSnapshot
from bot.poe.patience import Patience, patient
from bot.poe.schedule import Rules
from bot.poe.web.answer.exchange import Exchange
from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.browser.tab import Locators
from bot.poe.web.page.chat_page import ChatPage, TimeLimits
from bot.poe.web.page.drift import page_saved_on_drift
from bot.poe.web.page.locators import LOCATORS
from bot.poe.web.page_pool import PagePool

log = logging.getLogger(__name__)

_CLOSING = 5.0  # seconds for running asks to end what they do: pressing Stop takes up to 3


@dataclass(slots=True)
class _Question:
    """A prompt for a model, in a new chat with all of the conversation, or in an old chat if that can go on."""

    handle: str
    fresh: Exchange
    old_chat: str = ""
    continuing: Exchange | None = None

    @property
    def exchange(self) -> Exchange:
        """What is sent and read."""
        return self.continuing or self.fresh

    def open(self, page: ChatPage) -> None:
        """Open the page on which the prompt is typed; see `ChatPage.open`."""
        if self.continuing:
            if page.open_chat(self.old_chat, self.handle):
                return
            log.info("The chat on Poe can't go on; the question is asked in a new one.")
            self.continuing = None
        page.open(self.handle)


class WebBackend(Backend):
    """Asks in one logged-in browser.

    Args:
        url: where Poe is.
        session: the browser; it is started when it is first needed and closed with the backend.
        rules: how many asks run at once, and how fast they follow each other.
        limits: how long each step may take.
        locators: where the parts of Poe's page are.
        account: the account's name.
    """

    def __init__(
        self,
        url: str,
        session: WebDriverSession,
        rules: Rules = Rules(),
        limits: TimeLimits = TimeLimits(),
        locators: Locators = LOCATORS,
        account: str = "",
    ) -> None:
        self._account = account
        self._rules = rules
        self._limits = limits
        self._session = session
        self._lingering: set[threading.Event] = set()  # of asks that only wait for what Poe adds to their answers
        # While a page answers, another one may be loading for the next ask.
        self._threads = ThreadPoolExecutor(2 * rules.concurrency, thread_name_prefix="poe")
        self._pages = PagePool(session, url, limits, rules.concurrency, self._threads.submit, locators)

    @property
    def rules(self) -> Rules:
        """How many asks may run at once, and how fast they may follow each other."""
        return self._rules

    @property
    def running(self) -> bool:
        """Whether the browser is running, as far as is known."""
        return self._session.running

    @property
    def browser(self) -> BrowserFigures:
        """What the browser did."""
        return self._pages.figures

    def patience(self, handle: str) -> Patience:
        """Return how long it waits for news of a model's answer."""
        limits = patient(self._limits, handle)
        return Patience(limits.first_text, limits.silence)

    async def start(self) -> None:
        """Keep the browser profile from every other Quoth. The browser itself starts when it is first needed.

        Raises:
            BrowserFailed: another Quoth uses the profile, or it can't be made.
        """
        self._session.reserve()

    async def warm_up(self, handle: str) -> None:
        """Start the browser and open a model's page; see `Backend`."""

        def open_page() -> None:
            with self._pages.borrow(handle) as page:
                page.open(handle)

        await asyncio.get_running_loop().run_in_executor(self._threads, open_page)
        log.info("The browser has a page of Poe ready for the first question.")

    async def close(self) -> None:
        """End the browser, and kill it when it hangs."""
        closing = asyncio.create_task(asyncio.to_thread(self._pages.close, _CLOSING), name="poe-closing")
        await asyncio.wait({closing}, timeout=2 * _CLOSING)
        if not closing.done():
            await asyncio.to_thread(self._session.kill)  # commands that wait for the browser now fail
            await asyncio.wait({closing}, timeout=_CLOSING)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def check(self, handle: str) -> None:
        """Open a model's page and look whether a prompt could be typed."""

        def open_page() -> None:
            with self._pages.borrow(handle) as page, page_saved_on_drift(page, self._session.profile):
                page.open(handle)

        await asyncio.get_running_loop().run_in_executor(self._threads, open_page)

    @asynccontextmanager
    async def stream(
        self, handle: str, messages: Messages, reserve_send: Callable[[], float], paid: Paid | None = None
    ) -> AsyncGenerator[AsyncIterator[Snapshot]]:
        """Ask a model once on its page; see `Backend.stream`."""
        latest = LatestSnapshot()
        leaving = threading.Event()
        for lingering in list(self._lingering):
            lingering.set()  # this ask needs the page

        def answer() -> None:
            def pace() -> None:
                leaving.wait(reserve_send())

            def put(snapshot: Snapshot) -> None:
                if snapshot.state.final:
                    self._lingering.add(leaving)
                latest.put_from_thread(snapshot)

            files = [file for message in messages for file in message.get("files", ())]
            question = _Question(handle, Exchange(format_messages(messages), leaving.is_set, pace, files))
            going_on = messages[-1].get("continues") if messages else None
            if going_on and going_on.chat.account == self._account:
                code = question.old_chat = going_on.chat.code
                question.continuing = Exchange(going_on.prompt, leaving.is_set, pace, going_on.files, code)
            self._answer(question, put, leaving)

        answering = asyncio.get_running_loop().run_in_executor(self._threads, answer)
        answering.add_done_callback(partial(_end, latest))
        try:
            yield aiter(latest)
        finally:
            leaving.set()  # the thread looks at it at every poll
            self._lingering.discard(leaving)
            with contextlib.suppress(asyncio.CancelledError):
                # A caller that is cancelled must not return while the thread still uses the page.
                await asyncio.shield(asyncio.wait({answering}))
            if answering.done():
                answering.result()  # an error while the answer was stopped may concern the queue too

    def _answer(self, question: _Question, put: Callable[[Snapshot], None], leaving: threading.Event) -> None:
        """Ask one question and read its answer to the end. If the browser fails, another tab is tried once."""
        try:
            self._attempt(question, put, leaving)
        except BrowserFailed as error:
            if leaving.is_set() or not question.exchange.recoverable:
                raise
            log.warning("%s Trying once more in another tab.", error.operator_message)
            self._attempt(question, put, leaving)

    def _attempt(self, question: _Question, put: Callable[[Snapshot], None], leaving: threading.Event) -> None:
        if leaving.is_set():
            return
        with self._pages.borrow(question.handle) as page, page_saved_on_drift(page, self._session.profile):
            if not question.exchange.begun:
                question.open(page)
                put(self._placed(question, Snapshot()))
            if leaving.is_set():
                return
            exchange = question.exchange
            snapshots = exchange.resume(page) if exchange.begun else exchange.run(page)
            with contextlib.closing(snapshots):
                for snapshot in snapshots:
                    put(self._placed(question, snapshot))
            self._pages.note_answer()
            for snapshot in exchange.afterwards(page):
                put(self._placed(question, snapshot))

    def _placed(self, question: _Question, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot with the chat that the answer is in, as far as that is known."""
        code = question.exchange.chat_code
        return replace(snapshot, chat=PoeChat(code, self._account), continued=question.continuing is not None)


def _end(latest: LatestSnapshot, answering: asyncio.Future[None]) -> None:
    latest.end(BrowserFailed("Quoth is shutting down.") if answering.cancelled() else answering.exception())
