"""The baseline: the provider loop of the specification, written from its contract (provider.md, `create_completion`).

It starts a browser with a profile of its own per request. A script that runs before the page's own keeps the first
message of each frame in `window._message` and `window._message_finished`. The loop polls the page, and waits 0.1 s when
there is nothing new.

The sandbox's page is strict, and the loop as specified gets no answer from it at all. So three things differ: this loop
waits until the page is hydrated; it types with DevTools' `Input.insertText`, because assigning to the text area does
nothing; and it only clicks Send instead of also pressing Enter. To hear no other answer than its own, it needs an
account of its own per ask and a wire without noise. The time limits are the bench's.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By

from bot.poe.web.browser.executables import find_browser

_POLL = 0.1  # seconds
_AREA = 'textarea[class*="GrowingTextArea_textArea"]'
_SEND = 'button[aria-label="Send message"]'
_PAGE_LIMIT = 60.0  # seconds until the page is ready: several browsers may be starting
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--disable-quic",
)
_HOOK = """
window._message = "";
window._message_finished = false;
window.WebSocket = class extends window.WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => {
      const first = JSON.parse(JSON.parse(data).messages[0]);
      const message = first.payload.data.messageAdded;
      if (message.author === "human") return;
      window._message = message.text;
      window._message_finished = window._message_finished || message.state === "complete";
    });
  }
};
"""
_READ = "return [window._message.slice(arguments[0]), window._message_finished]"
# A hydrated text area has a value property of its own, with which the page tracks what is typed.
_HYDRATED = f"const area = document.querySelector('{_AREA}'); return Boolean(area) && Object.hasOwn(area, 'value')"


def contract_loop(url: str, handle: str, prompt: str, profile: str, limit: float) -> Iterator[str]:
    """Ask once, in a browser of its own, and yield each new fragment of the answer.

    Raises:
        TimeoutError: the answer was not complete within `limit` seconds, or the page was not ready in time.
    """
    driver: Any = _start(profile)
    try:
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _HOOK})
        driver.get(f"{url}/{handle}")
        _send(driver, prompt)
        yield from _receive(driver, time.monotonic() + limit)
    finally:
        driver.quit()


def _start(profile: str) -> WebDriver:
    browser, program = find_browser()
    options: Any = Options()
    options.binary_location = browser
    for argument in (*_ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    return WebDriver(options=options, service=Service(program or None))


def _send(driver: Any, prompt: str) -> None:
    deadline = time.monotonic() + _PAGE_LIMIT
    _wait_until(lambda: driver.execute_script(_HYDRATED), deadline)
    driver.find_element(By.CSS_SELECTOR, _AREA).click()
    driver.execute_cdp_cmd("Input.insertText", {"text": prompt})
    button = driver.find_element(By.CSS_SELECTOR, _SEND)
    _wait_until(button.is_enabled, deadline)
    button.click()


def _wait_until(condition: Callable[[], bool], deadline: float) -> None:
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the page was not ready in time")
        time.sleep(_POLL)


def _receive(driver: Any, deadline: float) -> Iterator[str]:
    read = 0
    while time.monotonic() < deadline:
        fragment, finished = driver.execute_script(_READ, read)
        if fragment:
            read += len(fragment)
            yield fragment
        elif finished:
            return
        else:
            time.sleep(_POLL)
    raise TimeoutError("the answer was not complete in time")
