"""The asynchronous client with a real browser: at the same time, while waiting, and when a page hangs."""

import asyncio
import socket
from pathlib import Path

import pytest

from bot.conversation import Asker, Snapshot, State
from bot.poe.client import PoeClient
from bot.poe.schedule import Rules
from bot.poe.web.backend import WebBackend
from bot.poe.web.browser.session import WebDriverSession
from sandbox.poe.answers import steps
from sandbox.poe.answers.steps import Type
from sandbox.poe.handles import CONTRACT
from sandbox.poe.sandbox import PoeSandbox
from tests.support.browser_asks import PoeBrowser
from tests.support.processes import all_gone
from tests.support.prompts import prompt_of

ALICE, BOB = Asker(1, 1), Asker(1, 2)
FAST = Rules(gap=0.0, hourly=0)


async def test_a_page_that_hangs_holds_up_no_shutdown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When Poe accepts the connection and never answers, the client still closes in seconds."""
    monkeypatch.setattr("bot.poe.web.backend._CLOSING", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        asking = asyncio.Event()
        async with asyncio.timeout(20.0):  # a page may take 30 s to load
            async with PoeClient(WebBackend(url, WebDriverSession(user_data_dir=str(tmp_path)), FAST)) as client:
                leaving = asyncio.create_task(_leave(client, asking))
                await asking.wait()
            await leaving
    assert await all_gone(tmp_path)


async def _leave(client: PoeClient, asking: asyncio.Event) -> None:
    async with client.stream(ALICE, "GPT-4", prompt_of("hi")) as snapshots:
        await anext(snapshots)
        asking.set()


async def test_asks_at_once_never_get_each_other_s_answers(poe: PoeSandbox, tmp_path: Path) -> None:
    """Four asks with the same words at once, in a tab each: each gets the answer of its own model, whole."""
    answers = {handle: f"{handle} says: " + f"{handle} 🎐\n\n" * 20 for handle in CONTRACT[:4]}
    for handle, text in answers.items():
        poe.script(handle, [Type(text), steps.State("complete")])

    async def ask(client: PoeClient, handle: str) -> Snapshot:
        async with client.stream(ALICE, handle, prompt_of("the same words")) as snapshots:
            return [snapshot async for snapshot in snapshots][-1]

    rules = Rules(concurrency=4, gap=0.0, hourly=0)
    async with PoeClient(WebBackend(poe.url, WebDriverSession(user_data_dir=str(tmp_path)), rules)) as client:
        last = await asyncio.gather(*(ask(client, handle) for handle in answers))
    assert [snapshot.text for snapshot in last] == list(answers.values())
    assert {snapshot.state for snapshot in last} == {State.DONE}
    assert sorted(sent.handle for sent in poe.ledger) == sorted(answers)
    assert await all_gone(tmp_path)


async def test_who_gives_up_waiting_sends_nothing(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """An ask that is left while it waits never reaches Poe, and the one before it is not disturbed."""
    async with poe_browser.client(poe) as client, client.stream(ALICE, "GPT-4", prompt_of("the first")) as first:
        assert (await anext(first)).state is State.ASKING
        async with client.stream(BOB, "GPT-4", prompt_of("the second")) as second:
            waiting = await anext(second)
            assert (waiting.state, waiting.ahead) == (State.QUEUED, 1)
        last = [snapshot async for snapshot in first][-1]
    assert (last.state, last.text) == (State.DONE, poe.answer(poe.ledger[0]))
    assert [sent.text for sent in poe.ledger] == ["the first"]
    assert poe.stops == []
