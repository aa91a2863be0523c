"""The stand-in Poe's page in a browser's tab, used from the event loop."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from selenium.common.exceptions import NoSuchElementException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from sandbox.poe import PoeSandbox, Sent
from sandbox.poe.answers.steps import State, Text

T = TypeVar("T")
LIMIT = 20.0
TEXT = (
    Text("half of"),
    Text("## the whole\n\n```python\nprint(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
    State("complete"),
)
BOX = "main textarea"
SEND = 'button[aria-label="Send message"]'
STOP = 'button[aria-label="Stop message"]'
ANSWER = '[class*="leftSideMessageBubble"]'


class Tab:
    """The browser's one tab, used from the event loop; every wait has a limit."""

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver

    async def run(self, call: Callable[..., T], *arguments: Any) -> T:
        """Call Selenium in a thread, so that the sandbox goes on meanwhile."""
        return await asyncio.to_thread(call, *arguments)

    async def open(self, sandbox: PoeSandbox, path: str) -> None:
        """Load a chat page and wait until its script has taken over, which brings the file input."""
        await self.run(self.driver.get, sandbox.url + path)
        await self.until(lambda: self.find("input[type=file]"))

    async def until(self, condition: Callable[[], T]) -> T:
        """Wait until something on the page is true."""

        def look(_: WebDriver) -> T:
            return condition()

        wait = WebDriverWait(self.driver, LIMIT, poll_frequency=0.02, ignored_exceptions=[NoSuchElementException])
        return await self.run(wait.until, look)

    def script(self, code: str, *arguments: Any) -> Any:
        """Run a script in the page."""
        return self.driver.execute_script(code, *arguments)  # pyright: ignore[reportUnknownMemberType]  # Selenium's types

    def devtools(self, command: str, arguments: dict[str, object]) -> None:
        """Send the browser a DevTools command."""
        cast("Any", self.driver).execute_cdp_cmd(command, arguments)

    def find(self, selector: str) -> WebElement:
        """Find an element."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def count(self, selector: str) -> int:
        """Count elements."""
        return len(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def click(self, selector: str) -> None:
        """Click an element as a person does."""
        self.find(selector).click()

    def keys(self, selector: str, *keys: str) -> None:
        """Press keys in an element."""
        self.find(selector).send_keys(*keys)

    def text(self, selector: str) -> str:
        """Return what a reader sees of an element."""
        return self.find(selector).text

    def url(self) -> str:
        """Return the tab's address."""
        return self.driver.current_url

    def insert(self, text: str, box: str = BOX) -> None:
        """Type a text as DevTools does: trusted, with newlines kept."""
        self.click(box)
        self.devtools("Input.insertText", {"text": text})

    def box(self) -> str:
        """Return the text in the composer."""
        return str(self.script("return document.querySelector(arguments[0]).value", BOX))

    def sendable(self) -> bool:
        """Return whether Send is there and enabled."""
        return self.count(SEND) == 1 and self.find(SEND).is_enabled()

    async def ask(self, sandbox: PoeSandbox, text: str) -> Sent:
        """Type a prompt, press Send once and return what the site received."""
        number = len(sandbox.ledger)
        await self.run(self.insert, text)
        await self.until(self.sendable)
        await self.run(self.click, SEND)
        return (await sandbox.wait(lambda: sandbox.ledger[number:]))[0]


@contextmanager
def fresh_tab(browser: WebDriver) -> Generator[Tab]:
    """Give the browser's tab without cookies, which all ports of 127.0.0.1 share, and leave its page afterwards."""
    tab = Tab(browser)
    tab.devtools("Network.clearBrowserCookies", {})
    yield tab
    browser.get("about:blank")


def quick(**options: Any) -> PoeSandbox:
    """Return a sandbox that answers at once."""
    given: dict[str, Any] = {
        "seed": 5,
        "speed": 20_000.0,
        "update_interval": 0.01,
        "first_token": 0.0,
        "hydration": 0.0,
    }
    return PoeSandbox(**(given | options))
