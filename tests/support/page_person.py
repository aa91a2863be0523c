"""A person in front of the demo page: a page object over a real, headless Chromium."""

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from bot.poe.web.browser.executables import find_browser

T = TypeVar("T")
LIMIT = 60.0
"""Seconds that anything on the page may take; it takes milliseconds."""
_SWITCHES = (
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",  # no renderer for the list below the address bar
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--window-size=1280,800",
)
# Wait in the page for the first visible element that matches a selector and contains a text, or until there is none.
# Asking for it from outside, and WebDriver's own notion of what is visible, cost five times as much.
_WAIT = """
const [selector, text, wanted] = arguments;
const visible = each => each.checkVisibility({ visibilityProperty: true }) && each.getClientRects().length;
return new Promise(resolve => {
  const look = () => {
    const found = [...document.querySelectorAll(selector)].find(each => visible(each) && each.innerText.includes(text));
    if (Boolean(found) !== wanted) setTimeout(look, 20);
    else if (wanted) resolve(found);
    else requestAnimationFrame(() => resolve());  // Chromium tells a page only then that its dialog was closed
  };
  look();
});
"""


@contextmanager
def chromium(profile: Path) -> Generator[webdriver.Chrome, None, None]:
    """A headless Chromium with an empty profile."""
    binary, driver = find_browser()
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    for switch in (*_SWITCHES, *root, f"--user-data-dir={profile}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(driver or None)) as chrome:
        chrome.set_script_timeout(LIMIT)
        yield chrome


class Person:
    """What a person does at the page, and what they see there. Every wait has a limit.

    Args:
        browser: Shows the page.
        tell: Lets the bot answer with a text; it is called from the browser's thread.
    """

    def __init__(self, browser: webdriver.Chrome, tell: Callable[[str], object]) -> None:
        self.browser = browser
        self.tell = tell

    def open(self, url: str) -> None:
        """Load the page and wait until it is usable."""
        self.browser.get(url)
        self.see("[data-channel]")

    def leave(self) -> None:
        """Leave the page, so that its socket is closed before the sandbox is, and forget what it kept."""
        # A page that goes there by itself stays in its process; the browser would start another renderer.
        self.script("location.replace('about:blank')")
        self.until(lambda: self.browser.current_url == "about:blank", "an empty page")
        self.script("sessionStorage.clear()")

    def until(self, found: Callable[[], T | None], what: str) -> T:
        """Wait until found() is true, and return what it gave."""
        wait = WebDriverWait(self.browser, LIMIT, 0.02, [StaleElementReferenceException])
        return cast("T", wait.until(lambda _: found(), what))

    def all(self, selector: str) -> list[WebElement]:
        """Return the elements that match, perhaps none."""
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def see(self, selector: str, text: str = "") -> WebElement:
        """Wait for a visible element that matches and contains a text."""
        return self._wait(selector, text, wanted=True)

    def press(self, selector: str, text: str = "") -> None:
        """Press an element that matches; if the page redraws it just then, press the new one."""

        def pressed() -> bool:
            self.see(selector, text).click()
            return True

        self.until(pressed, f"{selector} to press")

    def miss(self, selector: str) -> None:
        """Wait until no element that matches is visible."""
        self._wait(selector, "", wanted=False)

    def _wait(self, selector: str, text: str, *, wanted: bool) -> Any:
        try:
            return self.script(_WAIT, selector, text, wanted)
        except TimeoutException as error:
            raise AssertionError(f"{'No' if wanted else 'Still a'} {selector} with {text!r}") from error

    def texts(self, selector: str) -> list[str]:
        """Return the texts of all elements that match, at one moment."""
        return self.script("return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)", selector)

    def value(self, selector: str) -> str:
        """Return what is typed into a field."""
        return self.script("return document.querySelector(arguments[0])?.value ?? ''", selector)

    def script(self, script: str, *arguments: object) -> Any:
        """Run a script in the page."""
        return self.browser.execute_script(script, *arguments)  # pyright: ignore[reportUnknownMemberType]

    def type(self, *keys: str) -> None:
        """Type wherever the focus is."""
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)

    def type_blindly(self, text: str) -> None:
        """Press keys without looking where the focus is, as WebDriver's own typing does."""
        ActionChains(self.browser).send_keys(text).perform()

    @contextmanager
    def touching(self, selector: str) -> Generator["Finger"]:
        """Touch the middle of an element for as long as the block lasts."""
        finger = Finger(self, self.see(selector))
        yield finger
        finger.lift()

    def write(self, *keys: str) -> None:
        """Type into the message box."""
        self.see("#message-box").send_keys(*keys)

    def go(self, channel: str) -> None:
        """Open a channel of the server that is shown."""
        self.press(f'[data-channel="{channel}"]')
        self.see("#channel-name", channel)

    def become(self, username: str) -> None:
        """Switch to another person."""
        self.press(f'[data-user="{username}"]')
        self.see(f'[data-user="{username}"][aria-checked="true"]')

    def start_command(self, name: str) -> None:
        """Choose a command without options, or go to the first option of another, by name."""
        self.write(f"/{name} ")
        self.see(".command-name", f"/{name}")

    def ask(self, prompt: str) -> WebElement:
        """Use /ask, and return the message in which the answer will grow."""
        self.start_command("ask")
        self.type(prompt, Keys.ENTER)
        self.see(".thinking")
        return self.all(".message")[-1]

    def answered(self, ask: Callable[[], object]) -> None:
        """Ask, and wait until one more answer is complete."""

        def answers() -> int:
            # Of the messages' own texts: a reply quotes the answer that it replies to.
            return sum("· done" in text for text in self.texts(".message .content"))

        before = answers()
        ask()
        self.until(lambda: answers() > before, "an answer")

    def reload(self) -> None:
        """Load the page again, as people do with F5."""
        self.browser.refresh()
        self.see("[data-channel]")

    def focused(self) -> str:
        """Return which element has the focus, by its id, else by its text or label."""
        text = "e.querySelector('.content')?.innerText || e.ariaLabel || e.innerText"
        return self.script(f"const e = document.activeElement; return e.id || {text}")

    def point_at_last_message(self) -> None:
        """Put the focus on the newest message, which brings its toolbar."""
        self.all(".message")[-1].send_keys("")
        self.script("arguments[0].focus()", self.all(".message")[-1])
        self.see(".toolbar")

    def point_at(self, text: str) -> None:
        """Put the focus on the newest message that begins with a text, and wait for its toolbar."""

        def pointed() -> bool:
            said = "return [...document.querySelectorAll('.message')].findLast("
            said += "each => each.querySelector('.content').innerText.startsWith(arguments[0]))"
            message = self.script(said, text)
            if message is None:  # the page does not have it yet
                return False
            self.script("arguments[0].focus()", message)
            return bool(message.find_elements(By.CSS_SELECTOR, ".toolbar"))

        self.until(pointed, f"the toolbar of {text!r}")

    def attach(self, selector: str, file: Path) -> None:
        """Choose a file, as the browser's own dialogue would."""
        self.browser.find_element(By.CSS_SELECTOR, selector).send_keys(str(file))

    def photograph(self, file: Path) -> bool:
        """Save what the window shows as a picture; returns whether that was possible."""
        return bool(cast("Any", self.browser).get_screenshot_as_file(str(file)))

    def resize(self, width: int, height: int, scale: float = 1) -> None:
        """Set the window to that many CSS pixels, each as many of the screen's as the scale says."""
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600}
        self.command("Emulation.setDeviceMetricsOverride", size)

    def resize_back(self) -> None:
        """Set the window to its usual size."""
        self.command("Emulation.clearDeviceMetricsOverride", {})

    def complaints(self) -> list[str]:
        """Return the browser's warnings since the last call."""
        log = cast("list[dict[str, str]]", cast("Any", self.browser).get_log("browser"))
        return [entry["message"] for entry in log if entry["level"] in ("SEVERE", "WARNING")]

    def origins(self) -> set[str]:
        """Return all origins from which the page has loaded anything."""
        entries = "performance.getEntriesByType('resource').map(entry => new URL(entry.name).origin)"
        return set(self.script(f"return {entries}"))

    def command(self, name: str, parameters: Mapping[str, object]) -> None:
        """Send a command of the DevTools protocol."""
        self.browser.execute_cdp_cmd(name, dict(parameters))  # pyright: ignore[reportUnknownMemberType]


class Finger:
    """A finger on the page."""

    def __init__(self, person: Person, element: WebElement) -> None:
        self._person = person
        middle = "const b = arguments[0].getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]"
        self._at: list[float] = person.script(middle, element)
        self._touch("touchStart")

    def move(self, right: float, down: float) -> None:
        """Move without lifting."""
        self._at = [self._at[0] + right, self._at[1] + down]
        self._touch("touchMove")

    def rest(self) -> None:
        """Stay for longer than a long press takes."""
        self._person.script("window.rested = false; setTimeout(() => (window.rested = true), 700)")
        self._person.until(lambda: self._person.script("return window.rested"), "a long press")

    def lift(self) -> None:
        """Leave the page."""
        self._touch("touchEnd")

    def _touch(self, kind: str) -> None:
        points = [] if kind == "touchEnd" else [{"x": self._at[0], "y": self._at[1]}]
        self._person.command("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
