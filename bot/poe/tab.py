"""One browser tab: scripts, news and looks at the page. Selenium's errors leave here as ours.

Selenium types its scripts loosely, so the driver is ``Any`` behind this door and typed values come out of it.
"""

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from selenium.common.exceptions import JavascriptException, TimeoutException, WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from bot.errors import BrowserFailed, PoeUnreachable
from bot.poe.browser import first_line
from bot.poe.locators import Locators

_HERE = Path(__file__).parent
HOOK: Final = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("hook.js", "page.js"))
_SPARE = 5.0  # seconds for the driver itself, on top of what it waits for
_NEWS: Final = """
const [born, read, wait, done] = arguments;
if (window.__quoth && window.__quoth.wait) window.__quoth.wait(born, read, wait).then(done);
else setTimeout(done, wait, null);
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as the page shows it.

    ``text`` is Markdown made from what is rendered; None where it was not found, or a model's was not asked for.
    """

    id: int | None
    own: bool
    complete: bool | None
    error: bool
    text: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """What is on the page at one moment.

    ``document`` tells one load of a page from another, ``filled`` is the number of characters in the composer,
    ``alive`` whether it is empty and the page's scripts take what is typed, ``sendable`` whether Send is ready,
    ``face`` what it looks like where it is known by a selector, ``finished`` whether the newest message has its action
    bar, ``status`` the HTTP status of the document (0 where the browser does not tell).
    """

    url: str
    document: float
    title: str
    composer: bool
    filled: int
    alive: bool
    sendable: bool
    face: str | None
    stop: bool
    finished: bool
    dialog: str | None
    limit: bool
    status: int
    login: bool
    challenge: bool
    missing: bool
    messages: tuple[Shown, ...]

    def answering(self, before: "Look") -> bool:
        """Whether Stop is shown, which was not ``before``, when a prompt was ready to be sent.

        Stop replaces Send (poe.md section 1.5). Where its label is in another language it is told by its face: a button
        in Send's place that is ready although there is nothing to send, and that looks different.
        """
        if self.stop:
            return not before.stop
        return self.sendable and not self.filled and None not in (self.face, before.face) and self.face != before.face


@contextlib.contextmanager
def translated() -> Generator[None]:
    """Turn whatever Selenium raises into BrowserFailed, its cause chained."""
    try:
        yield
    except WebDriverException as error:
        raise BrowserFailed(f"The browser failed: {first_line(error)}") from error
    except (OSError, HTTPError) as error:  # Selenium lets urllib3's errors through when its driver is gone
        raise BrowserFailed("The browser's driver no longer answers.") from error


class Tab:
    """The current tab of a browser.

    Args:
        driver: the browser.
        locators: where the parts of the page are.
    """

    def __init__(self, driver: WebDriver, locators: Locators) -> None:
        self.driver: Any = driver
        self.locators = locators
        self._born = ""
        self._read = 0
        self._limits: Any = None

    def install_hook(self) -> str | None:
        """Install the hook for every document from now on; None in a browser without CDP, where the page is read."""
        try:
            return cast("str", self.cdp("Page.addScriptToEvaluateOnNewDocument", source=HOOK)["identifier"])
        except (WebDriverException, AttributeError):
            return None

    def set_limits(self, load: float, script: float) -> None:
        """Bound how long a page may load, a script may run and the driver may take for anything, in seconds."""
        client = self.driver.command_executor.client_config
        self._limits = self.driver.timeouts, client.timeout
        self.driver.set_page_load_timeout(load)
        self.driver.set_script_timeout(script)
        client.timeout = max(load, script) + _SPARE  # commands that Chromium never answers have no limit of their own

    def leave(self, hook: str | None) -> None:
        """Leave a lent browser as it was."""
        if self._limits is None:
            return
        timeouts, patience = self._limits
        client = self.driver.command_executor.client_config
        client.timeout = _SPARE
        with contextlib.suppress(WebDriverException, OSError, HTTPError):
            self.driver.timeouts = timeouts
            if hook:
                self.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=hook)
        client.timeout = patience

    def get(self, url: str) -> None:
        """Load a page; what is missing on it afterwards is named by whoever waits for it.

        Raises:
            PoeUnreachable: there is no way to it.
        """
        try:
            self.driver.get(url)
        except TimeoutException:
            pass
        except WebDriverException as error:
            if "net::" not in str(error.msg):
                raise
            raise PoeUnreachable(f"{url} can't be reached: {first_line(error)}") from error

    def script(self, script: str, *arguments: object) -> Any:
        """Run a script in the page, with ``window.__quoth`` there."""
        # A document that was there before the hook, or in a browser without CDP, gets the reading part now.
        guarded = f"if (!window.__quoth || !window.__quoth.look) return '__absent__'; {script}"
        result = self.driver.execute_script(guarded, *arguments)
        if result == "__absent__":
            self.driver.execute_script(HOOK)
            result = self.driver.execute_script(script, *arguments)
        return result

    def cdp(self, command: str, **arguments: object) -> dict[str, Any]:
        """Send a command of the Chrome DevTools Protocol; AttributeError in a browser that has none."""
        return self.driver.execute_cdp_cmd(command, arguments)

    def part(self, role: str) -> Any:
        """The element of a role, or None."""
        finder = {"composer": "composer", "send": "sendButton", "dialog_close": "dialogClose"}.get(role)
        if finder:
            return self.script(f"return window.__quoth.{finder}(arguments[0])", self.locators)
        return self.script("return window.__quoth.find(arguments[0])", self.locators[role])

    def matched(self) -> dict[str, str | None]:
        """Which selector of each role matches now."""
        return self.script("return window.__quoth.matched(arguments[0])", self.locators)

    def look(self, *, texts: bool = False) -> Look:
        """See what is on the page now; with ``texts``, what its messages say too."""
        seen: dict[str, Any] = self.script("return window.__quoth.look(...arguments)", self.locators, texts)
        # Numbers come as texts: a page's own may be too large for JavaScript to be exact.
        numbered = [m | {"id": m["id"] and int(m["id"])} for m in seen.pop("messages")]
        messages = tuple(Shown(**message) for message in numbered)
        return Look(**seen, messages=messages)

    def news(self, wait: float) -> list[dict[str, Any]]:
        """Take what the page's socket and sends brought since the last call; waits up to ``wait`` seconds for some."""
        try:
            told = self.driver.execute_async_script(_NEWS, self._born, self._read, int(wait * 1000))
        except JavascriptException:  # the document went away under the script; the next call finds the new one
            return []
        news: list[dict[str, Any]] = told["news"] if told else []
        if news:
            self._born, self._read = told["born"], news[-1]["number"]
        return news
