"""Typing a prompt into Poe's text area, exactly: several ways in order, each verified (poe.md section 1.5)."""

import contextlib
import time
from collections.abc import Callable

from bot.errors import SelectorsDrifted
from bot.poe.web.browser.tab import PageChanged, Tab

_READY = 0.5  # seconds after typing within which Send has to become ready, in the first round of attempts
# Chromium inserts a text line by line, about 1 ms each, and takes by far longer for a long text: 4 s for 100,000.
_MANY_LINES, _LONG = 100, 20_000
_FRAME = 0.02  # seconds between two checks of the text area: about one frame of a browser


def type_prompt(tab: Tab, prompt: str, limit: float, look_around: Callable[[], None] = lambda: None) -> None:
    """Type the prompt and see Send become ready within ``limit`` seconds. Nothing is sent.

    A page that is not alive yet wipes what is typed, and its Send is dead; it is given half of the time to come alive.

    Args:
        tab: where the page is.
        prompt: the text.
        limit: seconds for all attempts together.
        look_around: called before each round of attempts; raises what stands in the way.

    Raises:
        SelectorsDrifted: no way of typing made the page take the text.
    """
    started = time.monotonic()
    ready = _READY
    strategies = [_insert, _assign, _press_keys]
    if prompt.count("\n") > _MANY_LINES or len(prompt) > _LONG:
        strategies[:2] = [_assign, _insert]
    while True:
        look_around()
        if _alive(tab) or time.monotonic() - started > limit / 2:
            for strategy in strategies:
                if _typed(tab, strategy, prompt, ready):
                    return
            ready *= 2  # a page may take its time until it offers to send
        if time.monotonic() - started > limit:
            raise SelectorsDrifted("The page did not take the typed prompt: Send never became ready.")
        time.sleep(_FRAME)


def clear(tab: Tab) -> None:
    """Empty the text area."""
    tab.script("quoth.write(locators, '')")


def _alive(tab: Tab) -> bool:
    with contextlib.suppress(PageChanged):
        clear(tab)
        deadline = time.monotonic() + _READY
        while time.monotonic() < deadline:
            if tab.look().alive:
                return True
            time.sleep(_FRAME)
    return False


def _typed(tab: Tab, strategy: Callable[[Tab, str], None], prompt: str, ready: float) -> bool:
    with contextlib.suppress(PageChanged):
        clear(tab)  # which gives it the focus too
        strategy(tab, prompt)
        deadline = time.monotonic() + ready
        while _holds(tab, prompt) and time.monotonic() < deadline:
            if tab.look().sendable:
                # And a frame later still: what is typed before the page is alive is wiped when it comes alive.
                time.sleep(_FRAME)
                return _holds(tab, prompt) and tab.look().sendable
            time.sleep(_FRAME)
    return False


def _holds(tab: Tab, prompt: str) -> bool:
    return tab.script("return quoth.holds(locators, ...given)", prompt)


def _insert(tab: Tab, prompt: str) -> None:
    tab.insert(prompt)


def _assign(tab: Tab, prompt: str) -> None:
    tab.script("quoth.write(locators, ...given)", prompt)


def _press_keys(tab: Tab, prompt: str) -> None:
    if any(ord(character) > 0xFFFF or character == "\t" for character in prompt):
        return  # ChromeDriver refuses to type these, and a tab leaves the text area
    tab.type_keys(prompt)
