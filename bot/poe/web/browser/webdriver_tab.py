"""The current tab of a browser that somebody else runs: classic WebDriver, one command after another.

Selenium types its scripts loosely, so the driver is ``Any`` behind this door and typed values come out of it.
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
from bot.poe.web.browser.tab import HOOK, Click, Key, PageChanged, Tab
from bot.poe.web.page.locators import Locators

_SPARE = 5.0  # seconds for the driver itself, on top of what it waits for
_NEWS: Final = """
const [born, read, wait, done] = arguments;
if (window.__quoth && window.__quoth.wait) window.__quoth.wait(born, read, wait).then(done);
else setTimeout(done, wait, null);
"""
_KEYS = {"Enter": Keys.ENTER, "Escape": Keys.ESCAPE}


@contextlib.contextmanager
def _translated() -> Generator[None]:
    """Turn whatever Selenium raises into our errors, its cause chained."""
    try:
        yield
    except (JavascriptException, StaleElementReferenceException) as error:
        raise PageChanged(first_line(error)) from error
    except WebDriverException as error:
        raise BrowserFailed(f"The browser failed: {first_line(error)}") from error
    except (OSError, HTTPError) as error:  # Selenium lets urllib3's errors through when its driver is gone
        raise BrowserFailed("The browser's driver no longer answers.") from error


class LentTab(Tab):
    """The current tab of a browser.

    Args:
        driver: the browser.
        locators: where the parts of the page are.
    """

    def __init__(self, driver: WebDriver, locators: Locators) -> None:
        super().__init__(locators)
        self._driver: Any = driver
        self._read = 0
        self._hook: str | None = None
        self._limits: Any = None
        self._load = 0.0

    @property
    def address(self) -> str:
        """Where the tab is."""
        with _translated():
            return self._driver.current_url

    def prepare(self, load: float, script: float) -> None:
        """Install the hook, where the browser has CDP, and bound how long a page, a script and the driver may take."""
        with _translated():
            client = self._driver.command_executor.client_config
            self._limits, self._load = (self._driver.timeouts, client.timeout), load
            self._driver.set_page_load_timeout(load)
            self._driver.set_script_timeout(script)
            client.timeout = max(load, script) + _SPARE  # commands that are never answered have no limit of their own
        with contextlib.suppress(WebDriverException, AttributeError):
            self._hook = self._cdp("Page.addScriptToEvaluateOnNewDocument", source=HOOK)["identifier"]

    def leave(self) -> None:
        """Leave the browser as it was."""
        if self._limits is None:
            return
        timeouts, patience = self._limits
        client = self._driver.command_executor.client_config
        client.timeout = _SPARE
        with contextlib.suppress(WebDriverException, OSError, HTTPError):
            self._driver.timeouts = timeouts
            if self._hook:
                self._cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=self._hook)
        client.timeout = patience

    def get(self, url: str) -> None:
        """Load a page."""
        with _translated():
            try:
                self._driver.get(url)
            except TimeoutException as error:
                if self._driver.current_url in ("about:blank", "data:,"):
                    raise PoeUnreachable(f"{url} did not answer within {self._load:.0f} seconds.") from error
            except WebDriverException as error:
                if "net::" not in str(error.msg):
                    raise
                raise PoeUnreachable(f"{url} can't be reached: {first_line(error)}") from error

    def foreground(self, on: bool) -> None:
        """Leave it where whoever lent it has put it."""

    def click(self, role: str) -> Click:
        """Click the element of a role."""
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
        """Press a key."""
        self._focused().send_keys(_KEYS[key])

    def insert(self, text: str) -> None:
        """Insert a text, where the browser has CDP."""
        try:
            self._cdp("Input.insertText", text=text)
        except (AttributeError, WebDriverException) as error:
            raise PageChanged("This browser has no Input.insertText.") from error

    def type_keys(self, text: str) -> None:
        """Type a text key by key."""
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

    def _told(self, wait: float) -> list[dict[str, Any]]:
        with _translated():
            try:
                told = self._driver.execute_async_script(_NEWS, self._born, self._read, int(wait * 1000))
            except (JavascriptException, TimeoutException):  # the document went away; the next call finds the new one
                return []
        news: list[dict[str, Any]] = told["news"] if told else []
        if news:
            self._read = news[-1]["number"]
        return news

    def _cdp(self, command: str, **arguments: object) -> dict[str, Any]:
        """Send a command of the Chrome DevTools Protocol; AttributeError in a browser that has none."""
        return cast("dict[str, Any]", self._driver.execute_cdp_cmd(command, arguments))


def first_line(error: BaseException) -> str:
    """The first line of what Selenium says; the rest is a stack of addresses."""
    text = str(getattr(error, "msg", None) or error).strip()
    return (text.partition("\n")[0] or type(error).__name__)[:300]
