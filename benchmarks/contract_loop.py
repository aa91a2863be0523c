"""The baseline: the provider loop of the specification, written from its contract (provider.md, `create_completion`).

A browser per request with a profile of its own; a script before the page's own keeps the first message of each frame
in `window._message` and `window._message_finished`; the page is polled, and where there is nothing new the loop waits
0.1 s.

Three things differ, because the sandbox's page is strict and the specification's loop gets no answer from it at all: it
waits until the page is hydrated, it types by DevTools' Input.insertText where assigning to the text area does nothing,
and it only clicks Send instead of also pressing Enter. So that it hears its own answer alone, whoever runs it gives
each ask an account of its own, without noise on the wire. The time limits are the bench's.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By

from bot.poe.web.browser.executables import find_browser

POLL = 0.1
"""Seconds that the loop waits where there is nothing new."""
_AREA = 'textarea[class*="GrowingTextArea_textArea"]'
_SEND = 'button[aria-label="Send message"]'
_PATIENCE = 60.0  # seconds for the page's parts: several browsers may be starting
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
# A hydrated text area has a value of its own, by which the page tracks what was typed.
_HYDRATED = f"const area = document.querySelector('{_AREA}'); return Boolean(area) && Object.hasOwn(area, 'value')"


def contract_loop(url: str, handle: str, prompt: str, profile: str, limit: float) -> Iterator[str]:
    """Asks once, in a browser of its own, and yields each new fragment of the answer.

    Raises:
        TimeoutError: the answer was not finished within `limit` seconds, or the page was never ready.
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
    deadline = time.monotonic() + _PATIENCE
    _until(lambda: driver.execute_script(_HYDRATED), deadline)
    driver.find_element(By.CSS_SELECTOR, _AREA).click()
    driver.execute_cdp_cmd("Input.insertText", {"text": prompt})
    button = driver.find_element(By.CSS_SELECTOR, _SEND)
    _until(button.is_enabled, deadline)
    button.click()


def _until(holds: Callable[[], bool], deadline: float) -> None:
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the page was not ready in time")
        time.sleep(POLL)


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
            time.sleep(POLL)
    raise TimeoutError("the answer was not finished in time")
