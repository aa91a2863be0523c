"""The current tab of a browser that somebody else runs: classic WebDriver, one command after another.

Selenium's scripts have no types, so the driver is ``Any`` in this module, and typed values leave it.
"""

import contextlib
from collections.abc import Generator
from typing import Any, Final, cast

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    JavascriptException,
    StaleElementReferenceException,
    TimeoutException,
    WebDriverException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from bot.errors import BrowserFailed, PoeUnreachable
from bot.poe.web.browser.tab import HOOK, Click, Key, Locators, PageChanged, Tab

_DRIVER_TIME = 5.0  # seconds for the driver itself, on top of what it waits for
_EVENTS: Final = """
const [known, read, wait, done] = arguments;
if (window.__quoth && window.__quoth.wait) window.__quoth.wait(known, read, wait).then(done);
else setTimeout(done, wait, null);
"""
_KEYS = {"Enter": Keys.ENTER, "Escape": Keys.ESCAPE}


@contextlib.contextmanager
def _translated() -> Generator[None]:
    """Raise Selenium's errors as Quoth's, with the cause chained."""
    try:
        yield
    except (JavascriptException, StaleElementReferenceException) as error:
        raise PageChanged(first_line(error)) from error
    except WebDriverException as error:
        raise BrowserFailed(f"The browser failed: {first_line(error)}") from error
    except (OSError, HTTPError) as error:  # Selenium doesn't translate urllib3's errors when the driver is gone
        raise BrowserFailed("The browser's driver stopped responding.") from error


class WebDriverTab(Tab):
    """The current tab of a browser.

    Args:
        driver: the browser.
    """

    def __init__(self, driver: WebDriver) -> None:
        super().__init__()
        self._driver: Any = driver
        self._read = 0
        self._hook: str | None = None
        self._timeouts_before: Any = None
        self._load = 0.0

    @property
    def address(self) -> str:
        """The address of the page in the tab."""
        with _translated():
            return self._driver.current_url

    def prepare(self, locators: Locators, load: float, script: float) -> None:
        """Install the hook, if the browser has CDP, and set its timeouts and the driver's."""
        self.locators = locators
        with _translated():
            client = self._driver.command_executor.client_config
            self._timeouts_before, self._load = (self._driver.timeouts, client.timeout), load
            self._driver.set_page_load_timeout(load)
            self._driver.set_script_timeout(script)
            client.timeout = max(load, script) + _DRIVER_TIME  # otherwise an unanswered command waits forever
        with contextlib.suppress(WebDriverException, AttributeError):
            self._hook = self._cdp("Page.addScriptToEvaluateOnNewDocument", source=HOOK)["identifier"]

    def leave(self) -> None:
        """Leave the browser as it was."""
        if self._timeouts_before is None:
            return
        timeouts, driver_timeout = self._timeouts_before
        client = self._driver.command_executor.client_config
        client.timeout = _DRIVER_TIME
        with contextlib.suppress(WebDriverException, OSError, HTTPError):
            self._driver.timeouts = timeouts
            if self._hook:
                self._cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=self._hook)
        client.timeout = driver_timeout

    def get(self, url: str) -> None:
        """Load a page."""
        with _translated():
            try:
                self._driver.get(url)
            except TimeoutException as error:
                if self._driver.current_url in ("about:blank", "data:,"):
                    raise PoeUnreachable(f"{url} didn't respond within {self._load:.0f} seconds.") from error
            except WebDriverException as error:
                if "net::" not in str(error.msg):
                    raise
                raise PoeUnreachable(f"Can't reach {url}: {first_line(error)}") from error

    def set_foreground(self, on: bool) -> None:
        """Do nothing: the owner of the browser decides where its tabs are."""

    def click(self, role: str) -> Click:
        """Click the element of a role, unless something else covers it."""
        with _translated():
            element = self.script("return quoth.part(locators, given[0])", role)
            if element is None:
                return "absent"
            try:
                element.click()
            except (ElementClickInterceptedException, StaleElementReferenceException):
                return "covered"
            except WebDriverException as error:
                if "not interactable" in str(error.msg):
                    return "covered"
                raise
            return "clicked"

    def press(self, key: Key) -> None:
        """Press a key on the focused element."""
        self._focused().send_keys(_KEYS[key])

    def insert_text(self, text: str) -> None:
        """Insert a text into the focused element, if the browser has CDP."""
        try:
            self._cdp("Input.insertText", text=text)
        except (AttributeError, WebDriverException) as error:
            raise PageChanged("This browser has no Input.insertText.") from error

    def type_keys(self, text: str) -> None:
        """Type a text key by key into the focused element."""
        with _translated():
            area = self._focused()
            for index, line in enumerate(text.split("\n")):
                if index:
                    area.send_keys(Keys.SHIFT, Keys.ENTER)
                area.send_keys(line)

    def _focused(self) -> Any:
        with _translated():
            return self._driver.switch_to.active_element or self._driver.find_element(By.TAG_NAME, "body")

    def _run(self, body: str, *arguments: object) -> Any:
        with _translated():
            return self._driver.execute_script(body, *arguments)

    def _poll_hook(self, wait: float) -> list[dict[str, Any]]:
        with _translated():
            try:
                recorded = self._driver.execute_async_script(_EVENTS, self._document, self._read, int(wait * 1000))
            except (JavascriptException, TimeoutException):  # the document went away; the next call reads the new one
                return []
        events: list[dict[str, Any]] = recorded["events"] if recorded else []
        if events:
            self._read = events[-1]["number"]
        return events

    def _cdp(self, command: str, **arguments: object) -> dict[str, Any]:
        """Send a CDP command; raises AttributeError if the browser has no CDP."""
        return cast("dict[str, Any]", self._driver.execute_cdp_cmd(command, arguments))


def first_line(error: BaseException) -> str:
    """Return the first line of Selenium's message; the rest is a stack of addresses."""
    text = str(getattr(error, "msg", None) or error).strip()
    return (text.partition("\n")[0] or "no reason was given")[:300]
