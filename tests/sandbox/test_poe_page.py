"""Poe's page in a real browser: text, buttons, URLs and answers."""

import asyncio
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import pytest
from selenium.common.exceptions import NoSuchElementException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from bot.poe.web.browser.session import WebDriverSession
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
    """The browser's tab, used from the event loop; every wait has a limit."""

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver

    async def run(self, call: Callable[..., T], *arguments: Any) -> T:
        """Call Selenium in a thread, so that the sandbox keeps running."""
        return await asyncio.to_thread(call, *arguments)

    async def open(self, sandbox: PoeSandbox, path: str) -> None:
        """Load a chat page and wait until its script has taken over, which adds a file input."""
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
        """Run a DevTools command."""
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
        """Return the visible text of an element."""
        return self.find(selector).text

    def url(self) -> str:
        """Return the tab's address."""
        return self.driver.current_url

    def insert(self, text: str, box: str = BOX) -> None:
        """Type a text as DevTools does: trusted, and newlines stay newlines."""
        self.click(box)
        self.devtools("Input.insertText", {"text": text})

    def box(self) -> str:
        """Return the composer's text."""
        return str(self.script("return document.querySelector(arguments[0]).value", BOX))

    def sendable(self) -> bool:
        """Whether Send is there and enabled."""
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
    """Return the browser's tab without cookies, which all ports of 127.0.0.1 share; it is blank again afterwards."""
    tab = Tab(browser)
    tab.devtools("Network.clearBrowserCookies", {})
    yield tab
    browser.get("about:blank")


def quick(**options: Any) -> PoeSandbox:
    """Return a sandbox with fast answers."""
    given: dict[str, Any] = {
        "seed": 5,
        "speed": 20_000.0,
        "update_interval": 0.01,
        "first_token": 0.0,
        "hydration": 0.0,
    }
    return PoeSandbox(**(given | options))


@pytest.fixture
def tab(browser: WebDriverSession) -> Iterator[Tab]:
    """The shared browser's tab, as new."""
    with fresh_tab(browser.driver) as fresh:
        yield fresh


async def test_text_typed_before_hydration_is_lost(tab: Tab) -> None:
    """The server's text area accepts text and loses it when the page's script takes over."""
    async with quick(hydration=1.5) as sandbox:
        await tab.run(tab.driver.get, sandbox.url + "/GPT-4")
        await tab.run(tab.insert, "too early")
        assert await tab.run(tab.box) == "too early"
        assert not await tab.run(tab.sendable)
        await tab.until(lambda: tab.find("input[type=file]"))
        assert await tab.run(tab.box) == ""
        assert not await tab.run(tab.sendable)


NATIVE = """
const box = document.querySelector(arguments[0]);
const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
for (const text of arguments[1]) {
  set.call(box, text);
  box.dispatchEvent(new InputEvent("input", { bubbles: true, data: text, inputType: "insertText" }));
}
"""


async def test_only_what_react_would_take_gets_into_the_composer(tab: Tab) -> None:
    """Assignments are reverted; the native setter works after the box was emptied; insertText always works."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/GPT-4")
        for code in (
            "box.value = 'x'",
            "box.innerText = 'x'",
            "box.value = 'x'; box.dispatchEvent(new Event('input'))",
        ):
            await tab.run(tab.script, f"const box = document.querySelector('{BOX}'); {code}")
            await tab.until(lambda: tab.box() == "")
            assert not await tab.run(tab.sendable), code
        await tab.run(tab.script, NATIVE, BOX, ["refused"])
        assert await tab.run(tab.box) == ""
        await tab.run(tab.insert, "trusted 🦜\nnewline")
        assert await tab.run(tab.box) == "trusted 🦜\nnewline"
        assert await tab.run(tab.sendable)
        await tab.run(tab.script, NATIVE, BOX, ["", "set 👩🏽‍💻"])
        assert await tab.run(tab.box) == "set 👩🏽‍💻"
        assert await tab.run(tab.sendable)
        assert sandbox.ledger == []


async def test_the_setter_alone_is_enough_where_the_page_is_lenient(tab: Tab) -> None:
    """With the mood plain-setter a synthetic event is accepted without emptying the text area first."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/Sandbox-Plain-Setter")
        await tab.run(tab.script, NATIVE, BOX, ["taken"])
        assert (await tab.run(tab.box), await tab.run(tab.sendable)) == ("taken", True)


async def test_enter_sends_and_shift_enter_does_not(tab: Tab) -> None:
    """Enter in the middle of a text sends half a prompt; while an answer runs it sends nothing."""
    async with quick() as sandbox:
        sandbox.script("GPT-4", [], by_hand=True)
        await tab.open(sandbox, "/GPT-4")
        await tab.run(tab.keys, BOX, "one", Keys.SHIFT + Keys.ENTER + Keys.NULL, "two", Keys.ENTER, "three", Keys.ENTER)
        (sent,) = await sandbox.wait(lambda: sandbox.ledger)
        assert sent.text == "one\ntwo"
        assert (await tab.run(tab.box)).strip() == "three"


async def test_an_answer_from_send_to_reload(tab: Tab) -> None:
    """Address, rows, ids, completeness, Send and Stop, action bar, and the same again after a reload."""
    async with quick() as sandbox:
        script = sandbox.script("GPT-4", TEXT, by_hand=True)
        await tab.open(sandbox, "/gpt-4")
        assert await tab.run(tab.count, f"{SEND}[class^=button_root__]") == 1
        sent = await tab.ask(sandbox, "Alice: hi\nBob: **no**")
        await tab.until(lambda: tab.url() == f"{sandbox.url}/chat/{sent.chat_code}")
        await script.step()
        await tab.until(lambda: "half" in tab.text(ANSWER))
        row = f"#message-{sent.bot_ids[0]}"
        assert (await tab.run(tab.count, STOP), await tab.run(tab.count, SEND)) == (1, 0)
        assert await tab.run(tab.count, f"{row}[data-complete=false]") == 1
        assert await tab.run(tab.count, "section[class*=actionBar]") == 0
        script.release(2)
        for _ in range(2):
            await tab.until(lambda: tab.find(f"{row}[data-complete=true]"))
            await tab.until(lambda: tab.find("section[class*=actionBar]"))
            assert (await tab.run(tab.count, STOP), await tab.run(tab.count, SEND)) == (0, 1)
            assert (
                await tab.run(
                    tab.count, f"#message-{sent.human_id}[data-complete=true] [class*=rightSideMessageBubble]"
                )
                == 1
            )
            assert await tab.run(tab.count, f"{ANSWER} table, {ANSWER} pre code.language-python, {ANSWER} h2") == 3
            assert "print" not in await tab.run(tab.text, "[class*=codeHeader]")
            await tab.open(sandbox, f"/chat/{sent.chat_code}")
        assert len(sandbox.ledger) == 1
        assert [visit.path for visit in sandbox.visits] == ["/gpt-4", *[f"/chat/{sent.chat_code}"] * 2]


async def test_an_answer_finishes_without_its_page(tab: Tab) -> None:
    """The page is closed in the middle; when the chat is loaded again it has the whole answer."""
    async with quick() as sandbox:
        script = sandbox.script("GPT-4", TEXT, by_hand=True)
        await tab.open(sandbox, "/GPT-4")
        sent = await tab.ask(sandbox, "hello")
        await script.step()
        await tab.run(tab.driver.get, "about:blank")
        script.release(2)
        await sandbox.wait(lambda: sandbox.state(sent) == "complete")
        await tab.open(sandbox, f"/chat/{sent.chat_code}")
        assert "the whole" in await tab.run(tab.text, ANSWER)


async def test_stop_before_the_first_word_and_in_the_middle(tab: Tab) -> None:
    """The page's Stop cancels: the row is complete, Send is back, the dots were no text."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/GPT-4")
        sent = await tab.ask(sandbox, "!slow=60")
        await tab.until(lambda: tab.find("[class*=loadingDots]"))
        assert await tab.run(tab.text, ANSWER) == ""
        await tab.run(tab.click, STOP)
        await tab.until(lambda: tab.find(f"#message-{sent.bot_ids[0]}[data-complete=true]"))
        second = await tab.ask(sandbox, "!stall=60")
        await tab.until(lambda: len(sandbox.answer(second)) == 60)
        await tab.until(lambda: tab.find(STOP))
        await tab.run(tab.click, STOP)
        await tab.until(lambda: tab.find(f"#message-{second.bot_ids[0]}[data-complete=true]"))
        await tab.until(lambda: tab.find(SEND))
        assert [stop.effective for stop in sandbox.stops] == [True, True]
        assert sandbox.state(second) == "cancelled"
        assert second.chat_id == sent.chat_id
