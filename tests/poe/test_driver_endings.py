"""Answers that end early, and limits of time, in real Chromium (poe.md section 9(b) rows 12, 14, 17 and 18)."""

import asyncio
from dataclasses import replace
from itertools import chain

import pytest

from bot.errors import (
    AnswerCancelled,
    AnswerFailed,
    AnswerStalled,
    LimitReached,
    PoeUnreachable,
    PromptTooLong,
    QuothError,
)
from bot.poe.schedule import Rules
from bot.poe.web.answer import exchange
from bot.poe.web.page.chat_page import TimeLimits
from sandbox.poe.moods.catalogue import BY_NAME, MOODS
from sandbox.poe.sandbox import PoeSandbox
from tests.support.browser_asks import ALICE, BOB, LIMITS, PROMPT, PoeBrowser, received, streamed
from tests.support.poe_moods import ANSWERED, BARRED, MOODS_OF_PAGES, PASSED, REFUSED, REREAD, REWRITTEN
from tests.support.prompts import prompt_of

ENDED: dict[str, tuple[type[QuothError], TimeLimits]] = {
    "stall=60": (AnswerStalled, replace(LIMITS, silence=1.0)),
    "slow=60": (AnswerStalled, replace(LIMITS, first_text=1.5)),
    "error": (AnswerFailed, LIMITS),
    "error=0": (AnswerFailed, LIMITS),
    "too-long": (PromptTooLong, LIMITS),
    "insufficient-fund": (LimitReached, LIMITS),
    "cancelled": (AnswerCancelled, LIMITS),
    "cancelled=0": (AnswerCancelled, LIMITS),
}
"""Moods with which an answer ends early, with the error that tells it and the limit that is to expire, if one is."""
ELSEWHERE = (
    *("drowsy", "rate-guard", "hung-tab", "placeholder", "reached-limit", "limit-at", "limit-in"),
    "skin-2026",  # the usual page
    *(mood.name for mood in MOODS if mood.row == 20),  # of the official API
)
"""Moods that have a test of their own, or need none here."""


@pytest.mark.parametrize("mood", ENDED)
async def test_an_answer_that_ends_early_keeps_its_text(mood: str, poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """The text so far comes before the error; Stop is pressed only where the answer would go on."""
    poe.switch(mood)
    expected, limits = ENDED[mood]
    ending = await poe_browser.complete(PROMPT, limits)
    assert type(ending.error) is expected
    assert received(poe) == ([PROMPT], int(limits is not LIMITS), [])
    assert ending.text == poe.answer(poe.ledger[0])


async def test_an_endless_answer_ends_at_the_total_limit(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """An answer that never ends is stopped when its time is over, and its text is kept."""
    poe.tempo.speed = 40.0
    ending = await poe_browser.complete(PROMPT, total=1.5)
    assert type(ending.error) is AnswerStalled
    assert received(poe) == ([PROMPT], 1, [])
    assert ending.text
    assert poe.answer(poe.ledger[0]).startswith(ending.text)


async def test_a_server_that_restarts_costs_nothing(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """When Poe restarts in the middle of an answer, the text is complete and was asked for once."""
    poe.tempo.speed = 500.0
    asking = asyncio.create_task(poe_browser.complete(PROMPT, reread=1.0))
    await poe.wait(lambda: poe.ledger and len(poe.answer(poe.ledger[0])) > 100)
    await poe.go_down()
    await poe.come_back()
    ending = await asking
    assert (ending.error, ending.text) == (None, poe.answer(poe.ledger[0]))
    assert received(poe) == ([PROMPT], 0, [])


async def test_a_server_that_stays_away_ends_the_ask_with_what_came(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """When Poe does not come back the ask ends with its own error after the text so far."""
    poe.switch("stall=200")
    async with (
        poe_browser.client(poe, reread=0.5, silence=2.0) as client,
        client.stream(ALICE, "GPT-4", prompt_of(PROMPT)) as snapshots,
    ):
        while len((snapshot := await anext(snapshots)).text) < 200:
            pass
        await poe.go_down()
        with pytest.raises((PoeUnreachable, AnswerStalled)):
            await anext(snapshots)
    assert snapshot.text == poe.answer(poe.ledger[0])
    assert received(poe) == ([PROMPT], 0, [])


async def test_the_rate_guard_s_silence_is_told(
    poe_browser: PoeBrowser, poe: PoeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When Poe accepts a prompt and never answers, the ask ends at its limit and is not sent again."""
    monkeypatch.setattr(exchange, "_STOPPING", 0.5)  # Poe never confirms the Stop
    poe.switch("rate-guard=60")
    first = await poe_browser.complete(PROMPT)
    second = await poe_browser.complete(PROMPT, first_text=1.0)
    await poe.wait(lambda: len(poe.ledger) == 2)
    assert (first.error, first.text) == (None, poe.answer(poe.ledger[0]))
    assert (type(second.error), second.fragments) == (AnswerStalled, [])
    assert poe.banned
    assert received(poe) == ([PROMPT, PROMPT], 0, [])


async def test_the_account_is_used_at_the_pace_that_was_set(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """Two sends are at least one gap apart, even if the first page took long to load."""
    poe.switch("rate-guard=0.6")
    poe.switch("hydration=0.8")
    async with poe_browser.client(poe, Rules(gap=1.0, hourly=0)) as client:
        asking = [asyncio.create_task(streamed(client, PROMPT, asker=asker)) for asker in (ALICE, BOB)]
        await poe.wait(lambda: poe.ledger)
        poe.switch("hydration", on=False)
        answers = [(await ask)[0][-1].text for ask in asking]
    assert answers == [poe.answer(sent) for sent in poe.ledger]
    assert not poe.banned
    assert not any(sent.overlaps for sent in poe.ledger)


def test_every_mood_of_the_sandbox_has_its_test() -> None:
    """Every mood of the stand-in is met by a test of the driver."""
    tested = (*ANSWERED, *REWRITTEN, *REREAD, *chain(*MOODS_OF_PAGES), *BARRED, *REFUSED, *PASSED, *ENDED, *ELSEWHERE)
    assert {word.partition("=")[0] for word in tested} == set(BY_NAME)
