"""The chat pages that asks use: a tab each, kept ready in between, replaced when they fail.

All methods block and may be called from any thread.
"""

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from bot.errors import BrowserFailed, PoeError
from bot.poe.browser_figures import BrowserFigures
from bot.poe.patience import patient
from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.browser.tab import Locators, TabHangs
from bot.poe.web.page.chat_page import ChatPage, TimeLimits
from bot.poe.web.page.locators import LOCATORS

log = logging.getLogger(__name__)

_RESTART_AFTER = 200  # asks after which the browser is restarted, so that leaks in it stay small
_PATIENCE = 60.0  # seconds to wait for a page; one that is being reloaded needs at most the time to load


class PagePool:
    """Up to ``most`` chat pages in one browser, which is started when the first page is needed.

    Args:
        session: the browser.
        url: where Poe is.
        limits: how long each step on a page may take.
        most: pages at once.
        submit: runs a function in another thread.
        locators: where the parts of the page are.
        restart_after: asks after which the browser is restarted.
    """

    def __init__(
        self,
        session: WebDriverSession,
        url: str,
        limits: TimeLimits,
        most: int,
        submit: Callable[[Callable[[], None]], object],
        locators: Locators = LOCATORS,
        restart_after: int = _RESTART_AFTER,
    ) -> None:
        self._session = session
        self._url = url
        self._limits = limits
        self._locators = locators
        self._most = most if session.many_tabs else 1
        self._submit = submit
        self._restart_after = restart_after
        self._changed = threading.Condition()
        self._browser = threading.Lock()  # held while a browser is started or ended
        self._start_of: dict[ChatPage, int] = {}  # which start of the browser a page belongs to
        self._idle: list[ChatPage] = []
        self._pages = 0  # idle, borrowed, or being reloaded
        self._borrowed = 0
        self._served = 0
        self._planned_restarts = 0
        self._refused = False  # whether Poe has answered nothing since it refused something
        self._refusals = 0
        self._closing = False

    @contextmanager
    def borrow(self, handle: str) -> Generator[ChatPage]:
        """Borrow a page, if possible one that is ready for the model. It still has to be opened.

        If the browser fails in the block, the page is dropped, and the browser with it if that is what failed.

        Raises:
            BrowserFailed: there is no page.
        """
        page = self._take(handle)
        page.limits = patient(self._limits, handle)
        try:
            yield page
        except BrowserFailed as error:
            self._drop(page, error)
            raise
        except PoeError:
            self._note_refusal()
            self._return(page, handle)
            raise
        except BaseException:
            self._return(page, handle)
            raise
        else:
            self._return(page, handle)

    def note_answer(self) -> None:
        """Have pages made ready again after a refusal: Poe answers."""
        self._refused = False

    def close(self, patience: float) -> None:
        """End the browser. Asks that still run were asked to leave before; they get ``patience`` seconds for it."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._borrowed and len(self._idle) == self._pages, patience)
            idle = self._idle if not self._session.many_tabs else []
        for page in idle:
            page.__exit__()  # leaves a given browser as it was
        no_start_running = self._browser.acquire(timeout=patience)
        self._session.close()
        if no_start_running:
            self._browser.release()

    @property
    def figures(self) -> BrowserFigures:
        """What the browser did."""
        restarts = max(0, self._session.starts - 1)
        planned = min(self._planned_restarts, restarts)
        return BrowserFigures(self._pages, planned, restarts - planned)

    @property
    def _restart_due(self) -> bool:
        return self._served >= self._restart_after

    def _available(self) -> bool:
        """Whether a page can be borrowed now. When a restart of the browser is due, not before all pages are idle."""
        if self._restart_due:
            return len(self._idle) == self._pages
        return bool(self._idle) or self._pages < self._most

    def _take(self, handle: str) -> ChatPage:
        with self._changed:
            if not self._changed.wait_for(lambda: self._closing or self._available(), _PATIENCE):
                raise BrowserFailed("No tab became free in time.")
            if self._closing:
                raise BrowserFailed("Quoth is shutting down.")
            if self._restart_due:
                self._end_browser_for_restart()
            self._borrowed += 1
            self._served += 1
            if self._idle:
                page = next((page for page in self._idle if page.is_for(handle)), self._idle[0])
                self._idle.remove(page)
                return page
            self._pages += 1
        try:
            with self._browser:
                page = ChatPage(self._session.tab(), self._url, self._limits, self._locators)
                if self._closing:  # close() does not wait until a start is over
                    self._session.close()
                    raise BrowserFailed("Quoth is shutting down.")
                self._start_of[page] = self._session.starts
            return page.__enter__()
        except BaseException:
            self._forget_borrowed()
            self._clean_up_dead_browser()
            raise

    def _end_browser_for_restart(self) -> None:
        """End the browser while all pages are idle; the next page starts another. With the lock held."""
        log.info("Restarting the browser after %d asks.", self._served)
        self._session.close()
        self._idle.clear()
        self._pages = self._served = 0
        self._planned_restarts += 1

    def _return(self, page: ChatPage, handle: str) -> None:
        with self._changed:
            self._borrowed -= 1
            if self._closing:
                self._idle.append(page)
            self._changed.notify_all()
            if self._closing:
                return
        self._submit(lambda: self._make_ready(page, handle))

    def _note_refusal(self) -> None:
        """Have every page loaded again: what Poe shows now may be over by the next ask."""
        with self._changed:
            self._refused = True
            self._refusals += 1
            for page in self._idle:
                page.expire()

    def _make_ready(self, page: ChatPage, handle: str) -> None:
        """Open the model's page again for the next ask, and make the page idle.

        After a refusal no page is opened: the next ask loads its page itself.
        """
        refusals = self._refusals
        try:
            try:
                if not self._refused:
                    page.open(handle)
            except BrowserFailed:  # a PoeError too, but then there is no page
                raise
            except PoeError:
                pass  # the next ask will open the page again and report what is wrong
            page.tab.stop_listening()
        except BrowserFailed as error:
            with self._changed:
                self._borrowed += 1
            self._drop(page, error)
            return
        with self._changed:
            self._idle.append(page)
            if self._refused or self._refusals != refusals:
                page.expire()
            self._changed.notify_all()

    def _drop(self, page: ChatPage, error: BrowserFailed) -> None:
        """Give up a page under which the browser failed."""
        with self._browser:
            # A failed page of an earlier browser is no reason to end the current one.
            if self._start_of.pop(page, 0) == self._session.starts:
                try:
                    if isinstance(error, TabHangs):
                        raise error
                    self._session.keep_open()
                    page.__exit__()
                except BrowserFailed:
                    self._session.kill()
                    self._session.close()
        self._forget_borrowed()
        self._clean_up_dead_browser()

    def _forget_borrowed(self) -> None:
        with self._changed:
            self._pages -= 1
            self._borrowed -= 1
            self._changed.notify_all()

    def _clean_up_dead_browser(self) -> None:
        """If the browser is gone, close what is left of it, so that the next page starts another."""
        with self._browser, self._changed:
            if not self._session.alive:
                self._session.close()
                self._pages -= len(self._idle)
                self._idle.clear()
                self._changed.notify_all()
