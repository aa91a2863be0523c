"""A tab of Quoth's own browser, over sockets, so that many tabs are used at once and none waits for another.

Tabs are opened, loaded and closed over WebDriver BiDi, and keys pressed. Scripts, clicks and what the page tells go
straight to and from the browser over CDP: through the driver they took twice as long (docs/driver.md).
"""

import contextlib
import json
from queue import Empty, SimpleQueue
from typing import Any, Final

from selenium.webdriver.common.keys import Keys

from bot.errors import BrowserFailed, PoeUnreachable
from bot.poe.web.browser.socket import CommandRefused, Connection, Json
from bot.poe.web.browser.tab import HOOK, Click, Key, Locators, PageChanged, Tab, TabHangs

_CLOSING = 5.0  # seconds for a tab to close; one that hangs takes half a second
# JSON both ways: the protocol's own values are slower, and lose what is deeply nested.
_CALL: Final = "JSON.stringify((function () { %s\n})(...%s))"
# A binding delivers at once, even if the page is busy right after.
_BINDING: Final = "__quothEvent"
_PRELOAD: Final = """() => {
  const send = window.__quothEvent;
  delete window.__quothEvent;
  if (window !== window.top) return;
  %s
  window.__quoth.push(send);
}"""
_NO_TAB: Final = ("no such frame", -32001)  # the codes of BiDi and of CDP
_KEYS = {"Enter": Keys.ENTER, "Escape": Keys.ESCAPE}


class BidiTab(Tab):
    """A tab in a browser that speaks WebDriver BiDi and CDP.

    Args:
        driver: the driver's socket.
        devtools: the browser's own socket.
        context: the tab's id.
    """

    def __init__(self, driver: Connection, devtools: Connection, context: str) -> None:
        super().__init__()
        self._driver = driver
        self._devtools = devtools
        self.context = context
        self._session = ""
        self._events: SimpleQueue[str | None] = SimpleQueue()
        self._gone = self._in_foreground = False
        self._load = self._script = 30.0  # seconds

    @property
    def address(self) -> str:
        """The address of the page in the tab."""
        tree = self._command("browsingContext.getTree", {"root": self.context, "maxDepth": 0})
        return tree["contexts"][0]["url"]

    def prepare(self, locators: Locators, load: float, script: float) -> None:
        """Install the hook for every document from now on."""
        self.locators = locators
        self._load, self._script = load, script
        target = {"targetId": self.context, "flatten": True}
        attached = self._send(self._devtools, "Target.attachToTarget", target)
        self._session = attached["sessionId"]
        self._driver.listen(self.context, self._events.put)
        self._devtools.listen(self._session, self._events.put)
        self._cdp("Runtime.enable")  # without it only the current document gets the binding
        self._cdp("Runtime.addBinding", name=_BINDING)
        self._command("script.addPreloadScript", {"functionDeclaration": _PRELOAD % HOOK, "contexts": [self.context]})
        drivers_session = self._command("goog:cdp.getSession", {"context": self.context})
        # Without this the driver, too, receives everything that the page's socket carries.
        self._command("goog:cdp.sendCommand", {"method": "Network.disable", "params": {}, **drivers_session})

    def leave(self) -> None:
        """Close the tab."""
        self._driver.ignore(self.context)
        self._devtools.ignore(self._session)
        try:
            self._driver.command("browsingContext.close", {"context": self.context}, _CLOSING)
        except (CommandRefused, BrowserFailed):  # it is closed already; a browser with windows ends with its last tab
            pass
        except TimeoutError as error:
            raise BrowserFailed("The browser stopped responding while closing a tab.") from error

    def get(self, url: str) -> None:
        """Load a page."""
        self.set_foreground(True)
        try:
            parameters = {"context": self.context, "url": url, "wait": "interactive"}
            self._driver.command("browsingContext.navigate", parameters, self._load)
        except TimeoutError as error:
            with contextlib.suppress(PageChanged):
                self._cdp("Page.stopLoading")
            raise PoeUnreachable(f"{url} didn't respond within {self._load:.0f} seconds.") from error
        except CommandRefused as error:
            if error.code in _NO_TAB:
                raise BrowserFailed("The tab was closed.") from error
            if "net::" in str(error) and "net::ERR_ABORTED" not in str(error):
                raise PoeUnreachable(f"Can't reach {url}: {error}") from error
            # Otherwise the page navigated elsewhere meanwhile.

    def set_foreground(self, on: bool) -> None:
        """Emulate the focus, which only one tab could really have."""
        if on != self._in_foreground:
            self._cdp("Emulation.setFocusEmulationEnabled", enabled=on)
            self._in_foreground = on

    def click(self, role: str) -> Click:
        """Click the element of a role, unless something else covers it."""
        self.set_foreground(True)
        try:
            target = self.script("return quoth.target(locators, given[0])", role)
            if target in ("absent", "covered"):
                return target
            # The mouse is not moved there: a page that has nothing to draw takes a move only after a second.
            self._mouse("mousePressed", *target)
        except PageChanged:
            return "covered"
        self._mouse("mouseReleased", *target)  # an error here must not lead to a second click
        return "clicked"

    def _mouse(self, event: str, x: float, y: float) -> None:
        self._cdp("Input.dispatchMouseEvent", type=event, x=x, y=y, button="left", clickCount=1)

    def press(self, key: Key) -> None:
        """Press a key on the focused element."""
        self._type(_KEYS[key])

    def insert_text(self, text: str) -> None:
        """Insert a text into the focused element."""
        self._cdp("Input.insertText", text=text)

    def type_keys(self, text: str) -> None:
        """Type a text key by key into the focused element."""
        for index, line in enumerate(text.split("\n")):
            if index:
                self._type(Keys.SHIFT, Keys.ENTER)
            self._type(*line)

    def _type(self, *keys: str) -> None:
        held = keys[:1] if keys[:1] == (Keys.SHIFT,) else ()
        steps = [{"type": "keyDown", "value": key} for key in held]
        for key in keys[len(held) :]:
            steps += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        steps += [{"type": "keyUp", "value": key} for key in held]
        keyboard = {"type": "key", "id": "keyboard", "actions": steps}
        self._command("input.performActions", {"context": self.context, "actions": [keyboard]})

    def _run(self, body: str, *arguments: object) -> Any:
        expression = _CALL % (body, json.dumps(arguments))
        answer = self._cdp("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise PageChanged(answer["exceptionDetails"]["text"])
        result = answer["result"]
        return json.loads(result["value"]) if result["type"] == "string" else None

    def _poll_hook(self, wait: float) -> list[Json]:
        events: list[str | None] = []
        with contextlib.suppress(Empty):
            events.append(self._events.get(wait > 0, wait or None))
            while True:
                events.append(self._events.get_nowait())
        self._gone = self._gone or None in events
        recorded = [json.loads(event) for event in events if event is not None]
        if self._gone and not recorded:
            raise BrowserFailed("The tab crashed or was closed.")
        return recorded

    def _cdp(self, method: str, **parameters: object) -> Json:
        return self._send(self._devtools, method, parameters, self._session)

    def _command(self, method: str, parameters: Json) -> Json:
        return self._send(self._driver, method, parameters)

    def _send(self, connection: Connection, method: str, parameters: Json, session: str = "") -> Json:
        if self._gone:
            raise BrowserFailed("The tab crashed or was closed.")
        try:
            return connection.command(method, parameters, self._script, session)
        except TimeoutError as error:
            raise TabHangs(
                f"The page stopped responding: no answer to {method} within {self._script:.0f} seconds."
            ) from error
        except CommandRefused as error:
            if error.code in _NO_TAB:
                raise BrowserFailed("The tab was closed.") from error
            raise PageChanged(f"{error.code}: {error}") from error
