"""The page as the driver finds it: skins, hydration, composers, handles (poe.md section 9(b) rows 1 to 5, 8 and 16)."""

import asyncio
import json
import threading
from typing import Any

import pytest
from selenium.common.exceptions import WebDriverException

from bot.conversation import State
from bot.errors import ModelUnavailable
from bot.poe.web.browser.session import WebDriverSession
from sandbox.poe.sandbox import PoeSandbox
from tests.support.browser_asks import ALICE, PROMPT, PoeBrowser, letters, received, streamed
from tests.support.poe_moods import MOODS_OF_PAGES
from tests.support.prompts import prompt_of


@pytest.mark.parametrize("moods", MOODS_OF_PAGES, ids=" ".join)
async def test_an_answer_comes_exactly_on_any_page(
    moods: tuple[str, ...], poe_browser: PoeBrowser, poe: PoeSandbox
) -> None:
    """Old classes, foreign labels, a slow start or a lenient text area change neither prompt nor answer."""
    for mood in moods:
        poe.switch(mood)
    ending = await poe_browser.complete(PROMPT)
    assert ending.error is None
    assert received(poe) == ([PROMPT], 0, [])
    assert ending.text == poe.answer(poe.ledger[0])


@pytest.mark.parametrize("mood", ["skin-2023", "localised"])
async def test_leaving_early_presses_the_page_s_stop_once(mood: str, poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """Whatever Stop is called on this page, leaving presses it once, and nothing else."""
    poe.switch(mood)
    poe.switch("stall=60")
    async with poe_browser.client(poe) as client:
        async with client.stream(ALICE, "GPT-4", prompt_of(PROMPT)) as snapshots:
            async for snapshot in snapshots:
                if snapshot.text:
                    break
        assert received(poe) == ([PROMPT], 1, [])
        assert await poe.wait(lambda: poe.state(poe.ledger[0]) == "cancelled")


async def test_stop_is_pressed_before_the_first_word_too(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """Leaving before the first word presses Stop too."""
    poe.switch("slow=60")
    async with poe_browser.client(poe) as client:
        async with client.stream(ALICE, "GPT-4", prompt_of(PROMPT)):
            await poe.wait(lambda: poe.ledger and poe.messages(poe.ledger[0]))
        assert received(poe) == ([PROMPT], 1, [])


async def test_who_leaves_before_the_prompt_is_typed_sends_nothing(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """Leaving while the page loads sends nothing."""
    poe.switch("hydration=0.8")
    async with poe_browser.client(poe) as client:
        async with client.stream(ALICE, "GPT-4", prompt_of(PROMPT)):
            await poe.wait(lambda: poe.visits)
        assert received(poe) == ([], 0, [])


async def test_who_leaves_while_the_prompt_is_typed_sends_nothing(
    browser: WebDriverSession, poe_browser: PoeBrowser, poe: PoeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leaving while the prompt is typed sends nothing, although the text is in the composer."""
    loop, typed, left = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    execute = browser.driver.execute

    def held_up(command: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        if "a zebra" in json.dumps(params or {}, default=str):
            loop.call_soon_threadsafe(typed.set)
            left.wait(20.0)
        return execute(command, params)

    async def leave() -> None:
        async with client.stream(ALICE, "GPT-4", prompt_of("a zebra\nand more")):
            await typed.wait()

    monkeypatch.setattr(browser.driver, "execute", held_up)
    async with poe_browser.client(poe) as client:
        leaving = asyncio.create_task(leave())
        await typed.wait()
        await asyncio.sleep(0)  # the first to wait leaves first
        left.set()
        await leaving
        assert received(poe) == ([], 0, [])


@pytest.fixture
def no_devtools(browser: WebDriverSession, poe_browser: PoeBrowser, monkeypatch: pytest.MonkeyPatch) -> PoeBrowser:
    """A browser without DevTools, such as Firefox: no hook before the page's scripts, and no insertText."""

    def refuse(*_: object) -> None:
        raise WebDriverException("unknown command")

    monkeypatch.setattr(browser.driver, "execute_cdp_cmd", refuse)
    return poe_browser


@pytest.mark.parametrize(
    ("mood", "prompt"),
    [
        ("plain-setter", PROMPT),
        ("skin-2023", "typed by keys:\nשלום and a line\n\nlast"),
        ("quiet", PROMPT),
    ],
)
async def test_a_browser_without_devtools_is_read_by_its_page(
    mood: str, prompt: str, no_devtools: PoeBrowser, poe: PoeSandbox
) -> None:
    """Without DevTools the prompt is as exact, and the answer is read from the page."""
    poe.switch(mood)
    async with no_devtools.client(poe) as client:
        snapshots, error = await streamed(client, prompt)
    assert error is None
    assert snapshots[-1].state is State.DONE
    assert letters(snapshots[-1].text) == letters(poe.answer(poe.ledger[0]))
    assert received(poe) == ([prompt], 0, [])


async def test_a_handle_is_asked_in_any_case(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """Poe's addresses ignore case, and a handle may have a dot."""
    handle = "CLAUDE-SONNET-4.5"
    ending = await poe_browser.ask(poe.url, handle, PROMPT)
    assert (ending.error, ending.text) == (None, poe.answer(poe.ledger[0]))
    assert poe.ledger[0].handle.casefold() == handle.casefold()
    assert [visit.path for visit in poe.visits] == [f"/{handle}"]


async def test_a_handle_that_poe_has_not_is_unavailable(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """Poe's page for an unknown name is recognised at once; nothing is typed there."""
    ending = await poe_browser.ask(poe.url, "No-Such-Bot", PROMPT)
    assert isinstance(ending.error, ModelUnavailable)
    assert received(poe) == ([], 0, [])
    assert [visit.status for visit in poe.visits] == [404]


async def test_a_lent_browser_is_left_alone_by_a_closed_client(
    browser: WebDriverSession, poe_browser: PoeBrowser, poe: PoeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed client leaves no thread, no setting and no hook in a browser that was passed in."""
    driver: Any = browser.driver
    execute, limits, late = driver.execute, driver.timeouts.script, list[str]()

    def noted(command: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        late.append(command)
        return execute(command, params)

    async with poe_browser.client(poe) as client:
        await streamed(client, PROMPT)
    monkeypatch.setattr(driver, "execute", noted)
    for thread in threading.enumerate():
        if thread.name.startswith("poe"):
            await asyncio.to_thread(thread.join)
    monkeypatch.undo()
    assert late == []
    assert driver.timeouts.script == limits
    driver.get("about:blank")
    assert driver.execute_script("return typeof window.__quoth") == "undefined"
