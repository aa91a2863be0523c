"""One browser tab: scripts, events and the state of the page, over whichever protocol the browser is reached."""

import contextlib
import json
import time
from abc import ABC, abstractmethod
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from bot.conversation import PromptFile
from bot.errors import BrowserFailed

_HERE = Path(__file__).parent
HOOK: Final = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("hook.js", "page.js"))
_NO_HOOK: Final = "__absent__"
_NAVIGATING, _RETRY = 2.0, 0.05  # seconds for a document that is left to be gone, and between two tries
_UTF16: Final = ("utf-16-le", "surrogatepass")
_PART = 768 * 1024  # bytes of a file that are handed to the page at once
_KEPT_TEXTS = 8  # texts that later ones may be sent as changes of; hook.js has the same number

Locators: TypeAlias = Mapping[str, tuple[str, ...]]
"""CSS selectors for each role of an element on the page, best first."""
Click: TypeAlias = Literal["clicked", "covered", "absent"]
"""What became of a click. Only "clicked" means that the page got one."""
Key: TypeAlias = Literal["Enter", "Escape"]


class PageChanged(BrowserFailed):
    """The document or the element went away before it could be used; nothing was done."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The page went away while it was used: {reason}")


class TabHangs(BrowserFailed):
    """The page does not answer. All tabs of Poe share a process, so others may hang with it."""


@dataclass(frozen=True, slots=True)
class PageMessage:
    """One chat message on the page.

    ``own`` says that a person wrote it. ``text`` is Markdown made from the rendered message; None if it was not found,
    or if a model's text was not asked for.
    """

    id: int | None
    own: bool
    complete: bool | None
    error: bool
    text: str | None


@dataclass(frozen=True, slots=True)
class PageState:
    """What is on the page at one moment; without arguments, an empty page.

    ``document`` differs for each load of a page, ``typed`` is the number of characters in the composer,
    ``hydrated`` whether the composer is empty and the page's scripts react to what is typed, ``sendable`` whether Send
    can be pressed, ``send_markup`` its label and icon if it is known by a selector, ``action_bar`` whether the newest
    message has its action bar, ``limit`` what Poe says about a limit, ``status`` the document's HTTP status (0 if
    unknown), ``suggestions`` the replies that Poe suggests, ``models`` the addresses of the chat's models.
    """

    url: str = ""
    document: float = 0.0
    title: str = ""
    composer: bool = False
    typed: int = 0
    hydrated: bool = False
    sendable: bool = False
    send_markup: str | None = None
    stop: bool = False
    action_bar: bool = False
    dialog: str | None = None
    limit: str | None = None
    status: int = 0
    login: bool = False
    challenge: bool = False
    missing: bool = False
    suggestions: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    messages: tuple[PageMessage, ...] = ()

    def answering(self, before: "PageState") -> bool:
        """Whether Stop is shown that was not there ``before``, when a prompt was ready to be sent.

        Stop replaces Send (poe.md section 1.5). In another language it is known by its look: a button in Send's place
        that can be pressed although nothing is typed, and whose label or icon is another.
        """
        if self.stop:
            return not before.stop
        known = None not in (self.send_markup, before.send_markup)
        return self.sendable and not self.typed and known and self.send_markup != before.send_markup


class Tab(ABC):
    """One tab of a browser.

    The abstract methods are what a protocol has to offer. All methods block. They raise BrowserFailed if the tab or its
    browser is gone or hangs, and its subclass PageChanged if the document went away before it could be used.
    """

    def __init__(self) -> None:
        self.locators: Locators = {}
        self._document = ""
        self._texts: OrderedDict[str, str] = OrderedDict()

    @property
    @abstractmethod
    def address(self) -> str:
        """The address of the page in the tab."""

    @abstractmethod
    def prepare(self, locators: Locators, load: float, script: float) -> None:
        """Install the hook for every document from now on.

        Args:
            locators: where the parts of the page are.
            load: seconds that a page may take to load.
            script: seconds that a script or a command may take.
        """

    @abstractmethod
    def leave(self) -> None:
        """Close the tab, or leave it as it was if the browser was given to Quoth."""

    @abstractmethod
    def get(self, url: str) -> None:
        """Load a page, without a check of what is on it.

        Raises:
            PoeUnreachable: it can't be reached, or did not load in time.
        """

    @abstractmethod
    def set_foreground(self, on: bool) -> None:
        """Let the page believe that it is in the foreground, or in the background, where it draws nothing.

        A page that is loaded or clicked is in the foreground.
        """

    @abstractmethod
    def click(self, role: str) -> Click:
        """Click the element of a role as a mouse does, unless something else covers it."""

    @abstractmethod
    def press(self, key: Key) -> None:
        """Press a key on the focused element."""

    @abstractmethod
    def insert_text(self, text: str) -> None:
        """Insert a text into the focused element as an input method does: a trusted event, newlines kept."""

    @abstractmethod
    def type_keys(self, text: str) -> None:
        """Type a text key by key into the focused element, newlines with Shift held."""

    @abstractmethod
    def _run(self, body: str, *arguments: object) -> Any:
        """Run the body of a function in the page; arguments and result are JSON."""

    @abstractmethod
    def _poll_hook(self, wait: float) -> list[dict[str, Any]]:
        """Return what the hook recorded since the last call; waits up to ``wait`` seconds for something."""

    def script(self, body: str, *arguments: object) -> Any:
        """Run the body of a function in the page. It has ``quoth``, ``locators`` and the arguments as ``given``."""
        # A document from before the hook, or in a browser that can't install it, gets the reading part now.
        guarded = (
            f"const quoth = window.__quoth; if (!quoth || !quoth.state) return '{_NO_HOOK}';"
            f"const [locators, ...given] = arguments; {body}"
        )
        result = self._run(guarded, self.locators, *arguments)
        if result == _NO_HOOK:
            self._run(HOOK)
            result = self._run(guarded, self.locators, *arguments)
        if result == _NO_HOOK:
            raise PageChanged("Quoth's script could not be loaded into the page.")
        return result

    def attach(self, files: Sequence[PromptFile]) -> bool:
        """Put files into the page's file input; returns whether there is one.

        Their bytes go along in commands: a browser on another machine could read no path (next.md section C6).
        """
        if not self.script("return Boolean(quoth.fileInput(locators))"):
            return False
        described: list[tuple[str, str, int]] = []
        for file in files:
            parts = range(0, len(file.data), _PART)
            for start in parts:
                self.script("quoth.keep(given[0])", b64encode(file.data[start : start + _PART]).decode())
            described.append((file.name, file.content_type, len(parts)))
        return self.script("return quoth.attach(locators, given[0])", described)

    def previews(self) -> tuple[int, bool]:
        """Return how many files the composer shows, and whether some are still being uploaded."""
        found = self.script("return quoth.previews(locators)")
        return found["count"], found["busy"]

    def listen(self) -> None:
        """Let the hook record what the page sends and receives."""
        self.script("quoth.listen(true)")

    def stop_listening(self) -> None:
        """Let the hook record nothing until `listen` is called or another page is loaded."""
        self.script("quoth.listen(false)")

    def ignore_chats(self, chats: Iterable[int]) -> None:
        """Let the hook leave out frames that belong to these chats only, until another page is loaded."""
        with contextlib.suppress(PageChanged):  # another page is being loaded
            self.script("quoth.ignore(given[0])", [str(chat) for chat in chats])

    def focus_composer(self) -> None:
        """Give the composer the focus."""
        self.script("quoth.focus(locators)")

    def matching_locators(self) -> dict[str, str | None]:
        """Return which selector of each role matches now."""
        return self.script("return quoth.matching(locators)")

    def redacted_html(self) -> str:
        """Return the page's elements as HTML, without anything that anybody wrote."""
        return self.script("return quoth.redacted()")

    def state(self, *, texts: bool = False) -> PageState:
        """Return what is on the page now; with ``texts``, the texts of the model's messages too."""
        state = self._state(texts)
        # JavaScript can't hold large ids exactly, so they come as strings.
        messages = tuple(PageMessage(**m | {"id": m["id"] and int(m["id"])}) for m in state.pop("messages"))
        suggestions, models = tuple(state.pop("suggestions")), tuple(state.pop("models"))
        return PageState(**state, suggestions=suggestions, models=models, messages=messages)

    def _state(self, texts: bool) -> dict[str, Any]:
        deadline = time.monotonic() + _NAVIGATING
        while True:
            try:
                return self.script("return quoth.state(locators, ...given)", texts)
            except PageChanged:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY)

    def events(self, wait: float) -> list[dict[str, Any]]:
        """Return what the page sent and received since the last call; waits up to ``wait`` seconds for something."""
        return [event for event in map(self._with_data, self._poll_hook(wait)) if event is not None]

    def _with_data(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """Return an event with all of its data: the hook sends long texts apart, as changes of earlier ones."""
        if event["document"] != self._document:
            self._document = event["document"]
            self._texts.clear()
        if (texts := event.get("texts")) is None:
            return event
        try:
            for name, base, changes in texts:
                self._texts[name] = changes if base is None else _patched(self._texts[base], changes)
                if len(self._texts) > _KEPT_TEXTS:
                    self._texts.popitem(last=False)
            return event | {"data": json.loads(event["data"], object_hook=self._with_texts)}
        except KeyError:
            return None  # Quoth read too slowly and missed an earlier text; the page itself still shows the answer

    def _with_texts(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return a part of a frame with its long texts in place of their names, which only this document can know."""
        named = [key for key, value in node.items() if isinstance(value, str) and value.startswith(self._document)]
        return node | {key: self._texts[node[key]] for key in named}


def _patched(before: str, parts: list[tuple[int, int | None, str]]) -> str:
    """Return a text made of parts of an earlier one: from where, to where (None: its end), and the new text after."""
    if before.isascii() or [part[:2] for part in parts] == [[0, None]]:
        return "".join(before[start:end] + text for start, end, text in parts)
    units = before.encode(*_UTF16)  # the browser counts UTF-16 units
    ends = [(2 * start, None if end is None else 2 * end, text) for start, end, text in parts]
    return b"".join(units[start:end] + text.encode(*_UTF16) for start, end, text in ends).decode(*_UTF16)
