"""A tab of Quoth's own browser, on sockets where many are used at once and none waits for another.

Commands go over WebDriver BiDi. What the page tells comes straight from the browser over CDP: on its way through the
driver it took twice as long (docs/driver.md).
"""

import contextlib
import json
from queue import Empty, SimpleQueue
from typing import Any, Final

from selenium.webdriver.common.keys import Keys

from bot.errors import BrowserFailed, PoeUnreachable
from bot.poe.web.browser.socket import CommandRefused, Connection, Json
from bot.poe.web.browser.tab import HOOK, Click, Key, PageChanged, Tab, TabHangs
from bot.poe.web.page.locators import Locators

_CLOSING = 5.0  # seconds for a tab to close; one that hangs takes half a second
# JSON both ways: BiDi's own serialization of values is slower, and lossy for what is deep.
_CALL: Final = (
    "function (given) { const body = function () { %s\n}; return JSON.stringify(body(...JSON.parse(given))); }"
)
# A binding tells at once, also where the page is busy with its own work right after.
_BINDING: Final = "__quothTell"
_PRELOAD: Final = """() => {
  const tell = window.__quothTell;
  delete window.__quothTell;
  if (window !== window.top) return;
  %s
  window.__quoth.push(tell);
}"""
# The element itself where it may be clicked: nothing lies over its middle, where a click lands.
_PART: Final = """
function (locators, role) {
  const element = window.__quoth && window.__quoth.part && window.__quoth.part(JSON.parse(locators), role);
  if (!element) return "absent";
  return window.__quoth.uncovered(element) ? element : "covered";
}"""
_NO_TAB: Final = ("no such frame", -32001)  # in BiDi's words and in CDP's
_KEYS = {"Enter": Keys.ENTER, "Escape": Keys.ESCAPE}


class OwnTab(Tab):
    """A tab by itself.

    Args:
        connection: the driver's socket.
        devtools: the browser's own.
        context: the tab's id.
        locators: where the parts of the page are.
    """

    def __init__(self, connection: Connection, devtools: Connection, context: str, locators: Locators) -> None:
        super().__init__(locators)
        self._connection = connection
        self._devtools = devtools
        self.context = context
        self._session = ""
        self._heard: SimpleQueue[str | None] = SimpleQueue()
        self._gone = self._front = False
        self._load = self._script = 30.0  # seconds

    @property
    def address(self) -> str:
        """Where the tab is."""
        tree = self._command("browsingContext.getTree", {"root": self.context, "maxDepth": 0})
        return tree["contexts"][0]["url"]

    def prepare(self, load: float, script: float) -> None:
        """Install the hook."""
        self._load, self._script = load, script
        target = {"targetId": self.context, "flatten": True}
        attached = self._answered(self._devtools, "Target.attachToTarget", target)
        self._session = attached["sessionId"]
        self._connection.listen(self.context, self._heard.put)
        self._devtools.listen(self._session, self._heard.put)
        self._cdp("Runtime.enable")  # else only the document that is there now gets the binding
        self._cdp("Runtime.addBinding", name=_BINDING)
        self._command("script.addPreloadScript", {"functionDeclaration": _PRELOAD % HOOK, "contexts": [self.context]})
        drivers = self._command("goog:cdp.getSession", {"context": self.context})
        # Else the driver, too, is told all that each tab's socket carries.
        self._command("goog:cdp.sendCommand", {"method": "Network.disable", "params": {}, **drivers})

    def leave(self) -> None:
        """Close the tab."""
        self._connection.ignore(self.context)
        self._devtools.ignore(self._session)
        try:
            self._connection.command("browsingContext.close", {"context": self.context}, _CLOSING)
        except CommandRefused:  # it is closed already
            pass
        except TimeoutError as error:
            raise BrowserFailed("The browser hangs: it does not even close a tab.") from error

    def get(self, url: str) -> None:
        """Load a page."""
        self.foreground(True)
        try:
            parameters = {"context": self.context, "url": url, "wait": "interactive"}
            self._connection.command("browsingContext.navigate", parameters, self._load)
        except TimeoutError as error:
            with contextlib.suppress(PageChanged):
                self._cdp("Page.stopLoading")
            raise PoeUnreachable(f"{url} did not answer within {self._load:.0f} seconds.") from error
        except CommandRefused as error:
            if error.code in _NO_TAB:
                raise BrowserFailed("The tab is gone.") from error
            if "net::" in str(error) and "net::ERR_ABORTED" not in str(error):
                raise PoeUnreachable(f"{url} can't be reached: {error}") from error
            # Something else led the page elsewhere meanwhile.

    def foreground(self, on: bool) -> None:
        """Emulate the focus, which many tabs can't have at once."""
        if on != self._front:
            self._cdp("Emulation.setFocusEmulationEnabled", enabled=on)
            self._front = on

    def click(self, role: str) -> Click:
        """Click the element of a role."""
        self.foreground(True)
        locators = {"type": "string", "value": json.dumps(self.locators)}
        try:
            part = self._call(_PART, locators, {"type": "string", "value": role})
        except PageChanged:
            return "covered"
        if part["type"] != "node":
            return part["value"]
        here = {"type": "element", "element": {"sharedId": part["sharedId"]}}
        steps = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": here},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        try:
            self._act({"type": "pointer", "id": "mouse", "actions": steps})
        except PageChanged:
            return "covered"
        return "clicked"

    def press(self, key: Key) -> None:
        """Press a key."""
        self._type(_KEYS[key])

    def insert(self, text: str) -> None:
        """Insert a text."""
        self._cdp("Input.insertText", text=text)

    def type_keys(self, text: str) -> None:
        """Type a text key by key."""
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
        self._act({"type": "key", "id": "keyboard", "actions": steps})

    def _act(self, source: Json) -> None:
        self._command("input.performActions", {"context": self.context, "actions": [source]})

    def _run(self, body: str, *arguments: object) -> Any:
        result = self._call(_CALL % body, {"type": "string", "value": json.dumps(arguments)})
        return json.loads(result["value"]) if result["type"] == "string" else None

    def _call(self, function: str, *arguments: Json) -> Json:
        target = {"context": self.context}
        call = {"functionDeclaration": function, "awaitPromise": False, "target": target, "arguments": arguments}
        answer = self._command("script.callFunction", call)
        if answer["type"] == "exception":
            raise PageChanged(answer["exceptionDetails"]["text"])
        return answer["result"]

    def _told(self, wait: float) -> list[Json]:
        events: list[str | None] = []
        with contextlib.suppress(Empty):
            events.append(self._heard.get(wait > 0, wait or None))
            while True:
                events.append(self._heard.get_nowait())
        self._gone = self._gone or None in events
        told = [json.loads(event) for event in events if event is not None]
        if self._gone and not told:
            raise BrowserFailed("The tab crashed or was closed.")
        return told

    def _cdp(self, method: str, **parameters: object) -> Json:
        return self._answered(self._devtools, method, parameters, self._session)

    def _command(self, method: str, parameters: Json) -> Json:
        return self._answered(self._connection, method, parameters)

    def _answered(self, connection: Connection, method: str, parameters: Json, session: str = "") -> Json:
        if self._gone:
            raise BrowserFailed("The tab crashed or was closed.")
        try:
            return connection.command(method, parameters, self._script, session)
        except TimeoutError as error:
            raise TabHangs(f"The page hangs: no answer to {method} within {self._script:.0f} seconds.") from error
        except CommandRefused as error:
            if error.code in _NO_TAB:
                raise BrowserFailed("The tab is gone.") from error
            raise PageChanged(f"{error.code}: {error}") from error
