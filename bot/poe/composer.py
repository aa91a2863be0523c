"""Typing a prompt into Poe's text area, exactly: several ways in order, each verified (poe.md section 1.5)."""

import contextlib
import time
from collections.abc import Callable
from typing import Any, Final

from selenium.common.exceptions import JavascriptException, StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.keys import Keys

from bot.errors import SelectorsDrifted
from bot.poe.tab import Tab

_READY = 0.5  # seconds after typing within which Send has to become ready, in the first round of attempts
_MANY_LINES = 100  # Chromium inserts a text line by line, which takes about 1 ms each
_FRAME = 0.02  # seconds between two checks of the text area: about one frame of a browser
_WRITE: Final = """
const [area, text] = arguments;
const write = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
const put = (value, inputType) => {
  write.call(area, value);
  area.dispatchEvent(new InputEvent("input", { bubbles: true, inputType, data: value || null }));
};
area.focus();
put("", "deleteContentBackward");
if (text) put(text, "insertText");
"""


def type_prompt(tab: Tab, prompt: str, limit: float, look_around: Callable[[], None] = lambda: None) -> None:
    """Type the prompt and see Send become ready within ``limit`` seconds. Nothing is sent.

    A page that is not alive yet wipes what is typed, and its Send is dead; it is given half of the time to come alive.

    Args:
        tab: where the page is.
        prompt: the text.
        limit: seconds for all attempts together.
        look_around: called before each round of attempts; raises what stands in the way.

    Raises:
        SelectorsDrifted: no way of typing made the page take the text.
    """
    started = time.monotonic()
    ready = _READY
    strategies = [_insert, _assign, _press_keys]
    if prompt.count("\n") > _MANY_LINES:
        strategies[:2] = [_assign, _insert]
    while True:
        look_around()
        if _alive(tab) or time.monotonic() - started > limit / 2:
            for strategy in strategies:
                if _typed(tab, strategy, prompt, ready):
                    return
            ready *= 2  # a page may take its time until it offers to send
        if time.monotonic() - started > limit:
            raise SelectorsDrifted("The page did not take the typed prompt: Send never became ready.")
        time.sleep(_FRAME)


def clear(tab: Tab) -> None:
    """Empty the text area."""
    area = tab.part("composer")
    if area is not None:
        tab.driver.execute_script(_WRITE, area, "")


def press_enter(tab: Tab) -> None:
    """Send by key: Enter sends, Shift+Enter is a newline (poe.md section 1.5)."""
    area = tab.part("composer")
    if area is not None:
        area.send_keys(Keys.ENTER)


def _alive(tab: Tab) -> bool:
    with contextlib.suppress(JavascriptException, StaleElementReferenceException):
        clear(tab)
        deadline = time.monotonic() + _READY
        while time.monotonic() < deadline:
            if tab.look().alive:
                return True
            time.sleep(_FRAME)
    return False


def _typed(tab: Tab, strategy: Callable[[Tab, Any, str], None], prompt: str, ready: float) -> bool:
    with contextlib.suppress(JavascriptException, StaleElementReferenceException):
        area = tab.part("composer")
        if area is None:
            return False
        tab.driver.execute_script(_WRITE, area, "")
        strategy(tab, area, prompt)
        deadline = time.monotonic() + ready
        while _holds(tab, area, prompt) and time.monotonic() < deadline:
            if tab.look().sendable:
                # And a frame later still: what is typed before the page is alive is wiped when it comes alive.
                time.sleep(_FRAME)
                return _holds(tab, area, prompt) and tab.look().sendable
            time.sleep(_FRAME)
    return False


def _holds(tab: Tab, area: Any, prompt: str) -> bool:
    return tab.driver.execute_script("return arguments[0].value", area) == prompt


def _insert(tab: Tab, area: Any, prompt: str) -> None:
    # Trusted input, newlines kept, and free of ChromeDriver's limit to the BMP; the area has the focus.
    try:
        tab.cdp("Input.insertText", text=prompt)
    except (AttributeError, WebDriverException) as error:
        raise JavascriptException("This browser has no Input.insertText.") from error


def _assign(tab: Tab, area: Any, prompt: str) -> None:
    tab.driver.execute_script(_WRITE, area, prompt)


def _press_keys(tab: Tab, area: Any, prompt: str) -> None:
    if any(ord(character) > 0xFFFF or character == "\t" for character in prompt):
        return  # ChromeDriver refuses to type these, and a tab leaves the text area
    for index, line in enumerate(prompt.split("\n")):
        if index:
            area.send_keys(Keys.SHIFT, Keys.ENTER)
        area.send_keys(line)
