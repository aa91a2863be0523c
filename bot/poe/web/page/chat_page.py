"""Poe's chat page as a page object: the only place that knows how to use it, and that waits for anything on it.

All methods block and belong in a thread.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote, urlsplit

from bot.conversation import PromptFile
from bot.errors import (
    BrowserFailed,
    ChallengeShown,
    LimitReached,
    LoginRequired,
    ModelUnavailable,
    PoeError,
    RateLimited,
    SelectorsDrifted,
)
from bot.poe.catalogue import is_shipped
from bot.poe.handles import is_handle
from bot.poe.web.browser.tab import Locators, PageState, Tab
from bot.poe.web.page import composer
from bot.poe.web.page.locators import LOCATORS, exact
from bot.poe.web.page.obstacles import dialog_error, limit_reached, page_error

_CHATS = "/chat/"  # how the path of a chat begins (poe.md section 2)
_STEP = 0.1  # seconds between two looks at a page that is not ready; provider.md names this figure
_FALSE_LOGOUTS = 2  # reloads before a logged-out page is believed (poe.md section 5)
_CLOSING = 1.0  # seconds for a dialog to disappear after it was closed
_COVERED = 3.0  # seconds for something that covers Send to disappear
_FRESH = 600.0  # seconds that a loaded page stays good for the next prompt: idle sockets die (poe.md section 3.6)
_SLEPT = 5.0  # seconds between the two clocks that show that the host slept, in which every socket dies


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long each step may take, in seconds.

    Args:
        load: for a page to load.
        script: for what a page does at once; one that takes longer counts as hanging.
        composer: until a prompt can be typed, and for typing it.
        send: until the page shows that it sent the prompt.
        first_text: without any news before the first text of an answer.
        reread: without any news before the page is loaded again, because its socket may be dead.
        reconnect: the same, once the page has seen its socket close and made no new one.
        silence: without any news after the first text.
        total: for a whole answer.
        upload: for the files of a prompt.
    """

    load: float = 30.0
    script: float = 10.0
    composer: float = 20.0
    send: float = 20.0
    first_text: float = 120.0
    reread: float = 30.0
    reconnect: float = 5.0
    silence: float = 90.0
    total: float = 600.0
    upload: float = 60.0


class ChatPage:
    """A tab with Poe's chat page in it. Its ``tab`` is for looking at the page; using it is the page's job.

    Args:
        tab: the browser's tab; left when the page is.
        url: where Poe is; the page never leaves this origin.
        limits: how long each step may take.
        locators: where the parts of the page are.
    """

    def __init__(self, tab: Tab, url: str, limits: TimeLimits = TimeLimits(), locators: Locators = LOCATORS) -> None:
        self.tab = tab
        self.limits = limits
        self._url = url.rstrip("/")
        self._locators = locators
        self._exact_locators = exact(locators)
        self._address = self._url
        self._old_chat = False  # whether the address is that of a chat, which may be loaded again
        self._opened: tuple[float, float] | None = None

    def __enter__(self) -> Self:
        self.tab.prepare(self._locators, self.limits.load, self.limits.script)
        return self

    def __exit__(self, *_: object) -> None:
        self.tab.leave()

    def open(self, handle: str, patience: float | None = None) -> None:
        """Open the model's page and wait until a prompt can be typed.

        The page of a handle that is not in the shipped list may be no chat, so nothing there is used on a guess.

        Args:
            handle: the model's name in Poe's addresses.
            patience: seconds to wait for a person to log in or to answer a challenge; None raises at once.

        Raises:
            ModelUnavailable: Poe has no such page, or the name is no handle.
            LoginRequired, ChallengeShown, LimitReached, PoeUnreachable: what is there instead of the composer.
            BrowserFailed: the browser did not do it.
        """
        if not is_handle(handle):
            raise ModelUnavailable("The name is no handle, so its page on Poe was not opened.")
        self.tab.locators = self._locators if is_shipped(handle) else self._exact_locators
        address = self._address_of(handle)
        if self._is_ready(address):
            self.tab.listen()
            return
        self._address, self._opened, self._old_chat = address, None, False
        self.tab.get(address)
        self._wait_for_composer(patience)
        self._opened = time.monotonic(), time.time()

    def open_chat(self, code: str, handle: str) -> bool:
        """Open an earlier chat and wait until a prompt can be typed; returns whether it can go on with this model.

        It can't if it is gone or another model is shown (next.md section B6), or if its last prompt has no answer.
        Whatever else may be wrong with this one page, the model's own page tells what concerns the account.

        Raises:
            LoginRequired, LimitReached, RateLimited: what is there instead of the composer.
            BrowserFailed: the browser did not do it.
        """
        self.tab.locators = self._exact_locators
        self._address, self._opened, self._old_chat = self._address_of_chat(code), None, True
        try:
            self.tab.get(self._address)
            self._wait_until_clear()
        except (BrowserFailed, LoginRequired, LimitReached, RateLimited):
            raise
        except PoeError:
            return False
        deadline = time.monotonic() + self.limits.composer
        while self._is_at(self._address) and time.monotonic() < deadline:
            state = self.tab.state()
            newest = state.messages[-1] if state.messages else None
            answered = newest and not newest.own and newest.complete is not False and not newest.error
            if answered and not state.stop and state.send_markup is not None:
                return bool(state.models) and all(_same(each, self._address_of(handle)) for each in state.models)
            time.sleep(_STEP)
        return False

    def expire(self) -> None:
        """Have the next `open` load the page again, whatever it looks like."""
        self._opened = None

    def is_for(self, handle: str) -> bool:
        """Whether the model's page is the one that was opened last."""
        return self._address == self._address_of(handle)

    def attach(self, files: Sequence[PromptFile]) -> None:
        """Attach files to a prompt that was typed, and wait until the page has uploaded them. Nothing is sent.

        Raises:
            UploadRefused: the page did not take them.
        """
        self.expire()  # whatever happens, no other prompt may get these files
        composer.attach(self.tab, files, self.limits.upload)

    def type_prompt(self, prompt: str) -> None:
        """Type the prompt, exactly, and wait until Send is ready. Nothing is sent.

        Raises:
            SelectorsDrifted: no way of typing made the page take the text.
            And what `open` raises, if something appeared after the page was opened.
        """
        composer.type_prompt(self.tab, prompt, self.limits.composer, self._wait_until_clear)

    def press_send(self) -> None:
        """Press Send once; if something stays over it, press Enter instead. A dialog is closed first."""
        deadline = time.monotonic() + _COVERED
        while time.monotonic() < deadline:
            # A click that did not happen may be tried again without sending twice.
            click = self.tab.click("send")
            if click == "clicked":
                return
            if click == "absent":
                raise SelectorsDrifted("No Send button was found on Poe's page.")
            if self.tab.state().dialog is not None:
                self._close_dialog()
            time.sleep(_STEP)
        self.tab.focus_composer()
        self.tab.press("Enter")

    def press_stop(self, before: PageState) -> bool:
        """Press Stop if it is shown and was not ``before``; returns whether it was pressed."""
        self.tab.set_foreground(True)  # a page may update its buttons only there
        state = self.tab.state()
        if state.dialog is not None and self._close_dialog():
            state = self.tab.state()
        if not state.answering(before):
            return False
        # A Stop without a known label is in Send's place; with an empty composer, a real Send would do nothing.
        return self.tab.click("stop" if state.stop else "send") == "clicked"

    def reload(self, chat_code: str, seen_at: str) -> None:
        """Load the page of a chat again. If its address is not known, the page is left as it is.

        Args:
            chat_code: the chat's name in Poe's addresses.
            seen_at: the address at which the chat was seen. The model's own address is of no use: it shows a new chat.
        """
        address = self._address_of_chat(chat_code) if chat_code else seen_at
        if address and (self._old_chat or not _same(address, self._address)):
            self.tab.get(address)

    def _address_of_chat(self, code: str) -> str:
        return f"{self._url}{_CHATS}{quote(code, safe='')}"

    def _address_of(self, handle: str) -> str:
        return f"{self._url}/{quote(handle, safe='')}"

    def _wait_for_composer(self, patience: float | None) -> None:
        self._wait_until_clear(patience)
        if not self._is_at(self._address):  # a login leads elsewhere, where another model would be asked
            self.tab.get(self._address)
            self._wait_until_clear()
            if self._is_at(self._url):  # the start page's composer asks Poe's default model (poe.md section 2)
                raise ModelUnavailable(f"Poe redirects {self._address} to its start page.")

    def _is_at(self, address: str) -> bool:
        return _same(self.tab.address, address)

    def _is_ready(self, address: str) -> bool:
        """Whether the page of an address is loaded already, unused, and a prompt can be typed."""
        if self._address != address or not self._is_fresh() or not self._is_at(address):
            return False
        state = self.tab.state()
        unused = state.composer and state.dialog is None and not state.messages and not state.stop
        return unused and page_error(state, self._url) is None

    def _is_fresh(self) -> bool:
        if self._opened is None:
            return False
        running, wall = time.monotonic() - self._opened[0], time.time() - self._opened[1]
        # The monotonic clock stands still while the host sleeps.
        return running <= _FRESH and abs(wall - running) < _SLEPT

    def _wait_until_clear(self, patience: float | None = None) -> None:
        """Wait until the composer is there and nothing is in its way."""
        deadline = time.monotonic() + self.limits.composer
        patient_until = time.monotonic() + (patience or 0.0)
        reloads = 0
        while (
            (error := page_error(state := self.tab.state(), self._url))
            or state.dialog is not None
            or state.limit is not None
            or not state.composer
        ):
            waits_for_person = error in (LoginRequired, ChallengeShown) and time.monotonic() < patient_until
            if error is LoginRequired and reloads < _FALSE_LOGOUTS:
                reloads += 1
                self.tab.get(self._address)
            elif error and error is not ChallengeShown and not waits_for_person:
                raise error(f"{error.operator_message} ({self._address})")
            elif not error and state.limit is not None:
                raise limit_reached(state.limit)
            elif not error and state.dialog is not None and not self._close_dialog():
                raise dialog_error(state)
            elif time.monotonic() > deadline and not waits_for_person:
                raise error() if error else self._no_composer()
            time.sleep(_STEP)

    def _no_composer(self) -> PoeError:
        if self.tab.locators is self._exact_locators:  # an admin's model must not hold all others back
            return ModelUnavailable(f"{self._address} is no page on which a model can be asked.")
        return LoginRequired()

    def _close_dialog(self) -> bool:
        """Close a dialog, never by a button that could agree to something; returns whether it went away."""
        before = self.tab.state().dialog
        if self.tab.click("dialog_close") == "absent":
            self.tab.press("Escape")
        deadline = time.monotonic() + _CLOSING
        while time.monotonic() < deadline:
            if self.tab.state().dialog != before:
                return True
            time.sleep(_STEP)
        return False


def code_in(address: str) -> str:
    """Return the name of the chat that an address of Poe is of; empty if it is another page."""
    path = urlsplit(address).path
    return unquote(path.removeprefix(_CHATS)).strip("/") if path.startswith(_CHATS) else ""


def _same(address: str, other: str) -> bool:
    return unquote(address).casefold().rstrip("/") == unquote(other).casefold().rstrip("/")
