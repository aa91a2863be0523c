"""Answers in real Chromium, whatever Poe's socket does meanwhile (poe.md section 9(b) rows 9 to 13)."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.conversation import State
from bot.poe.web.answer.assembler import Answer
from sandbox.poe.answers.steps import Drop, Hold, Inner, NextMessage, Pause, Raw, Silence, Text
from sandbox.poe.answers.steps import State as Becomes
from sandbox.poe.records import Sent
from sandbox.poe.sandbox import PoeSandbox
from sandbox.poe.wire import frames
from sandbox.poe.wire.noise import OTHER_TEXT
from tests.support.browser_asks import PROMPT, PoeBrowser, letters, received, streamed
from tests.support.poe_moods import ANSWERED, REREAD, REWRITTEN


@pytest.mark.parametrize("mood", ANSWERED)
async def test_an_answer_comes_exactly_and_its_prompt_went_once(
    mood: str, poe_browser: PoeBrowser, poe: PoeSandbox
) -> None:
    """However frames arrive or get lost: one exact prompt, its exact answer, no Stop, no purchase."""
    poe.switch(mood)
    ending = await poe_browser.complete(PROMPT)
    await poe.wait(lambda: not poe.running)  # else what the site has would be no more than what was read
    assert ending.error is None
    assert received(poe) == ([PROMPT], 0, [])
    assert ending.text == poe.answer(poe.ledger[0])


async def test_a_page_that_sleeps_in_the_background_is_woken_and_kept_awake(poe: PoeSandbox, tmp_path: Path) -> None:
    """A tab whose socket fell silent in the background is brought to the front and kept awake."""
    poe.switch("drowsy")
    later = [step for end in range(3, 8) for step in (Text("One two three"[: 2 * end - 1]), Pause(0.3))]
    script = poe.script("GPT-4", [Text("One"), Hold(), *later, Becomes("complete")])
    async with PoeBrowser(user_data_dir=str(tmp_path)).client(poe) as client:
        asking = asyncio.create_task(streamed(client, PROMPT))
        await poe.wait(lambda: script.waiting and not poe.listeners)
        await poe.wait(lambda: poe.listeners)
        awake = len(poe.trace)
        script.release()
        snapshots, error = await asking
    assert (snapshots[-1].text, snapshots[-1].state, error) == ("One two three", State.DONE, None)
    assert received(poe) == ([PROMPT], 0, [])
    assert all(frame.listeners for frame in poe.trace[awake:])


@pytest.mark.parametrize("mood", REWRITTEN)
async def test_a_rewritten_answer_is_the_text_that_stayed(mood: str, poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """When Poe rewrites its text the last snapshot is the final text alone."""
    poe.switch(mood)
    async with poe_browser.client(poe) as client:
        snapshots, error = await streamed(client, PROMPT)
    assert error is None
    assert (snapshots[-1].text, snapshots[-1].state) == (poe.answer(poe.ledger[0]), State.DONE)
    assert not any(OTHER_TEXT[:12] in snapshot.text for snapshot in snapshots)
    assert received(poe) == ([PROMPT], 0, [])


async def test_a_whole_answer_holds_nothing_that_was_taken_back(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """Without streaming, the answer contains nothing that Poe replaced on the way."""
    poe.switch("rewrite=0.1")
    ending = await poe_browser.complete(PROMPT, stream=False)
    assert ending.fragments == [poe.answer(poe.ledger[0])]


@pytest.mark.parametrize("mood", REREAD)
async def test_an_answer_that_the_wire_lost_is_read_from_the_page(
    mood: str, poe_browser: PoeBrowser, poe: PoeSandbox
) -> None:
    """After lost frames the page is loaded once more, without sending again, and read to the end."""
    poe.switch(mood)
    async with poe_browser.client(poe, reread=1.5) as client:
        snapshots, error = await streamed(client, PROMPT)
    assert error is None
    assert snapshots[-1].state is State.DONE
    assert letters(snapshots[-1].text) == letters(poe.answer(poe.ledger[0]))
    assert received(poe) == ([PROMPT], 0, [])
    chats = [visit.path for visit in poe.visits if visit.path.startswith("/chat/")]
    assert chats == [f"/chat/{poe.ledger[0].chat_code}"]


SLOW_CONNECTION = """
const fetchNow = window.fetch;
window.fetch = async (...given) => {
  const slow = given[0] === "/api/settings" && location.pathname.startsWith("/chat/");
  if (slow) await new Promise((done) => setTimeout(done, 100));
  return fetchNow(...given);
};"""


async def test_what_a_page_that_was_loaded_again_hears_is_waited_for(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """Such a page shows the answer before it is connected: the raw text, which comes then, is given."""
    driver: Any = poe_browser.webdriver
    script = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": SLOW_CONNECTION})
    poe.switch("silent-socket")
    try:
        async with poe_browser.client(poe, reread=2.5) as client:
            snapshots, error = await streamed(client, PROMPT)
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    assert error is None
    assert snapshots[-1].text == poe.answer(poe.ledger[0])


async def test_a_socket_that_the_page_saw_close_is_not_waited_for(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """Without a new socket the page is loaded again soon, long before a silence would be the reason."""
    poe.switch("drop-for-good")
    poe.tempo.speed = 500.0  # characters a second: the answer outlasts the wait for a new socket
    async with poe_browser.client(poe, reread=60.0, reconnect=0.5) as client:
        snapshots, error = await streamed(client, PROMPT)
    assert (error, letters(snapshots[-1].text)) == (None, letters(poe.answer(poe.ledger[0])))
    assert [visit.path for visit in poe.visits].count(f"/chat/{poe.ledger[0].chat_code}") == 1
    assert received(poe) == ([PROMPT], 0, [])


async def test_a_page_that_makes_a_new_socket_is_left_alone(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """A page that helps itself is not loaded again, although nothing comes for a while."""
    poe.script("GPT-4", [Text("One"), Drop(), Pause(2.5), Text("One two"), Becomes("complete")])
    async with poe_browser.client(poe, reread=60.0, reconnect=1.0) as client:
        snapshots, error = await streamed(client, PROMPT)
    assert (error, snapshots[-1].text) == (None, "One two")
    assert not [visit.path for visit in poe.visits if visit.path.startswith("/chat/")]


@pytest.mark.parametrize(
    ("prompt", "sent"),
    [
        ("@Claude-Opus-4.5 hello", "@ Claude-Opus-4.5 hello"),
        ("ask @o3,(@GPT-4) too", "ask @ o3,(@ GPT-4) too"),
        ("ada@example.com, @ home, @@ -1 @@ and @Вася", "ada@example.com, @ home, @@ -1 @@ and @Вася"),
    ],
)
async def test_no_other_bot_is_mentioned(prompt: str, sent: str, poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """A handle after an @ would make Poe let that bot answer too, so it reaches Poe with a space between."""
    ending = await poe_browser.complete(prompt)
    assert (ending.error, ending.text) == (None, poe.answer(poe.ledger[0]))
    assert received(poe) == ([sent], 0, [])


async def test_what_the_wire_lost_of_an_earlier_message_is_read_from_the_page(
    poe_browser: PoeBrowser, poe: PoeSandbox
) -> None:
    """Each message of an answer is as complete as the fuller of socket and page."""
    script = poe.script(
        "GPT-4",
        [
            Text("Searched the sand"),
            Silence(),
            Text("Searched the sandbox."),
            Becomes("complete"),
            NextMessage(),
            Hold(),
            Text("There is **nothing** in it."),
            Becomes("complete"),
        ],
    )
    async with poe_browser.client(poe, reread=1.0) as client:
        asking = asyncio.create_task(streamed(client, PROMPT))
        await poe.wait(lambda: script.waiting and poe.visits[-1].path.startswith("/chat/") and poe.listeners)
        script.release()
        snapshots, error = await asking
    assert (error, snapshots[-1].text) == (None, poe.answer(poe.ledger[0]))


async def test_a_message_of_which_the_wire_never_told_is_read_from_the_page(
    poe_browser: PoeBrowser, poe: PoeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that only the page shows is in the answer, in its place."""

    def unheard(_: Answer, __: str) -> bool:
        return False

    monkeypatch.setattr(Answer, "reread", unheard)
    first = [Silence(), Text("Searched the sandbox."), Becomes("complete")]
    second = [NextMessage(), Hold(), Text("There is **nothing** in it."), Becomes("complete")]
    script = poe.script("GPT-4", [*first, *second])
    async with poe_browser.client(poe, reread=1.0) as client:
        asking = asyncio.create_task(streamed(client, PROMPT))
        await poe.wait(lambda: script.waiting and poe.visits[-1].path.startswith("/chat/") and poe.listeners)
        script.release()
        snapshots, error = await asking
    assert (error, snapshots[-1].text) == (None, poe.answer(poe.ledger[0]))


async def test_a_placeholder_is_never_taken_for_text(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """Dots and "Thinking..." are placeholders (poe.md sections 1.4 and 8): no fragment has them."""
    poe.switch("placeholder=0.2")
    ending = await poe_browser.complete(PROMPT)
    assert ending.text == poe.answer(poe.ledger[0])


def _stranger(text: str, state: str, handle: str | None) -> Callable[[Sent], str]:
    """Return a frame of another tab that asks the same at the same time, in its own chat, with greater numbers."""

    def frame(sent: Sent) -> str:
        chat, message = (sent.chat_id or 0) + 1, sent.bot_ids[-1] + (2 if handle else 1)
        inner = frames.other_chat_message(chat, message, handle, text or sent.text, state, 0)
        return json.dumps({"messages": [json.dumps(inner)]})

    return frame


def _ours(text: str, state: str) -> Inner:
    """Return a step that updates our own message under an unknown name."""

    def inner(sent: Sent) -> frames.Inner:
        return frames.update(
            "messageSomethingNew", sent.chat_id or 0, {"messageId": sent.bot_ids[-1], "text": text, "state": state}
        )

    return Inner(inner)


NOT_NEWS = (
    '{"type": "pong"}',
    '{"error": "something_unheard_of"}',
    "not JSON at all {",
    "[]",
    "null",
    '{"messages": null, "min_seq": 1}',
    '{"messages": ["", "null", "3", "[]", "{}"], "min_seq": 2}',
    json.dumps({"messages": [json.dumps(frames.update("messageAdded", 1, None))]}),
    json.dumps({"messages": [json.dumps({"message_type": "subscriptionUpdate", "payload": {"data": None}})]}),
    json.dumps({"messages": ["[" * 5000]}),
)


async def test_only_our_own_message_counts_and_nothing_else_disturbs(poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """Strange frames are passed over, the same prompt in another chat is another ask, and an unknown name still counts.

    What follows the end is no new beginning.
    """
    answer = "## Ours\n\nfrom its first word to its last"
    steps = [
        Raw(_stranger("", "complete", None)),
        Raw(_stranger(OTHER_TEXT, "complete", "GPT-4")),
        *(Raw(frame) for frame in NOT_NEWS),
        _ours(answer[:12], "incomplete"),
        Raw(_stranger(OTHER_TEXT * 3, "incomplete", "GPT-4")),
        Text(answer[:24]),
        *(Raw(frame) for frame in NOT_NEWS),
        Text(answer),
        Raw(_stranger(OTHER_TEXT * 4, "error_internal", "GPT-4")),
        Becomes("complete"),
        Raw(_stranger(OTHER_TEXT * 5, "cancelled", "GPT-4")),
    ]
    poe.script("GPT-4", steps)
    async with poe_browser.client(poe) as client:
        snapshots, error = await streamed(client, PROMPT)
    assert error is None
    assert (snapshots[-1].text, snapshots[-1].state) == (answer, State.DONE)
    assert all(answer.startswith(snapshot.text) for snapshot in snapshots)
    assert received(poe) == ([PROMPT], 0, [])
