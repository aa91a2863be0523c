"""One browser: starts it on its profile, opens tabs in it, and ends everything that it started."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from filelock import FileLock, Timeout
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.webdriver import WebDriver as Chrome
from selenium.webdriver.common.options import BaseOptions
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from bot.errors import BrowserFailed
from bot.poe.web.browser.bidi_tab import BidiTab
from bot.poe.web.browser.disk import CACHE_SIZE, TemporaryFolder, trim
from bot.poe.web.browser.display import VirtualDisplay
from bot.poe.web.browser.environment import browser_environment
from bot.poe.web.browser.executables import BrowserOptions, find_browser, has_display, selenium_manager
from bot.poe.web.browser.processes import ENDING, GuardedService, end
from bot.poe.web.browser.profile_lock import in_use
from bot.poe.web.browser.socket import CommandRefused, Connection, devtools_url
from bot.poe.web.browser.start_failure import check_snap, is_snap, start_failure
from bot.poe.web.browser.tab import Tab
from bot.poe.web.browser.webdriver_tab import WebDriverTab, first_line

# No traffic of the browser's own, and no throttling of tabs in the background.
_ARGUMENTS = (
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-breakpad",  # nobody reads reports of crashes
    "--disable-component-update",
    # It would keep pages that were left connected to Poe; and the list below the address bar is a page of its own, for
    # which every start would open another renderer.
    "--disable-features=BackForwardCache,WebUIOmniboxPopup,WebUIOmniboxAimPopup",
    "--disable-renderer-backgrounding",
    "--disable-sync",
    f"--disk-cache-size={CACHE_SIZE}",
    "--no-default-browser-check",
    "--no-first-run",
    "--process-per-site",  # all tabs share a renderer: half the memory, and faster on few cores
    "--lang=en-US",  # Poe's labels follow the account, dates and dialogs the browser (poe.md section 1.3)
    "--window-size=1280,900",
)
_FREE_SPACE = 10_000_000  # bytes that a start needs on the profile's disk
_LISTENING = 5.0  # seconds to reach a Chrome that runs already
_NO_CHROME = "There is no Chrome to use at {}: {}"
_IN_USE = "The profile {profile} is in use. Close the other browser or stop the other Quoth first."
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # only its size is looked at
_SHARED_MEMORY_SIZE = 256_000_000  # bytes of it with which tabs don't crash; containers often have 64 MB


class WebDriverSession:
    """One browser: a given one, which is never quit, or the session's own, which ends with the session.

    Args:
        webdriver: a running browser to use.
        user_data_dir: the profile directory that holds the login; created with mode 0700.
        headless: whether no window is shown.
        proxy: the proxy's URL.
        options: which programs, and further flags.

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
    ) -> None:
        self._given = webdriver
        self._own: WebDriver | None = None
        self._bidi: Connection | None = None
        self._devtools: Connection | None = None
        self._unused_contexts: list[str] = []
        self._own_contexts: list[str] = []  # in a browser that was running before
        self._display = VirtualDisplay()
        self._profile_lock: FileLock | None = None
        self._user_data_dir = user_data_dir
        self._proxy = proxy
        self._temporary = TemporaryFolder(self.profile)
        self.options = options
        self.headless = headless
        self.starts = 0
        """How many browsers were started."""

    @property
    def profile(self) -> Path | None:
        """The profile directory, if the session has one."""
        return Path(self._user_data_dir).expanduser().absolute() if self._user_data_dir else None

    @property
    def can_show_window(self) -> bool:
        """Whether the browser can be reopened with a window, so that a person can log in."""
        return self._given is None and has_display() and not (self.options.virtual or self.options.attach)

    @property
    def driver(self) -> WebDriver:
        """The browser, which is started at the first use."""
        if self._given is not None:
            return self._given
        if self._own is None:
            self._own = self._start()
        return self._own

    @property
    def alive(self) -> bool:
        """Whether the browser runs and can open tabs, as far as is known."""
        sockets = self._bidi, self._devtools
        return self._given is not None or all(socket is not None and not socket.closed for socket in sockets)

    @property
    def running(self) -> bool:
        """Whether the browser runs, as far as is known."""
        return self.alive or (self._own is not None and self._bidi is None)

    @property
    def many_tabs(self) -> bool:
        """Whether several tabs can be used at once."""
        return self._given is None and (self._own is None or self._bidi is not None)

    def keep_open(self) -> None:
        """Make sure that the browser, which ends with its last tab, stays open when a tab is closed.

        Raises:
            BrowserFailed: it is gone, or hangs.
        """
        if self._bidi is not None and not self._unused_contexts:
            self._unused_contexts.append(self._new_context(self._bidi))

    def tab(self) -> Tab:
        """Return a new tab; in a given browser, or in one without BiDi, the current tab.

        Raises:
            BrowserFailed: there is no browser, or it opens no tab.
        """
        driver = self.driver
        if self._bidi is None or self._devtools is None:
            return WebDriverTab(driver)
        context = self._unused_contexts.pop() if self._unused_contexts else self._new_context(self._bidi)
        return BidiTab(self._bidi, self._devtools, context)

    def reserve(self) -> None:
        """Create the profile and lock it against every other Quoth until the session is closed.

        Raises:
            BrowserFailed: another Quoth uses it, or it can't be created.
        """
        if self.profile is None or self._profile_lock is not None:
            return
        try:
            self.profile.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.profile.chmod(0o700)
            lock = FileLock(self.profile / "quoth.lock", timeout=0, thread_local=False)
            lock.acquire()
        except Timeout as error:
            raise BrowserFailed(_IN_USE.format(profile=self.profile)) from error
        except OSError as error:
            raise BrowserFailed(f"Can't use the profile directory: {error}") from error
        self._profile_lock = lock

    def _check_free_space(self) -> None:
        """Refuse a start on a full disk, which the driver itself would notice after a minute.

        Raises:
            BrowserFailed: the disk is full.
        """
        if self.profile is not None and shutil.disk_usage(self.profile).free < _FREE_SPACE:
            raise BrowserFailed(f"Not enough disk space for the profile {self.profile}.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def reopen(self, *, headless: bool) -> None:
        """Close the session's own browser. The next use starts it again, with or without a window."""
        self.close()
        self.headless = headless
        self.options = replace(self.options, virtual=False)

    def close(self) -> None:
        """End what this session started, and only that. Safe to call twice, and after a crash."""
        driver, self._own = self._own, None
        contexts, self._own_contexts = self._own_contexts, []
        for context in contexts:
            with contextlib.suppress(BrowserFailed, CommandRefused, TimeoutError):  # its operator may have closed it
                if self._bidi is not None:
                    self._bidi.command("browsingContext.close", {"context": context})
        for connection in filter(None, (self._bidi, self._devtools)):
            connection.close()
        self._bidi = self._devtools = None
        if driver is not None:
            self._quit(driver)
        self._display.stop()
        self._temporary.remove()
        if self._profile_lock is not None:
            self._profile_lock.release()
            self._profile_lock = None

    def _quit(self, driver: WebDriver) -> None:
        process = cast("subprocess.Popen[bytes] | None", cast("Chrome", driver).service.process)
        if process is not None and process.poll() is None:
            with contextlib.suppress(Exception):  # whatever a dying driver raises, its processes are ended below
                cast("Any", driver).command_executor.client_config.timeout = ENDING
                driver.quit()
        self._end(process)

    def _end(self, process: object) -> None:
        end(process, self._profile_argument)

    def kill(self) -> None:
        """Kill the browser, from any thread. Commands that hang in other threads then fail."""
        if self._own is not None:
            self._end(cast("Chrome", self._own).service.process)

    def _start(self) -> WebDriver:
        self.reserve()
        self._check_free_space()
        if self.options.attach:
            _check_listening(self.options.attach)
        browser, driver = find_browser(self.options)
        check_snap(browser, self.profile)
        if self.profile is not None:
            if in_use(self.profile):
                raise BrowserFailed(_IN_USE.format(profile=self.profile))
            trim(self.profile)
        self.starts += 1
        service: GuardedService | None = None
        try:
            if not driver:
                browser, driver = selenium_manager(browser)
            # A snap has temporary files of its own, and can't see those of others.
            temporary = self._temporary.make()
            environment = browser_environment(None if is_snap(browser) else temporary)
            if self.options.virtual and not self.headless:
                environment |= self._display.start(temporary)
            group: dict[str, Any] = {"start_new_session": True} if os.name == "posix" else {}
            service = GuardedService(driver, env=environment, popen_kw=group)
            started = Chrome(options=self._chrome_options(browser), service=service)
        except (WebDriverException, OSError, ValueError, HTTPError) as error:
            self._end(getattr(service, "process", None))
            self._display.stop()
            self._temporary.remove()
            if self.options.attach:
                raise BrowserFailed(_NO_CHROME.format(self.options.attach, first_line(error))) from error
            raise start_failure(browser, [*self._arguments()], self.profile, first_line(error)) from error
        started.set_script_timeout(60)
        self._connect(started)
        return started

    def _connect(self, driver: WebDriver) -> None:
        # A driver from before 2025 refuses one of the commands; then one tab is used, as in a given browser.
        with contextlib.suppress(BrowserFailed, CommandRefused, TimeoutError), contextlib.ExitStack() as made:
            address, devtools = self._socket_urls(driver)
            if address is None:
                return  # an old driver
            headers = self._socket_headers
            connection = made.enter_context(contextlib.closing(Connection(address, "browsingContext.getTree", headers)))
            first = connection.command("browsingContext.getTree", {"maxDepth": 0})["contexts"][0]["context"]
            connection.command("goog:cdp.getSession", {"context": first})
            browser = made.enter_context(contextlib.closing(Connection(devtools, "Browser.getVersion", headers)))
            if self.headless:
                _minimize(browser, first)
            made.pop_all()
            self._bidi, self._devtools = connection, browser
            # In a browser that was running before, the tab is somebody else's.
            self._unused_contexts = [] if self.options.attach else [first]

    def _new_context(self, connection: Connection) -> str:
        context = _new_context(connection)
        if self.options.attach:
            self._own_contexts.append(context)
        return context

    def _socket_urls(self, driver: WebDriver) -> tuple[str | None, str]:
        """Return where the driver speaks BiDi, None if it does not, and where the browser speaks CDP."""
        capabilities = cast("Any", driver).capabilities
        address = capabilities.get("webSocketUrl")
        if not isinstance(address, str):
            return None, ""
        return address, devtools_url(capabilities["goog:chromeOptions"]["debuggerAddress"])

    @property
    def _socket_headers(self) -> dict[str, str]:
        return {}

    @property
    def _profile_argument(self) -> str:
        return f"--user-data-dir={self.profile}" if self.profile else ""

    def _chrome_options(self, browser: str) -> Options:
        options = Options()
        options.enable_bidi = True
        # The driver is on this machine. Chrome's own form of the method is deprecated, and what is to replace it can't
        # be passed to a local driver.
        BaseOptions.ignore_local_proxy_environment_variables(options)
        options.page_load_strategy = "eager"  # what is needed on the page is waited for explicitly
        if self.options.attach:
            options.debugger_address = self.options.attach
            return options
        options.binary_location = browser
        for argument in self._arguments():
            options.add_argument(argument)
        return options

    def _arguments(self) -> Iterator[str]:
        yield from self._common_arguments()
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            yield "--no-sandbox"  # Chromium refuses to run as root otherwise
        if _shared_memory_is_small():
            yield "--disable-dev-shm-usage"

    def _common_arguments(self) -> Iterator[str]:
        """Give what does not depend on the machine that the browser runs on."""
        yield from _ARGUMENTS
        if self.headless:
            yield "--headless=new"
        if self._profile_argument:
            yield self._profile_argument
        if self._proxy:
            yield f"--proxy-server={self._proxy}"
        yield from self.options.arguments


def _check_listening(address: str) -> None:
    """Refuse an address at which nothing listens, which the driver would try for a minute.

    Raises:
        BrowserFailed: nothing listens there.
    """
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _LISTENING).close()
    except OSError as error:
        raise BrowserFailed(_NO_CHROME.format(address, error.strerror or error)) from error


def _shared_memory_is_small() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        return shutil.disk_usage(_SHARED_MEMORY).total < _SHARED_MEMORY_SIZE
    except OSError:  # there is none
        return True


def _minimize(browser: Connection, target: str) -> None:
    """Minimize the window: its first tab would be drawn even without the emulated focus."""
    with contextlib.suppress(CommandRefused):  # by a browser without windows
        window = browser.command("Browser.getWindowForTarget", {"targetId": target})["windowId"]
        browser.command("Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": "minimized"}})


def _new_context(connection: Connection) -> str:
    try:
        return connection.command("browsingContext.create", {"type": "tab", "background": True})["context"]
    except (CommandRefused, TimeoutError) as error:
        raise BrowserFailed(f"The browser didn't open a tab: {error}") from error
