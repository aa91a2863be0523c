"""Replies that Poe suggests after an answer's end, read in real Chromium (next.md section B5)."""

import pytest

from bot.conversation import Snapshot, State
from bot.poe.web.answer import exchange
from sandbox.poe.answers.answer_text import followups
from sandbox.poe.sandbox import PoeSandbox
from tests.support.browser_asks import ALICE, BOB, PROMPT, PoeBrowser, received, streamed
from tests.support.prompts import prompt_of


@pytest.mark.parametrize(
    "mood", ["quiet", "storm", "text-updates", "no-wire", "silent-socket", "skin-2023", "late-suggestions=1", "several"]
)
async def test_suggested_replies_come_after_the_end(mood: str, poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """They come with the socket's frames or from the page; the text stays the one that was complete."""
    poe.switch(mood)
    async with poe_browser.client(poe) as client:
        snapshots, error = await streamed(client, PROMPT)
    done = [snapshot for snapshot in snapshots if snapshot.state is State.DONE]
    assert error is None
    assert done[-1].suggestions == followups("GPT-4")
    assert {snapshot.text for snapshot in done} == {poe.answer(poe.ledger[0])}
    assert received(poe) == ([PROMPT], 0, [])


async def test_an_answer_without_any_ends_all_the_same(
    poe_browser: PoeBrowser, poe: PoeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some seconds no more is waited for."""
    monkeypatch.setattr(exchange, "_AFTERWARDS", 1.0)
    poe.switch("no-suggestions")
    async with poe_browser.client(poe) as client:
        snapshots, error = await streamed(client, PROMPT)
    assert (snapshots[-1], error) == (Snapshot(poe.answer(poe.ledger[0]), State.DONE), None)


async def test_the_next_ask_waits_for_no_suggestions(
    poe_browser: PoeBrowser, poe: PoeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While Poe may still suggest something, another ask takes the only page; nothing is stopped."""
    monkeypatch.setattr(exchange, "_AFTERWARDS", 3600.0)
    poe.switch("no-suggestions")
    async with poe_browser.client(poe) as client, client.stream(ALICE, "GPT-4", prompt_of("one")) as first:
        async for snapshot in first:
            if snapshot.state.final:
                break
        poe.switch("no-suggestions", on=False)
        snapshots, error = await streamed(client, "two", asker=BOB)
        assert error is None
        assert snapshots[-1].suggestions
        assert [snapshot async for snapshot in first] == []
    assert received(poe) == (["one", "two"], 0, [])
