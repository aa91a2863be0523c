"""A browser on a node of a Selenium Grid: the node that serves one Poe account, with the profile that it has there.

The Grid keeps the sockets of a session open when the session or its node is gone (measured with server 4.48), so an
HTTP command asks every few seconds whether it is still there.
"""

import base64
import contextlib
import json
import logging
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit, urlunsplit

import urllib3
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from bot.errors import BrowserFailed
from bot.poe.web.browser.executables import BrowserOptions
from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.browser.webdriver_tab import first_line

log = logging.getLogger(__name__)

ACCOUNT: Final = "quoth:account"
"""The capability of a node that names the Poe account which it serves."""
_OWNER: Final = "se:name"  # the Grid gives it back with its sessions, so Quoth knows its own again
_STARTING: Final = 45  # seconds for the node to be free and to start a browser; the Grid itself would wait for 300
_REPLYING: Final = 10.0  # seconds for a command
_CHECKING: Final = 3.0  # seconds between two commands that ask whether the session is still there


@dataclass(frozen=True, slots=True)
class GridAccount:
    """A Poe account that a node serves: its name, and the profile directory on the node."""

    name: str
    profile: str


class GridSession(WebDriverSession):
    """A browser on the node that serves an account, started when it is first used.

    Args:
        grid: the Grid's URL; it may hold a user and a password.
        account: whose node is used.
        folder: where this machine keeps what belongs to the account: a lock against a second Quoth, saved pages.
        headless: whether no window is shown on the node.
        proxy: the URL of the browser's proxy.
        options: further flags; the node chooses the programs.
    """

    def __init__(
        self,
        grid: str,
        account: GridAccount,
        folder: Path,
        *,
        headless: bool = True,
        proxy: str | None = None,
        options: BrowserOptions = BrowserOptions(),
    ) -> None:
        super().__init__(None, str(folder), headless, proxy, options)
        parts = urlsplit(grid)
        self._login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._grid = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])).rstrip("/")
        self._account = account
        self._folder = folder.absolute()
        self._http = urllib3.PoolManager(timeout=_REPLYING, retries=False, headers=self._authorization)
        self._watching: threading.Thread | None = None
        self._ended = threading.Event()

    @property
    def can_show_window(self) -> bool:
        """Whether the browser can have a window: the node has a display of its own."""
        return True

    def kill(self) -> None:
        """End the session on the Grid, from any thread. Commands that hang in other threads then fail."""
        if (driver := self._own) is not None:
            self._delete(str(driver.session_id))
            self._lose()

    def close(self) -> None:
        """End the session on the Grid. Safe to call twice, and after it is gone."""
        self._ended.set()
        super().close()

    def _quit(self, driver: WebDriver) -> None:
        self._delete(str(driver.session_id))

    def _start(self) -> WebDriver:
        self.reserve()
        self._end_sessions_left()
        self.starts += 1
        driver = self._open()
        driver.set_script_timeout(60)
        self._connect(driver)
        self._ended = threading.Event()
        watch = threading.Thread(
            target=self._watch, args=(str(driver.session_id), self._ended), name="grid-watch", daemon=True
        )
        watch.start()
        return driver

    def _open(self) -> WebDriver:
        user, password = self._login or (None, None)
        config = ClientConfig(self._grid, timeout=_STARTING, username=user, password=password)
        try:
            driver = WebDriver(self._grid, options=self._options(), client_config=config)
        except (WebDriverException, OSError, HTTPError) as error:
            raise BrowserFailed(
                f"The Grid started no browser for the account {self._account.name}: {first_line(error)}"
            ) from error
        config.timeout = _REPLYING
        return driver

    def _options(self) -> Options:
        options = self._chrome_options("")
        options.set_capability(ACCOUNT, self._account.name)
        options.set_capability(_OWNER, self._owner)
        return options

    @property
    def _profile_argument(self) -> str:
        return f"--user-data-dir={self._account.profile}"

    def _arguments(self) -> Iterator[str]:
        # Whether Quoth runs as root, or has little shared memory, says nothing about the node.
        yield from self._common_arguments()

    def _socket_urls(self, driver: WebDriver) -> tuple[str | None, str]:
        capabilities = cast("dict[str, Any]", cast("Any", driver).capabilities)
        bidi, devtools = capabilities.get("webSocketUrl"), capabilities.get("se:cdp")
        if not isinstance(bidi, str) or not isinstance(devtools, str):
            return None, ""
        return self._reachable(bidi), self._reachable(devtools)

    def _reachable(self, url: str) -> str:
        """Return a socket's URL with the address by which Quoth reaches the Grid, which may not know it."""
        grid = urlsplit(self._grid)
        path = urlsplit(url).path
        path = grid.path + path[path.index("/session/") :] if "/session/" in path else path
        return urlunsplit(("wss" if grid.scheme == "https" else "ws", grid.netloc, path, "", ""))

    @property
    def _socket_headers(self) -> dict[str, str]:
        return self._authorization

    @property
    def _authorization(self) -> dict[str, str]:
        if self._login is None:
            return {}
        return {"Authorization": f"Basic {base64.b64encode(':'.join(self._login).encode()).decode()}"}

    @property
    def _owner(self) -> str:
        """What marks this Quoth's sessions on the Grid, the same after a restart."""
        file = self._folder / "grid-owner"
        try:
            if not file.exists():
                file.touch(mode=0o600)
                file.write_text(f"quoth {secrets.token_hex(8)}", encoding="ascii")
            return file.read_text(encoding="ascii")
        except (OSError, ValueError) as error:
            raise BrowserFailed(f"Can't use {file}: {error}") from error

    def _end_sessions_left(self) -> None:
        """End what an earlier run of this Quoth left on the account's node, and check that the Grid has such a node.

        Raises:
            BrowserFailed: the Grid can't be reached, or has no node for the account.
        """
        try:
            reply = self._http.request("GET", f"{self._grid}/status")
            nodes = json.loads(reply.data)["value"]["nodes"]
            slots = [
                slot
                for node in nodes
                if node.get("availability") == "UP"
                for slot in node["slots"]
                if slot["stereotype"].get(ACCOUNT) == self._account.name
            ]
        except (HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BrowserFailed(f"The Grid at {self._grid} can't be used: it gives no status.") from error
        if not slots:
            raise BrowserFailed(
                f"The Grid has no node for the account {self._account.name}. "
                f"Give a node the capability {ACCOUNT}, or wait until it is back."
            )
        for session in filter(None, (slot.get("session") for slot in slots)):
            if session.get("capabilities", {}).get(_OWNER) == self._owner:
                log.info("Ending a session that Quoth left on the node of the account %s.", self._account.name)
                self._delete(str(session.get("sessionId")))

    def _delete(self, session: str) -> None:
        with contextlib.suppress(HTTPError):  # the Grid is gone, and the session with it, or its own time limit ends it
            self._http.request("DELETE", f"{self._grid}/session/{session}")

    def _watch(self, session: str, ended: threading.Event) -> None:
        """Ask now and then whether a session is still there; when it is not, close its sockets."""
        while not ended.wait(_CHECKING):
            try:
                there = self._http.request("GET", f"{self._grid}/session/{session}/timeouts").status == 200
            except HTTPError:
                there = False
            if not there and not ended.is_set():
                log.warning("The session of the account %s is gone from the Grid.", self._account.name)
                self._lose()
                return

    def _lose(self) -> None:
        for connection in filter(None, (self._bidi, self._devtools)):
            connection.close()
