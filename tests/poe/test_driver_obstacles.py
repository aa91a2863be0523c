"""What stands before an answer: walls, challenges, dialogs, refusals (poe.md section 9(b) rows 6, 7, 14, 15, 18)."""

import pytest

from bot.errors import (
    LimitReached,
    PoeUnreachable,
)
from sandbox.poe.sandbox import PoeSandbox
from tests.support.browser_asks import LIMITS, PROMPT, PoeBrowser, received
from tests.support.poe_moods import BARRED, EXPIRING, PASSED, REFUSED


@pytest.mark.parametrize("mood", BARRED)
async def test_each_wall_has_its_own_error_and_nothing_is_sent(
    mood: str, poe_browser: PoeBrowser, poe: PoeSandbox
) -> None:
    """Each wall before the prompt has its own error, and Poe receives nothing."""
    poe.switch(mood)
    ending = await poe_browser.complete(PROMPT, EXPIRING.get(mood, LIMITS))
    assert type(ending.error) is BARRED[mood]
    assert ending.fragments == []
    assert received(poe) == ([], 0, [])


@pytest.mark.parametrize("mood", REFUSED)
async def test_a_refused_prompt_is_told_and_not_sent_again(mood: str, poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """Each refusal of a prompt has its own error; the prompt reached Poe once, and nothing was bought."""
    poe.switch(mood)
    ending = await poe_browser.complete(PROMPT)
    assert type(ending.error) is REFUSED[mood]
    assert ending.fragments == []
    assert received(poe) == ([PROMPT], 0, [])


@pytest.mark.parametrize(
    ("mood", "words", "seconds"),
    [("reached-limit", "UTC", 0), ("limit-at=5", "reset at", 0), ("limit-in=5", "in 5 hours", 5 * 3600)],
)
async def test_a_limit_says_when_it_ends_where_poe_does(
    mood: str, words: str, seconds: int, poe_browser: PoeBrowser, poe: PoeSandbox
) -> None:
    """Poe's words on when points are back are in both messages, and hours are known in seconds too."""
    poe.switch(mood)
    ending = await poe_browser.complete(PROMPT)
    error = ending.error
    assert isinstance(error, LimitReached)
    assert (ending.fragments, received(poe)) == ([], ([PROMPT], 0, []))
    assert error.lasts == seconds
    for sentence in (error.user_message, error.operator_message):
        assert words in sentence.partition("Poe says: “")[2]


@pytest.mark.parametrize("mood", PASSED)
async def test_what_passes_is_waited_for(mood: str, poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """A false logout, a challenge that clears itself and a promotion only cost a moment."""
    poe.switch(mood)
    ending = await poe_browser.complete(PROMPT)
    assert ending.error is None
    assert received(poe) == ([PROMPT], 0, [])
    assert ending.text == poe.answer(poe.ledger[0])
    assert [visit.status for visit in poe.visits] == PASSED[mood]


async def test_a_server_that_is_down_is_unreachable(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """While Poe is down the error says so, and once it is back the next ask is answered."""
    await poe.go_down()
    ending = await poe_browser.complete(PROMPT)
    assert type(ending.error) is PoeUnreachable
    await poe.come_back()
    assert (await poe_browser.complete(PROMPT)).text == poe.answer(poe.ledger[0])
    assert received(poe) == ([PROMPT], 0, [])
