"""Poe's chat page as a page object: the only place that knows how to use it, and the owner of every wait on it.

All methods block and belong in a thread. Selenium's errors leave here as ours.
"""

import contextlib
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, unquote

from bot.errors import BrowserFailed, ChallengeShown, LoginRequired, ModelUnavailable, SelectorsDrifted
from bot.poe.web.browser.tab import Look, PageChanged, Tab
from bot.poe.web.page import composer
from bot.poe.web.page.obstacles import limit_reached, obstacle, unclosed

_STEP = 0.1  # seconds between two looks at a page that is not ready; provider.md names this figure
_FALSE_LOGOUTS = 2  # reloads before a logged-out page is believed (poe.md section 5)
_CLOSING = 1.0  # seconds for a dialog to go after it was closed
_COVERED = 3.0  # seconds for something that lies over Send to go away
_FRESH = 600.0  # seconds that a page stays good for the next prompt: sockets die when they idle (poe.md section 3.6)


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long each step may take, in seconds.

    ``script`` is for what a page does at once; one that takes longer counts as hanging.
    ``reread`` is the silence after which a page is loaded again: its socket may have died, and the answer goes on
    without it. The wait for the first text is ended by ``first_text`` seconds without news, for more by ``silence``.
    """

    load: float = 30.0
    script: float = 10.0
    composer: float = 20.0
    send: float = 20.0
    first_text: float = 120.0
    reread: float = 30.0
    silence: float = 90.0
    total: float = 600.0


class ChatPage:
    """A tab with Poe's chat page in it.

    Args:
        tab: the browser's tab that is used; left when the page is.
        url: where Poe is; the page never leaves this origin.
        limits: how long each step may take.
    """

    def __init__(self, tab: Tab, url: str, limits: TimeLimits = TimeLimits()) -> None:
        self._tab = tab
        self._url = url.rstrip("/")
        self.limits = limits
        self._address = self._url
        self._opened = -_FRESH

    def __enter__(self) -> Self:
        with _steady():
            self._tab.prepare(self.limits.load, self.limits.script)
        return self

    def __exit__(self, *_: object) -> None:
        self._tab.leave()

    def open(self, handle: str, patience: float | None = None) -> None:
        """Open the model's page and wait until a prompt can be typed.

        Args:
            handle: the model's name in Poe's URL.
            patience: seconds to wait for a person to log in or to answer a challenge; None raises at once.

        Raises:
            ModelUnavailable: Poe has no such page, or the handle can't be a part of its address.
            LoginRequired, ChallengeShown, LimitReached, PoeUnreachable: what stands in front of it.
            BrowserFailed: the browser did not do it.
        """
        if not _addressable(handle):
            raise ModelUnavailable("The handle can't be part of Poe's address.")
        address = f"{self._url}/{quote(handle, safe='')}"
        with _steady():
            if self._warm(address):
                self._tab.listen()
                return
            self._address, self._opened = address, -_FRESH
            self._tab.get(address)
            self._await_composer(patience)
            self._opened = time.monotonic()

    def is_for(self, handle: str) -> bool:
        """Whether the model's page is the one that was opened last."""
        return self._address == f"{self._url}/{quote(handle, safe='')}"

    def rest(self) -> None:
        """Let nothing that the page hears be kept until it is opened again."""
        with _steady():
            self._tab.rest()

    def look(self, *, texts: bool = False) -> Look:
        """See what is on the page now; with ``texts``, what its messages say too."""
        with _steady():
            return self._tab.look(texts=texts)

    def matched(self) -> dict[str, str | None]:
        """Tell which selector of each role matches now."""
        with _steady():
            return self._tab.matched()

    def redacted(self) -> str:
        """The page's elements as HTML, without what anybody wrote."""
        with _steady():
            return self._tab.script("return quoth.redacted()")

    def type_prompt(self, prompt: str) -> None:
        """Type the prompt, exactly, and see Send become ready. Nothing is sent.

        Raises:
            SelectorsDrifted: no way of typing made the page take the text.
            And what `open` raises, where something came up after the page was opened.
        """
        with _steady():
            composer.type_prompt(self._tab, prompt, self.limits.composer, self._await_clear)

    def clear(self) -> None:
        """Empty the composer."""
        with _steady():
            composer.clear(self._tab)

    def press_send(self) -> None:
        """Press Send, once; where something stays over it, press Enter instead. A dialog is closed first."""
        deadline = time.monotonic() + _COVERED
        with _steady():
            while time.monotonic() < deadline:
                # What was not clicked at all may be clicked again without sending twice.
                click = self._tab.click("send")
                if click == "clicked":
                    return
                if click == "absent":
                    raise SelectorsDrifted("No Send button was found on Poe's page.")
                if self._tab.look().dialog is not None:
                    self._dismiss()
                time.sleep(_STEP)
            self._tab.focus()
            self._tab.press("Enter")

    def press_stop(self, before: Look) -> bool:
        """Press Stop where it is shown and was not ``before``; returns whether it was pressed."""
        with _steady():
            self._tab.foreground(True)  # a page may show only there what it has
            look = self._tab.look()
            if look.dialog is not None and self._dismiss():
                look = self._tab.look()
            if not look.answering(before):
                return False
            # With nothing to send, Send could do no harm.
            return self._tab.click("stop" if look.stop else "send") == "clicked"

    def foreground(self, on: bool) -> None:
        """Let the page believe that a person looks at it, or at another tab; the latter draws nothing."""
        with _steady():
            self._tab.foreground(on)

    def mute(self, chats: Iterable[int]) -> None:
        """Let what belongs to other chats be left out of the news."""
        with _steady():
            self._tab.mute(chats)

    def news(self, wait: float) -> list[dict[str, Any]]:
        """Take what the page's socket and sends brought since the last call; waits up to ``wait`` seconds for some."""
        with _steady():
            return self._tab.news(wait)

    def reload(self, code: str, seen_at: str) -> None:
        """Load the page of a chat again. Where nothing tells its address, the page is left as it is.

        Args:
            code: the chat's name in Poe's URL.
            seen_at: the address at which the chat was seen; the model's own address shows no chat when loaded again.
        """
        address = f"{self._url}/chat/{quote(code, safe='')}" if code else seen_at
        with _steady():
            if address and not _same(address, self._address):
                self._tab.get(address)

    def _await_composer(self, patience: float | None) -> None:
        self._await_clear(patience)
        if not self._at(self._address):  # a login leads elsewhere, and there another model would be asked
            self._tab.get(self._address)
            self._await_clear()
            if self._at(self._url):  # the composer of the start page asks Poe's default model (poe.md section 2)
                raise ModelUnavailable(f"Poe leads from {self._address} to its start page.")

    def _at(self, address: str) -> bool:
        return _same(self._tab.address, address)

    def _warm(self, address: str) -> bool:
        """Whether the page of an address is there already, untouched, and a prompt can be typed."""
        if self._address != address or time.monotonic() - self._opened > _FRESH or not self._at(address):
            return False
        look = self._tab.look()
        untouched = look.composer and look.dialog is None and not look.messages and not look.stop
        return untouched and obstacle(look, self._url) is None

    def _await_clear(self, patience: float | None = None) -> None:
        """Wait until nothing stands between the page and its composer."""
        deadline = time.monotonic() + self.limits.composer
        patient_until = time.monotonic() + (patience or 0.0)
        reloads = 0
        while (
            (found := obstacle(look := self._tab.look(), self._url))
            or look.dialog is not None
            or look.limit is not None
            or not look.composer
        ):
            waits_for_person = found in (LoginRequired, ChallengeShown) and time.monotonic() < patient_until
            if found is LoginRequired and reloads < _FALSE_LOGOUTS:
                reloads += 1
                self._tab.get(self._address)
            elif found and found is not ChallengeShown and not waits_for_person:
                raise found(f"{found.operator_message} ({self._address})")
            elif not found and look.limit is not None:
                raise limit_reached(look.limit)
            elif not found and look.dialog is not None and not self._dismiss():
                raise unclosed(look)
            elif time.monotonic() > deadline and not waits_for_person:
                raise (found or LoginRequired)()
            time.sleep(_STEP)

    def _dismiss(self) -> bool:
        """Close a dialog that may be closed, never by a button that could agree to something."""
        before = self._tab.look().dialog
        if self._tab.click("dialog_close") == "absent":
            self._tab.press("Escape")
        deadline = time.monotonic() + _CLOSING
        while time.monotonic() < deadline:
            if self._tab.look().dialog != before:
                return True
            time.sleep(_STEP)
        return False


@contextlib.contextmanager
def _steady() -> Generator[None]:
    """Turn a page that went away while it was used into an error of the tree."""
    try:
        yield
    except PageChanged as error:
        raise BrowserFailed(f"The page went away while it was used: {error}") from error


def _addressable(handle: str) -> bool:
    return bool(handle.strip(".")) and not any(c in "/\\?#%" or c.isspace() or not c.isprintable() for c in handle)


def _same(address: str, other: str) -> bool:
    return unquote(address).casefold().rstrip("/") == unquote(other).casefold().rstrip("/")
