"""The browser as a component: start it on its profile, reopen it, and leave nothing of it behind."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from filelock import FileLock, Timeout
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.webdriver import WebDriver as Chrome
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from bot.errors import BrowserFailed
from bot.poe.web.browser.bidi_tab import OwnTab
from bot.poe.web.browser.executables import BrowserOptions, find_browser, has_display
from bot.poe.web.browser.processes import ENDING, GuardedService, end
from bot.poe.web.browser.socket import CommandRefused, Connection, devtools
from bot.poe.web.browser.tab import Tab
from bot.poe.web.browser.webdriver_tab import LentTab, first_line
from bot.poe.web.page.locators import LOCATORS, Locators

# Quiet on a closed network, and answers keep their pace in a tab that nobody looks at.
_ARGUMENTS = (
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-component-update",
    "--disable-features=BackForwardCache",  # pages that were left would keep their connections to Poe
    "--disable-renderer-backgrounding",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--process-per-site",  # all tabs of Poe share a renderer: half of the memory, and news come sooner on few cores
    "--lang=en-US",  # Poe's labels follow the account, dates and dialogs the browser (poe.md section 1.3)
    "--window-size=1280,900",
)
_ROOM = 10_000_000  # bytes that a start needs on the profile's disk


class WebDriverSession:
    """One browser: a given one, which is never quit, or one of its own, which ends with the session.

    Args:
        webdriver: a running browser to use.
        user_data_dir: the profile directory that holds the login; made with mode 0700.
        headless: whether no window is shown.
        proxy: the proxy's URL.
        options: which programs and which further flags.
        locators: where the parts of the page are, in all of its tabs.

    Raises:
        BrowserFailed: no browser could be started.
    """

    def __init__(
        self,
        webdriver: WebDriver | None = None,
        user_data_dir: str | None = None,
        headless: bool = True,
        proxy: str | None = None,
        options: BrowserOptions = BrowserOptions(),
        locators: Locators = LOCATORS,
    ) -> None:
        self._given = webdriver
        self._own: Chrome | None = None
        self._connection: Connection | None = None
        self._devtools: Connection | None = None
        self._unused: list[str] = []
        self._reserved: FileLock | None = None
        self._locators = locators
        self._user_data_dir = user_data_dir
        self._proxy = proxy
        self.options = options
        self.headless = headless
        self.starts = 0
        """How many browsers were started."""

    @property
    def profile(self) -> Path | None:
        """The profile directory of a browser of the session's own."""
        return Path(self._user_data_dir).expanduser().absolute() if self._user_data_dir else None

    @property
    def can_show(self) -> bool:
        """Whether the browser may be reopened visibly so that a person can log in."""
        return self._given is None and has_display()

    @property
    def driver(self) -> WebDriver:
        """The running browser, started at the first use."""
        if self._given is not None:
            return self._given
        if self._own is None:
            self._own = self._start()
        return self._own

    @property
    def alive(self) -> bool:
        """Whether the browser runs and further tabs of it may be used, as far as is known."""
        sockets = self._connection, self._devtools
        return self._given is not None or all(socket is not None and not socket.closed for socket in sockets)

    @property
    def running(self) -> bool:
        """Whether there is a browser, as far as is known."""
        return self.alive or (self._own is not None and self._connection is None)

    @property
    def many(self) -> bool:
        """Whether several tabs may be used at once."""
        return self._given is None and (self._own is None or self._connection is not None)

    def keep_open(self) -> None:
        """See that the browser, which ends with its last tab, outlives any tab that closes now.

        Raises:
            BrowserFailed: it is gone, or hangs.
        """
        if self._connection is not None and not self._unused:
            self._unused.append(_new_context(self._connection))

    def tab(self) -> Tab:
        """A tab of one's own; in a given browser, or in one without BiDi, the current tab, for one at a time.

        Raises:
            BrowserFailed: there is no browser, or it does not make a tab.
        """
        driver = self.driver
        if self._connection is None or self._devtools is None:
            return LentTab(driver, self._locators)
        context = self._unused.pop() if self._unused else _new_context(self._connection)
        return OwnTab(self._connection, self._devtools, context, self._locators)

    def reserve(self) -> None:
        """Make the profile and keep it from every other Quoth until the session is closed.

        Raises:
            BrowserFailed: another one has it, or it can't be made.
        """
        if self.profile is None or self._reserved is not None:
            return
        try:
            self.profile.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.profile.chmod(0o700)
            lock = FileLock(self.profile / "quoth.lock", timeout=0, thread_local=False)
            lock.acquire()
        except Timeout as error:
            raise BrowserFailed(f"The profile {self.profile} is in use: end the other browser or Quoth.") from error
        except OSError as error:
            raise BrowserFailed(f"The profile directory can't be used: {error}") from error
        self._reserved = lock

    def _need_room(self) -> None:
        """Refuse a start for which the disk has no room: the driver itself would find out after a minute.

        Raises:
            BrowserFailed: there is none.
        """
        if self.profile is not None and shutil.disk_usage(self.profile).free < _ROOM:
            raise BrowserFailed(f"There is no room left on the disk for the profile {self.profile}.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def reopen(self, *, headless: bool) -> None:
        """Close the session's own browser; the next use starts it again, with or without a window."""
        self.close()
        self.headless = headless

    def close(self) -> None:
        """End what this session started, and only that. Safe to call twice and after a crash."""
        driver, self._own = self._own, None
        for connection in filter(None, (self._connection, self._devtools)):
            connection.close()
        self._connection = self._devtools = None
        if driver is not None:
            self._quit(driver)
        if self._reserved is not None:
            self._reserved.release()
            self._reserved = None

    def _quit(self, driver: Chrome) -> None:
        process = cast("subprocess.Popen[bytes] | None", driver.service.process)
        if process is not None and process.poll() is None:
            with contextlib.suppress(Exception):  # whatever a dying driver raises, its processes end below
                cast("Any", driver).command_executor.client_config.timeout = ENDING
                driver.quit()
        end(driver.service.process)

    def kill(self) -> None:
        """End the browser at once, from any thread: a command that hangs in another one then fails."""
        if self._own is not None:
            end(self._own.service.process)

    def _start(self) -> Chrome:
        self.reserve()
        self._need_room()
        os.environ.setdefault("SE_AVOID_STATS", "true")  # Selenium's manager would report each start to its makers
        self.starts += 1
        browser, driver = find_browser(self.options)
        group: dict[str, Any] = {"start_new_session": True} if os.name == "posix" else {}
        service = GuardedService(driver or None, popen_kw=group)
        try:
            started = Chrome(options=self._chrome_options(browser), service=service)
        except (WebDriverException, OSError, ValueError, HTTPError) as error:
            end(getattr(service, "process", None))
            if self.profile and _in_use(self.profile):
                sentence = f"The profile {self.profile} is in use: end the other browser or Quoth."
                raise BrowserFailed(sentence) from error
            raise BrowserFailed(f"The browser did not start: {first_line(error)}") from error
        started.set_script_timeout(60)
        self._connect(started)
        return started

    def _connect(self, driver: Chrome) -> None:
        capabilities = cast("Any", driver).capabilities
        address = capabilities.get("webSocketUrl")
        if not isinstance(address, str):
            return  # an old driver
        # One of before 2025 refuses a command: then one tab is used, as in a lent browser.
        with contextlib.suppress(BrowserFailed, CommandRefused, TimeoutError), contextlib.ExitStack() as made:
            connection = made.enter_context(contextlib.closing(Connection(address, "browsingContext.getTree")))
            first = connection.command("browsingContext.getTree", {"maxDepth": 0})["contexts"][0]["context"]
            connection.command("goog:cdp.getSession", {"context": first})
            own = devtools(capabilities["goog:chromeOptions"]["debuggerAddress"])
            browser = made.enter_context(contextlib.closing(Connection(own, "Browser.getVersion")))
            if self.headless:
                _minimize(browser, first)
            made.pop_all()
            self._connection, self._devtools, self._unused = connection, browser, [first]

    def _chrome_options(self, browser: str) -> Options:
        options = Options()
        options.binary_location = browser
        options.enable_bidi = True
        options.page_load_strategy = "eager"  # what the page needs is waited for by name
        for argument in self._arguments():
            options.add_argument(argument)
        return options

    def _arguments(self) -> Iterator[str]:
        yield from _ARGUMENTS
        if self.headless:
            yield "--headless=new"
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            yield "--no-sandbox"  # Chromium refuses to run as root otherwise
        if self.profile:
            yield f"--user-data-dir={self.profile}"
        if self._proxy:
            yield f"--proxy-server={self._proxy}"
        yield from self.options.arguments


def _in_use(profile: Path) -> bool:
    """Whether another browser holds a profile. Chromium's lock is a link that reads "host-pid", dead or alive."""
    try:
        _, _, pid = str((profile / "SingletonLock").readlink()).rpartition("-")
        os.kill(int(pid), 0)
    except (OSError, ValueError):
        return False
    return True


def _minimize(browser: Connection, target: str) -> None:
    """Let nothing be drawn that nobody asks for: the window's first tab would be, whatever it is told to believe."""
    with contextlib.suppress(CommandRefused):  # by a browser that has no windows
        window = browser.command("Browser.getWindowForTarget", {"targetId": target})["windowId"]
        browser.command("Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": "minimized"}})


def _new_context(connection: Connection) -> str:
    try:
        return connection.command("browsingContext.create", {"type": "tab", "background": True})["context"]
    except (CommandRefused, TimeoutError) as error:
        raise BrowserFailed(f"The browser made no tab: {error}") from error
