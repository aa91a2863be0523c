"""Poe's chat page as a page object: the only place that knows how to use it, and the owner of every wait on it.

All methods block and belong in a thread. Selenium's errors leave here as ours.
"""

import contextlib
import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, unquote

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from bot.errors import ChallengeShown, LoginRequired, ModelUnavailable, SelectorsDrifted
from bot.poe import composer
from bot.poe.locators import LOCATORS, Locators
from bot.poe.obstacles import obstacle, unclosed
from bot.poe.tab import Look, Tab, translated

_STEP = 0.1  # seconds between two looks at a page that is not ready; provider.md names this figure
_FALSE_LOGOUTS = 2  # reloads before a logged-out page is believed (poe.md section 5)
_CLOSING = 1.0  # seconds for a dialog to go after it was closed
_COVERED = 3.0  # seconds for something that lies over Send to go away
_SCRIPT = 20.0  # seconds after which a page that does not answer a script counts as hanging


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long each step may take, in seconds.

    ``reread`` is the silence after which a page is loaded again: its socket may have died, and the answer goes on
    without it. The wait for the first text is ended by ``first_text``, for more of it by ``silence``.
    """

    load: float = 30.0
    composer: float = 20.0
    send: float = 20.0
    first_text: float = 120.0
    reread: float = 30.0
    silence: float = 90.0
    total: float = 600.0


class ChatPage:
    """A tab with Poe's chat page in it.

    Args:
        driver: the browser whose current tab is used.
        url: where Poe is; the page never leaves this origin.
        limits: how long each step may take.
        locators: where the parts of the page are.
    """

    def __init__(
        self, driver: WebDriver, url: str, limits: TimeLimits = TimeLimits(), locators: Locators = LOCATORS
    ) -> None:
        self._tab = Tab(driver, locators)
        self._url = url.rstrip("/")
        self.limits = limits
        self._address = self._url
        self._hook: str | None = None

    def __enter__(self) -> Self:
        with translated():
            self._tab.set_limits(self.limits.load, _SCRIPT)
            self._hook = self._tab.install_hook()
        return self

    def __exit__(self, *_: object) -> None:
        self._tab.leave(self._hook)

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
        self._address = f"{self._url}/{quote(handle, safe='')}"
        with translated():
            self._tab.get(self._address)
            self._await_composer(patience)

    def look(self, *, texts: bool = False) -> Look:
        """See what is on the page now; with ``texts``, what its messages say too."""
        with translated():
            return self._tab.look(texts=texts)

    def matched(self) -> dict[str, str | None]:
        """Tell which selector of each role matches now."""
        with translated():
            return self._tab.matched()

    def type_prompt(self, prompt: str) -> None:
        """Type the prompt, exactly, and see Send become ready. Nothing is sent.

        Raises:
            SelectorsDrifted: no way of typing made the page take the text.
            And what `open` raises, where something came up after the page was opened.
        """
        with translated():
            composer.type_prompt(self._tab, prompt, self.limits.composer, self._await_clear)

    def clear(self) -> None:
        """Empty the composer."""
        with translated():
            composer.clear(self._tab)

    def press_send(self) -> None:
        """Press Send, once; where something stays over it, press Enter instead. A dialog is closed first."""
        deadline = time.monotonic() + _COVERED
        with translated():
            while time.monotonic() < deadline:
                button = self._tab.part("send")
                if button is None:
                    raise SelectorsDrifted("No Send button was found on Poe's page.")
                try:
                    button.click()
                except ElementClickInterceptedException:  # not clicked at all, so that a second try can't send twice
                    if self._tab.look().dialog is not None:
                        self._dismiss()
                except StaleElementReferenceException:  # the page made its button anew: not clicked either
                    pass
                else:
                    return
                time.sleep(_STEP)
            composer.press_enter(self._tab)

    def press_stop(self, before: Look) -> bool:
        """Press Stop where it is shown and was not ``before``; returns whether it was pressed."""
        with translated():
            look = self._tab.look()
            if look.dialog is not None and self._dismiss():
                look = self._tab.look()
            if not look.answering(before):
                return False
            button = self._tab.part("stop" if look.stop else "send")  # with nothing to send, Send could do no harm
            if button is None:
                return False
            try:
                button.click()
            except (StaleElementReferenceException, ElementClickInterceptedException):
                return False
            return True

    def news(self, wait: float) -> list[dict[str, Any]]:
        """Take what the page's socket and sends brought since the last call; waits up to ``wait`` seconds for some."""
        with translated():
            return self._tab.news(wait)

    def reload(self, code: str, seen_at: str) -> None:
        """Load the page of a chat again. Where nothing tells its address, the page is left as it is.

        Args:
            code: the chat's name in Poe's URL.
            seen_at: the address at which the chat was seen; the model's own address shows no chat when loaded again.
        """
        address = f"{self._url}/chat/{quote(code, safe='')}" if code else seen_at
        with translated():
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
        return _same(self._tab.driver.current_url, address)

    def _await_clear(self, patience: float | None = None) -> None:
        """Wait until nothing stands between the page and its composer."""
        deadline = time.monotonic() + self.limits.composer
        patient_until = time.monotonic() + (patience or 0.0)
        reloads = 0
        while (found := obstacle(look := self._tab.look(), self._url)) or look.dialog is not None or not look.composer:
            waits_for_person = found in (LoginRequired, ChallengeShown) and time.monotonic() < patient_until
            if found is LoginRequired and reloads < _FALSE_LOGOUTS:
                reloads += 1
                self._tab.get(self._address)
            elif found and found is not ChallengeShown and not waits_for_person:
                raise found(f"{found.operator_message} ({self._address})")
            elif not found and look.dialog is not None and not self._dismiss():
                raise unclosed(look)
            elif time.monotonic() > deadline and not waits_for_person:
                raise (found or LoginRequired)()
            time.sleep(_STEP)

    def _dismiss(self) -> bool:
        """Close a dialog that may be closed, never by a button that could agree to something."""
        before = self._tab.look().dialog
        close = self._tab.part("dialog_close")
        with contextlib.suppress(WebDriverException):
            if close is not None:
                close.click()
            else:
                self._tab.driver.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE)
        deadline = time.monotonic() + _CLOSING
        while time.monotonic() < deadline:
            if self._tab.look().dialog != before:
                return True
            time.sleep(_STEP)
        return False


def _addressable(handle: str) -> bool:
    return bool(handle.strip(".")) and not any(c in "/\\?#%" or c.isspace() or not c.isprintable() for c in handle)


def _same(address: str, other: str) -> bool:
    return unquote(address).casefold().rstrip("/") == unquote(other).casefold().rstrip("/")
