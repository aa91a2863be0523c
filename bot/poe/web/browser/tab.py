"""One browser tab: scripts, news and looks at the page, by whichever protocol the browser is reached."""

import contextlib
import json
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from bot.errors import BrowserFailed
from bot.poe.web.page.locators import Locators

_HERE = Path(__file__).parent
HOOK: Final = "\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("hook.js", "page.js"))
_ABSENT: Final = "__absent__"
_GOING, _AGAIN = 2.0, 0.05  # seconds for a document that goes to be gone, and between two tries to see the next
_UTF16: Final = ("utf-16-le", "surrogatepass")
_KEPT = 8  # texts that later ones may be told as changes of; hook.js has the same number

Click: TypeAlias = Literal["clicked", "covered", "absent"]
"""What became of a click; unless it says "clicked", nothing was."""
Key: TypeAlias = Literal["Enter", "Escape"]


class PageChanged(Exception):
    """The document or the element went away under what was to be done with it; nothing was done."""


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
    bar, ``limit`` what Poe says of a limit, ``status`` the HTTP status of the document (0 where it is not told).
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
    limit: str | None
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


class TabHangs(BrowserFailed):
    """The page does not answer; all tabs of Poe share a process, so that others may hang with it."""


class Tab(ABC):
    """One tab of a browser.

    What a protocol has to offer is abstract; all of it raises BrowserFailed where the tab or its browser is gone or
    hangs, and PageChanged where the document went away meanwhile.

    Args:
        locators: where the parts of the page are.
    """

    def __init__(self, locators: Locators) -> None:
        self.locators = locators
        self._born = ""
        self._texts: OrderedDict[str, str] = OrderedDict()

    @property
    @abstractmethod
    def address(self) -> str:
        """Where the tab is."""

    @abstractmethod
    def prepare(self, load: float, script: float) -> None:
        """Install the hook for every document from now on; a page may take ``load`` seconds, a script ``script``."""

    @abstractmethod
    def leave(self) -> None:
        """Leave a lent tab as it was; end one of Quoth's own."""

    @abstractmethod
    def get(self, url: str) -> None:
        """Load a page; what is missing on it afterwards is named by whoever waits for it.

        Raises:
            PoeUnreachable: there is no way to it, or it did not come in time.
        """

    @abstractmethod
    def foreground(self, on: bool) -> None:
        """Let the page believe that a person looks at it, or at another tab; the latter draws nothing.

        A page that is loaded or clicked is in the foreground.
        """

    @abstractmethod
    def click(self, role: str) -> Click:
        """Click the element of a role as a mouse does; one that something else lies over is not clicked."""

    @abstractmethod
    def press(self, key: Key) -> None:
        """Press a key where the focus is."""

    @abstractmethod
    def insert(self, text: str) -> None:
        """Insert a text as an input method does: trusted, newlines kept, where the focus is."""

    @abstractmethod
    def type_keys(self, text: str) -> None:
        """Type a text key by key where the focus is, newlines with Shift held."""

    @abstractmethod
    def _run(self, body: str, *arguments: object) -> Any:
        """Run the body of a function in the page; what goes in and out is JSON."""

    @abstractmethod
    def _told(self, wait: float) -> list[dict[str, Any]]:
        """Take what the hook told since the last call; waits up to ``wait`` seconds for some."""

    def script(self, body: str, *arguments: object) -> Any:
        """Run the body of a function in the page, with ``quoth`` there and the locators as ``locators``."""
        # A document that was there before the hook, or in a browser that can't install it, gets the reading part now.
        guarded = (
            f"const quoth = window.__quoth; if (!quoth || !quoth.look) return '{_ABSENT}';"
            f"const [locators, ...given] = arguments; {body}"
        )
        result = self._run(guarded, self.locators, *arguments)
        if result == _ABSENT:
            self._run(HOOK)
            result = self._run(guarded, self.locators, *arguments)
        if result == _ABSENT:
            raise PageChanged("The page keeps no script.")
        return result

    def listen(self) -> None:
        """Let the hook note what the page hears, from now on."""
        self.script("quoth.listen(true)")

    def rest(self) -> None:
        """Let the hook note nothing until `listen` is called or another page is loaded."""
        self.script("quoth.listen(false)")

    def mute(self, chats: Iterable[int]) -> None:
        """Let the hook leave out what belongs to these chats alone, until another page is loaded."""
        with contextlib.suppress(PageChanged):  # another page is loaded
            self.script("quoth.mute(given[0])", [str(chat) for chat in chats])

    def focus(self) -> None:
        """Give the composer the focus."""
        self.script("quoth.focus(locators)")

    def matched(self) -> dict[str, str | None]:
        """Which selector of each role matches now."""
        return self.script("return quoth.matched(locators)")

    def look(self, *, texts: bool = False) -> Look:
        """See what is on the page now; with ``texts``, what its messages say too."""
        seen = self._seen(texts)
        # Numbers come as texts: a page's own may be too large for JavaScript to be exact.
        numbered = [m | {"id": m["id"] and int(m["id"])} for m in seen.pop("messages")]
        messages = tuple(Shown(**message) for message in numbered)
        return Look(**seen, messages=messages)

    def _seen(self, texts: bool) -> dict[str, Any]:
        deadline = time.monotonic() + _GOING
        while True:
            try:
                return self.script("return quoth.look(locators, ...given)", texts)
            except PageChanged:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_AGAIN)

    def news(self, wait: float) -> list[dict[str, Any]]:
        """Take what the page's socket and sends brought since the last call; waits up to ``wait`` seconds for some."""
        return [item for item in map(self._whole, self._told(wait)) if item is not None]

    def _whole(self, item: dict[str, Any]) -> dict[str, Any] | None:
        """An item with all of its data: the long texts of a frame come by themselves, as parts of older ones."""
        if item["born"] != self._born:
            self._born = item["born"]
            self._texts.clear()
        if (texts := item.get("texts")) is None:
            return item
        try:
            for name, base, told in texts:
                self._texts[name] = told if base is None else _joined(self._texts[base], told)
                if len(self._texts) > _KEPT:
                    self._texts.popitem(last=False)
            return item | {"data": json.loads(item["data"], object_hook=self._with_texts)}
        except KeyError:
            return None  # the reader fell behind; the page itself is the other witness

    def _with_texts(self, node: dict[str, Any]) -> dict[str, Any]:
        """A part of a frame with its long texts instead of their names, of which nobody else can know the beginning."""
        named = [key for key, value in node.items() if isinstance(value, str) and value.startswith(self._born)]
        return node | {key: self._texts[node[key]] for key in named}


def _joined(before: str, parts: list[tuple[int, int | None, str]]) -> str:
    """A text from parts of one before it: from where, to where (None: its end), and what comes after that."""
    if before.isascii() or [part[:2] for part in parts] == [[0, None]]:
        return "".join(before[start:end] + text for start, end, text in parts)
    units = before.encode(*_UTF16)  # which is what the browser counts
    ends = [(2 * start, None if end is None else 2 * end, text) for start, end, text in parts]
    return b"".join(units[start:end] + text.encode(*_UTF16) for start, end, text in ends).decode(*_UTF16)
