"""The tabs between asks: kept warm, one for each ask, in a browser that is restarted after many."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.conversation import Asker, State
from bot.errors import BrowserFailed, LimitReached
from bot.poe.browser_figures import BrowserFigures
from bot.poe.web.answer.exchange import Exchange
from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.browser.tab import Tab
from bot.poe.web.page.chat_page import ChatPage, TimeLimits
from bot.poe.web.page_pool import PagePool
from sandbox.poe.sandbox import PoeSandbox
from tests.support.browser_asks import PoeBrowser
from tests.support.processes import all_gone
from tests.support.prompts import prompt_of


async def test_the_next_ask_finds_its_page_ready(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """After an answer the model's page is loaded again: the next ask sends at once, in a chat of its own; no Stop."""
    async with poe_browser.client(poe) as client:
        for number in range(2):
            async with client.stream(Asker(1, 1), "GPT-4", prompt_of(f"question {number}")) as snapshots:
                assert [snapshot async for snapshot in snapshots][-1].state is State.DONE
            await poe.wait(lambda number=number: len(poe.visits) == number + 2)
            await poe.wait(lambda: poe.listeners == 1)
    assert [visit.path for visit in poe.visits] == ["/GPT-4"] * 3
    assert [sent.text for sent in poe.ledger] == [f"question {number}" for number in range(2)]
    assert poe.ledger[0].chat_id != poe.ledger[1].chat_id
    assert poe.stops == []


async def test_the_first_ask_finds_a_warm_page(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """After a warm-up the browser runs and the model's page is loaded; the first ask sends there."""
    async with poe_browser.client(poe) as client:
        await client.warm_up("GPT-4")
        assert [visit.path for visit in poe.visits] == ["/GPT-4"]
        assert poe.ledger == []
        async with client.stream(Asker(1, 1), "GPT-4", prompt_of("first")) as snapshots:
            async for snapshot in snapshots:
                if snapshot.text:
                    assert len(poe.visits) == 1
                    break
    assert [sent.text for sent in poe.ledger] == ["first"]


async def test_a_warm_up_that_fails_costs_nothing(
    poe_browser: PoeBrowser, poe: PoeSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """If Poe can't be made ready, one line says why, and the first ask finds out for itself."""
    poe.switch("login-wall")
    async with poe_browser.client(poe) as client:
        await client.warm_up("GPT-4")
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert "can't be made ready" in caplog.text
        poe.reset()
        async with client.stream(Asker(1, 1), "GPT-4", prompt_of("first")) as snapshots:
            assert [snapshot async for snapshot in snapshots][-1].state is State.DONE


async def test_a_refusal_that_is_over_is_not_met_again(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """After a refusal the next ask loads the page itself: one kept from before would still show the refusal."""
    poe.switch("tooltip-limit")
    async with poe_browser.client(poe) as client:

        async def ask() -> State:
            async with client.stream(Asker(1, 1), "GPT-4", prompt_of("hello")) as snapshots:
                return [snapshot async for snapshot in snapshots][-1].state

        with pytest.raises(LimitReached):
            await ask()
        poe.reset()
        client.go_on()
        assert await ask() is State.DONE


async def test_no_page_is_kept_that_was_loaded_while_poe_refused(poe: PoeSandbox, tmp_path: Path) -> None:
    """A page that was being loaded for the next ask while another ask was refused may show the refusal too."""
    loading: list[Callable[[], None]] = []
    pages = PagePool(WebDriverSession(user_data_dir=str(tmp_path)), poe.url, TimeLimits(), 2, loading.append)

    def refused() -> None:
        with pages.borrow("GPT-4") as first:
            first.open("GPT-4")
        with contextlib.suppress(LimitReached), pages.borrow("GPT-4"):
            raise LimitReached
        for load in loading:
            load()

    def both() -> None:
        with pages.borrow("GPT-4") as first, pages.borrow("GPT-4") as second:
            first.open("GPT-4")
            second.open("GPT-4")

    try:
        await asyncio.to_thread(refused)
        before = len(poe.visits)
        await asyncio.to_thread(both)
        assert len(poe.visits) == before + 2
    finally:
        await asyncio.to_thread(pages.close, 5.0)


async def test_a_page_that_was_ready_while_poe_refused_is_loaded_again(poe: PoeSandbox, tmp_path: Path) -> None:
    """Until Poe answers again no page from before is used, even if it comes at once; a page that opens is no answer."""
    loading: list[Callable[[], None]] = []
    pages = PagePool(WebDriverSession(user_data_dir=str(tmp_path)), poe.url, TimeLimits(), 2, loading.append)

    def ask() -> None:
        with pages.borrow("GPT-4") as page:
            page.open("GPT-4")

    def refused() -> None:
        with pages.borrow("GPT-4"):
            ask()
            loading.pop()()
            raise LimitReached

    try:
        with pytest.raises(LimitReached):
            await asyncio.to_thread(refused)
        before = len(poe.visits)
        for looks in (1, 2):
            await asyncio.to_thread(ask)
            assert len(poe.visits) == before + looks
            await asyncio.to_thread(loading[-1])
        pages.note_answer()
        await asyncio.to_thread(ask)
        await asyncio.to_thread(loading[-1])
        await asyncio.to_thread(ask)
        assert len(poe.visits) == before + 3
    finally:
        await asyncio.to_thread(pages.close, 5.0)


async def test_a_page_from_before_the_host_slept_is_loaded_again(
    poe_browser: PoeBrowser, poe: PoeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The monotonic clock stands still while the host sleeps; the page's socket is dead after that."""
    clock, visits = time.time, list[int]()
    with ChatPage(poe_browser.session().tab(), poe.url) as page:
        for slept in (0.0, 0.0, 120.0):
            monkeypatch.setattr(time, "time", lambda slept=slept: clock() + slept)
            await asyncio.to_thread(page.open, "GPT-4")
            visits.append(len(poe.visits))
    assert visits == [1, 1, 2]


async def test_the_browser_is_renewed_after_a_while(poe: PoeSandbox, tmp_path: Path) -> None:
    """After so many asks the browser is restarted, and answers come as before."""
    session = WebDriverSession(user_data_dir=str(tmp_path))
    pages = PagePool(session, poe.url, TimeLimits(), 1, lambda warm: warm(), restart_after=2)

    def ask(prompt: str) -> str:
        with pages.borrow("GPT-4") as page:
            page.open("GPT-4")
            return list(Exchange(prompt).run(page))[-1].text

    did: list[BrowserFigures] = []
    for number in range(3):
        answer = await asyncio.to_thread(ask, f"question {number}")
        assert answer == poe.answer(poe.ledger[-1])
        did.append(pages.figures)
    await asyncio.to_thread(pages.close, 1.0)
    assert did == [BrowserFigures(1), BrowserFigures(1), BrowserFigures(1, restarts=1)]


async def test_a_browser_that_starts_while_quoth_ends_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser that is still starting when Quoth closes is ended as soon as it runs."""
    session = WebDriverSession(user_data_dir=str(tmp_path))
    pages = PagePool(session, "http://127.0.0.1", TimeLimits(), 1, lambda warm: warm())
    start = session.tab

    def tab() -> Tab:
        pages.close(0.0)
        return start()

    def ask() -> None:
        with pages.borrow("GPT-4"):
            pass

    monkeypatch.setattr(session, "tab", tab)
    with pytest.raises(BrowserFailed, match="shutting down"):
        await asyncio.to_thread(ask)
    assert session.starts == 1
    assert await all_gone(tmp_path)
