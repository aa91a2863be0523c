"""Typing a prompt into Poe's text area, exactly: several ways in order, each verified (poe.md section 1.5)."""

import time
from collections.abc import Callable
from typing import Any, Final

from selenium.common.exceptions import JavascriptException, StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.keys import Keys

from bot.errors import SelectorsDrifted
from bot.poe.tab import Tab

_READY = 0.5  # seconds after typing within which Send has to become ready
_FRAME = 0.02  # seconds between two checks of the text area: about one frame of a browser
_WRITE: Final = """
const [area, text] = arguments;
const write = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
const put = (value, inputType) => {
  write.call(area, value);
  area.dispatchEvent(new InputEvent("input", { bubbles: true, inputType, data: value || null }));
};
area.focus();
if (area.value !== "") put("", "deleteContentBackward");
if (text) put(text, "insertText");
"""


def type_prompt(tab: Tab, prompt: str, limit: float) -> None:
    """Type the prompt and see Send become ready within ``limit`` seconds. Nothing is sent.

    Raises:
        SelectorsDrifted: no way of typing made the page take the text.
    """
    deadline = time.monotonic() + limit
    while True:
        for strategy in (_insert, _assign, _press_keys):
            area = tab.part("composer")
            if area is not None and _typed(tab, strategy, area, prompt):
                return
        if time.monotonic() > deadline:
            raise SelectorsDrifted("The page did not take the typed prompt: Send never became ready.")


def clear(tab: Tab) -> None:
    """Empty the text area."""
    area = tab.part("composer")
    if area is not None:
        tab.driver.execute_script(_WRITE, area, "")


def _typed(tab: Tab, strategy: Callable[[Tab, Any, str], None], area: Any, prompt: str) -> bool:
    try:
        tab.driver.execute_script(_WRITE, area, "")
        strategy(tab, area, prompt)
        deadline = time.monotonic() + _READY
        while time.monotonic() < deadline:
            if _holds(tab, area, prompt):
                # And a frame later still: what is typed before the page is alive is wiped when it comes alive.
                time.sleep(_FRAME)
                return _holds(tab, area, prompt)
            time.sleep(_FRAME)
    except (JavascriptException, StaleElementReferenceException):
        pass
    return False


def _holds(tab: Tab, area: Any, prompt: str) -> bool:
    return tab.driver.execute_script("return arguments[0].value", area) == prompt and tab.look().sendable


def _insert(tab: Tab, area: Any, prompt: str) -> None:
    # Trusted input, newlines kept, and free of ChromeDriver's limit to the BMP; the area has the focus.
    try:
        tab.cdp("Input.insertText", text=prompt)
    except (AttributeError, WebDriverException) as error:
        raise JavascriptException("This browser has no Input.insertText.") from error


def _assign(tab: Tab, area: Any, prompt: str) -> None:
    tab.driver.execute_script(_WRITE, area, prompt)


def _press_keys(tab: Tab, area: Any, prompt: str) -> None:
    if any(ord(character) > 0xFFFF for character in prompt):
        return  # ChromeDriver refuses to type these
    for index, line in enumerate(prompt.split("\n")):
        if index:
            area.send_keys(Keys.SHIFT, Keys.ENTER)
        area.send_keys(line)
