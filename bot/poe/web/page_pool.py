"""The chat pages that serve asks: a tab each, kept warm in between, replaced when they fail, renewed after a while.

All methods block and may be called from any thread.
"""

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from bot.errors import BrowserFailed, PoeError
from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.browser.tab import TabHangs
from bot.poe.web.page.chat_page import ChatPage, TimeLimits

log = logging.getLogger(__name__)

_RENEWED = 200  # asks after which the browser is started anew: what leaks in a page or a browser stays small
_PATIENCE = 60.0  # seconds for a tab to become free: one that gets warm needs at most a page's time to load


class ChatPages:
    """Up to ``most`` chat pages in one browser, which is started when the first is needed.

    Args:
        session: the browser.
        url: where Poe is.
        limits: how long each step on a page may take.
        most: pages at once.
        later: runs a function in some other thread.
        renewed: asks after which the browser is started anew.
    """

    def __init__(
        self,
        session: WebDriverSession,
        url: str,
        limits: TimeLimits,
        most: int,
        later: Callable[[Callable[[], None]], object],
        renewed: int = _RENEWED,
    ) -> None:
        self._session = session
        self._url = url
        self._limits = limits
        self._most = most if session.many else 1
        self._later = later
        self._renewed = renewed
        self._moved = threading.Condition()
        self._browser = threading.Lock()  # held while a browser is started or ended
        self._starts: dict[ChatPage, int] = {}
        self._idle: list[ChatPage] = []
        self._made = 0
        self._asking = 0
        self._served = 0
        self._closing = False

    @contextmanager
    def taken(self, handle: str) -> Generator[ChatPage]:
        """Have a page to oneself, warm on the model's page where one is; it has yet to be opened.

        A page under which the browser failed is given up, and the browser with it where that is what failed.

        Raises:
            BrowserFailed: no page could be had.
        """
        page = self._take(handle)
        try:
            yield page
        except BrowserFailed as error:
            self._drop(page, error)
            raise
        except BaseException:
            self._return(page, handle)
            raise
        else:
            self._return(page, handle)

    def close(self, patience: float) -> None:
        """End the browser, ``patience`` seconds after running asks were told to leave at the latest."""
        with self._moved:
            self._closing = True
            self._moved.notify_all()
            self._moved.wait_for(lambda: not self._asking and len(self._idle) == self._made, patience)
            idle = self._idle if not self._session.many else []
        for page in idle:
            page.__exit__()  # a lent browser is left as it was
        started = self._browser.acquire(timeout=patience)
        self._session.close()
        if started:
            self._browser.release()

    def _take(self, handle: str) -> ChatPage:
        with self._moved:
            if not self._moved.wait_for(self._may_take, _PATIENCE):
                raise BrowserFailed("No tab became free in time.")
            if self._closing:
                raise BrowserFailed("Quoth is ending.")
            self._asking += 1
            self._served += 1
            if self._idle:
                page = next((page for page in self._idle if page.is_for(handle)), self._idle[0])
                self._idle.remove(page)
                return page
            self._made += 1
        try:
            with self._browser:
                page = ChatPage(self._session.tab(), self._url, self._limits)
                if self._closing:  # which did not wait for the start of a browser to its end
                    self._session.close()
                    raise BrowserFailed("Quoth is ending.")
                self._starts[page] = self._session.starts
            return page.__enter__()
        except BaseException:
            self._forget()
            self._mend()
            raise

    def _may_take(self) -> bool:
        if self._served >= self._renewed and not self._closing:
            if len(self._idle) < self._made:
                return False
            log.info("Starting the browser anew after %d asks.", self._served)
            self._session.close()
            self._idle.clear()
            self._made = self._served = 0
        return self._closing or bool(self._idle) or self._made < self._most

    def _return(self, page: ChatPage, handle: str) -> None:
        with self._moved:
            self._asking -= 1
            if self._closing:
                self._idle.append(page)
            self._moved.notify_all()
            if self._closing:
                return
        self._later(lambda: self._warm(page, handle))

    def _warm(self, page: ChatPage, handle: str) -> None:
        try:
            try:
                page.open(handle)
            except BrowserFailed:  # a PoeError too, but there is no page to rest
                raise
            except PoeError:
                pass
            page.rest()
        except BrowserFailed as error:
            with self._moved:
                self._asking += 1
            self._drop(page, error)
            return
        with self._moved:
            self._idle.append(page)
            self._moved.notify_all()

    def _drop(self, page: ChatPage, error: BrowserFailed) -> None:
        with self._browser:
            # A page of a browser that was replaced meanwhile is no reason to end the one that runs now.
            if self._starts.pop(page, 0) == self._session.starts:
                try:
                    if isinstance(error, TabHangs):
                        raise error
                    self._session.keep_open()
                    page.__exit__()
                except BrowserFailed:
                    self._session.kill()
                    self._session.close()
        self._forget()
        self._mend()

    def _forget(self) -> None:
        with self._moved:
            self._made -= 1
            self._asking -= 1
            self._moved.notify_all()

    def _mend(self) -> None:
        """Close what is left of a browser that is gone, so that the next page starts another."""
        with self._browser, self._moved:
            if not self._session.alive:
                self._session.close()
                self._made -= len(self._idle)
                self._idle.clear()
                self._moved.notify_all()
