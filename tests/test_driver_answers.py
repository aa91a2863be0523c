"""Answers that come in the end, whatever the page and its wire do meanwhile: poe.md section 9(b), in real Chromium."""

import pytest

from bot.conversation import State
from sandbox.poe.noise import OTHER_TEXT
from sandbox.poe.sandbox import PoeSandbox
from tests.driving import Way, got, letters, streamed

PROMPT = "One line 😀\n\n\tand  another, שלום: `x` <b>&amp;\nlast"
ANSWERED = (
    "novel",
    "oddities",
    "thinking",
    "empty",
    "several",
    "several=0.4",
    "slow=0.5",
    "drop",
    "missed",
    "refetch",
    "freeze=0.6",
    "text-updates",
    "long-poll",
    "no-wire",
    "quiet",
    "skin-2023",
    "hydration=0.8",
    "plain-setter",
    "localised",
    "false-logout",
    "challenge-clears=0.4",
    "promo",
)
"""Moods with which the fragments join to exactly the text on Poe's wire."""
REWRITTEN = ("image=0.2", "rewrite=0.2", "placeholder=0.2")
"""Moods in which Poe takes back what it has shown."""
REREAD = ("drop-for-good", "silent-socket")
"""Moods in which the page hears nothing more and has to be loaded again."""


@pytest.mark.parametrize("mood", ANSWERED)
async def test_an_answer_comes_exactly_and_its_prompt_went_once(mood: str, way: Way, poe: PoeSandbox) -> None:
    """What stands in the way or breaks changes nothing: one exact prompt, its exact answer, no Stop, no purchase."""
    poe.switch(mood)
    ending = await way.complete(PROMPT)
    assert ending.error is None
    assert got(poe) == ([PROMPT], 0, [])
    assert ending.text == poe.answer(poe.ledger[0])


@pytest.mark.parametrize("mood", REWRITTEN)
async def test_a_rewritten_answer_is_the_text_that_stayed(mood: str, way: Way, poe: PoeSandbox) -> None:
    """Snapshots follow what Poe shows; the last one and the whole text are the answer alone."""
    poe.switch(mood)
    async with way.client(poe) as client:
        snapshots, error = await streamed(client, PROMPT)
    assert error is None
    assert (snapshots[-1].text, snapshots[-1].state) == (poe.answer(poe.ledger[0]), State.DONE)
    whole = await way.complete(PROMPT, stream=False)
    assert whole.fragments == [poe.answer(poe.ledger[1])]
    assert got(poe) == ([PROMPT, PROMPT], 0, [])


@pytest.mark.parametrize("mood", REREAD)
async def test_an_answer_that_the_wire_lost_is_read_from_the_page(mood: str, way: Way, poe: PoeSandbox) -> None:
    """The page is loaded once more, without sending again, and what it shows then is the answer to its end."""
    poe.switch(mood)
    async with way.client(poe, reread=0.5) as client:
        snapshots, error = await streamed(client, PROMPT)
    assert error is None
    assert snapshots[-1].state is State.DONE
    assert letters(snapshots[-1].text) == letters(poe.answer(poe.ledger[0]))
    assert got(poe) == ([PROMPT], 0, [])
