"""Types a prompt into Poe's text area, exactly: tries several ways in order and verifies each (poe.md section 1.5)."""

import contextlib
import re
import time
from collections.abc import Callable, Sequence

from bot.conversation import PromptFile
from bot.errors import SelectorsDrifted, UploadRefused
from bot.i18n.translate import later
from bot.poe.web.browser.tab import PageChanged, Tab

_READY = 0.5  # seconds for Send to become ready after typing, in the first round of attempts
# Chromium inserts a text line by line, about 1 ms each, and takes 4 s for 100,000 characters.
_MANY_LINES, _LONG = 100, 20_000
_MENTION = re.compile(r"(?<!\w)@(?=[A-Za-z0-9])")
_NO_FILES = later("This model takes no files on Poe.")
_SLOW = later("Poe took too long to accept a file. Try again later.")
_FRAME = 0.02  # seconds between two checks of the text area: about one frame of a browser


def without_mentions(prompt: str) -> str:
    """Return a prompt in which Poe's page finds no mention of another bot, which would answer too (poe.md 3.5).

    A space after the sign ends a mention. It is not an invisible character, which models would copy into code.
    """
    return _MENTION.sub("@ ", prompt)


def attach(tab: Tab, files: Sequence[PromptFile], limit: float) -> None:
    """Attach files and see that the page has uploaded them (next.md section B1). Nothing is sent.

    Args:
        tab: the tab with the page, which is hydrated: before, it would lose the files.
        files: the files.
        limit: seconds for all uploads, and a third of that for the previews to come.

    Raises:
        UploadRefused: the page has no place for files, or did not take these.
    """
    if not tab.attach(files):
        raise UploadRefused("Poe's page takes no files for this model.", sentence=_NO_FILES)
    started, most = time.monotonic(), 0
    while True:
        count, busy = tab.previews()
        if count >= len(files) and not busy:
            return
        most = max(most, count)
        waited = time.monotonic() - started
        if count < most:
            raise UploadRefused("Poe's page dropped a file that was attached.")
        if waited > limit or (count < len(files) and waited > limit / 3):
            raise UploadRefused("Poe's page did not take the files in time.", sentence=_SLOW if busy else None)
        time.sleep(_FRAME)


def type_prompt(tab: Tab, prompt: str, limit: float, check: Callable[[], None] = lambda: None) -> None:
    """Type the prompt and see Send become ready within ``limit`` seconds. Nothing is sent.

    A page that is not hydrated yet loses what is typed, and its Send does nothing, so half of the time is spent on
    waiting for hydration.

    Args:
        tab: the tab with the page.
        prompt: the text.
        limit: seconds for all attempts together.
        check: called before each round of attempts; raises an error if something is in the way.

    Raises:
        SelectorsDrifted: no way of typing made the page take the text.
    """
    started = time.monotonic()
    ready = _READY
    ways = [_insert, _assign, _press_keys]
    if prompt.count("\n") > _MANY_LINES or len(prompt) > _LONG:
        ways[:2] = [_assign, _insert]
    while True:
        check()
        if _clear_until_hydrated(tab) or time.monotonic() - started > limit / 2:
            for way in ways:
                if _try_to_type(tab, way, prompt, ready):
                    return
            ready *= 2  # on a slow page Send takes longer to become ready
        if time.monotonic() - started > limit:
            raise SelectorsDrifted("Poe's page didn't accept the typed prompt: Send never became available.")
        time.sleep(_FRAME)


def clear(tab: Tab) -> None:
    """Empty the text area."""
    tab.script("quoth.write(locators, '')")


def _clear_until_hydrated(tab: Tab) -> bool:
    """Empty the text area and wait shortly for the page's scripts to react; returns whether they did."""
    with contextlib.suppress(PageChanged):
        clear(tab)
        deadline = time.monotonic() + _READY
        while time.monotonic() < deadline:
            if tab.state().hydrated:
                return True
            time.sleep(_FRAME)
    return False


def _try_to_type(tab: Tab, way: Callable[[Tab, str], None], prompt: str, ready: float) -> bool:
    """Type in one way; returns whether the text area then holds the prompt and Send is ready."""
    with contextlib.suppress(PageChanged):
        clear(tab)  # gives it the focus too
        way(tab, prompt)
        deadline = time.monotonic() + ready
        while _holds(tab, prompt) and time.monotonic() < deadline:
            if tab.state().sendable:
                # Hydration wipes what was typed before it, so check again a frame later.
                time.sleep(_FRAME)
                return _holds(tab, prompt) and tab.state().sendable
            time.sleep(_FRAME)
    return False


def _holds(tab: Tab, prompt: str) -> bool:
    return tab.script("return quoth.holds(locators, ...given)", prompt)


def _insert(tab: Tab, prompt: str) -> None:
    tab.insert_text(prompt)


def _assign(tab: Tab, prompt: str) -> None:
    tab.script("quoth.write(locators, ...given)", prompt)


def _press_keys(tab: Tab, prompt: str) -> None:
    if any(ord(character) > 0xFFFF or character == "\t" for character in prompt):
        return  # ChromeDriver refuses such characters, and a tab key leaves the text area
    tab.type_keys(prompt)
