"""Frames of the page's socket leave the browser whole and in order; of long texts only the changes are passed on."""

import json
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.browser.webdriver_tab import WebDriverTab
from bot.poe.web.page.locators import LOCATORS

HEAR = """
const socket = new WebSocket("ws://127.0.0.1:9");
for (const data of given[0]) socket.dispatchEvent(new MessageEvent("message", { data }));
"""
TOLD = "window.__quoth.wait('', 0, 5000).then((recorded) => arguments[0](JSON.stringify(recorded.events)))"


@pytest.fixture
def tab(browser: WebDriverSession) -> Generator[WebDriverTab]:
    """A tab on no page, with the hook in it."""
    driver: Any = browser.driver
    driver.get("about:blank")
    tab = WebDriverTab(driver)
    tab.prepare(LOCATORS, 20.0, 20.0)
    yield tab
    tab.leave()


def frame(text: str, number: int, state: str = "incomplete", *, raw: bool = False) -> str:
    """Return a frame in Poe's format: the text twice, in JSON within JSON."""
    node = {"messageId": 7, "state": state, "text": text, "author": "beaver", "linkifiedText": text, "vote": None}
    inner = {"payload": {"unique_id": "messageAdded:5", "data": {"messageAdded": node}}}
    return json.dumps({"messages": [json.dumps(inner, ensure_ascii=not raw)], "min_seq": number}, ensure_ascii=not raw)


def heard(tab: WebDriverTab, frames: list[str]) -> list[Any]:
    """Return what leaves the browser when the page's socket receives these frames."""
    tab.script(HEAR, frames)
    return [item["data"] for item in tab.events(5.0) if item["kind"] == "frame"]


def read(frame: Any) -> Any:
    """Return a frame, passed on as it was or parsed already, with its messages parsed."""
    envelope: Any = json.loads(frame) if isinstance(frame, str) else frame
    messages = [json.loads(one) if isinstance(one, str) else one for one in envelope["messages"]]
    return envelope | {"messages": messages}


PIECES = st.sampled_from(["word ", "😀", "😁", "\n\n", '"quoted" \\', "שלום", "ab" * 40, "x" * 1500, "\U0001f9d1‍🚀"])
CHANGES = st.tuples(PIECES, st.sampled_from(["grows", "grows", "grows", "is cut", "begins anew", "is inserted"]))


@given(changes=st.lists(CHANGES, min_size=2, max_size=12), raw=st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_frame_comes_out_as_it_went_in(tab: WebDriverTab, changes: list[tuple[str, str]], raw: bool) -> None:
    """However a text changes from one frame to the next, each is read to the character."""
    text, frames = "The beginning 😀 of a long text. " * 70, list[str]()
    for number, (piece, change) in enumerate(changes):
        text = {
            "grows": text + piece,
            "is cut": text[: len(text) - len(piece)],
            "begins anew": piece * 40,
            "is inserted": text[:1000] + piece + text[1000:],
        }[change]
        frames.append(frame(text, number, "complete" if number % 5 == 4 else "incomplete", raw=raw))
    assert [read(one) for one in heard(tab, frames)] == [read(one) for one in frames]


@pytest.mark.parametrize("raw", [False, True], ids=["escaped", "raw"])
def test_of_a_long_text_only_what_is_new_is_told(tab: WebDriverTab, browser: WebDriverSession, raw: bool) -> None:
    """Of a text of 100,000 characters, twice in each frame, only the change leaves the browser."""
    text = "Eleven lemons “in” the fog 😀.\n" * 3500
    grown = [(text + "and on " * number, "incomplete") for number in range(5)]
    frames = [
        frame(text, 900 + n, state, raw=raw) for n, (text, state) in enumerate([*grown, (grown[-1][0], "complete")])
    ]
    tab.script(HEAR, frames)
    driver: Any = browser.driver
    told = [item for item in json.loads(driver.execute_async_script(TOLD)) if item["kind"] == "frame"]
    sizes = [len(json.dumps(item)) for item in told]
    assert len(sizes) == len(frames)
    assert sizes[0] > len(text)
    assert max(sizes[1:]) < 1500


@pytest.mark.parametrize("number", [2**53, 10**19 + 1, -(2**60)])
def test_a_number_that_the_browser_can_t_hold_is_left_as_it_came(tab: WebDriverTab, number: int) -> None:
    """A frame with an id beyond JavaScript's exact integers is passed on unparsed."""
    frames = [frame("x" * 3000, number), frame("x" * 3000, 1), frame("x" * 3000 + "y", number + 1)]
    first, exact, last = heard(tab, frames)
    assert [first, last] == [frames[0], frames[2]]
    assert read(exact) == read(frames[1])


@pytest.mark.parametrize("text", ["no JSON " * 1000, '{"messages": ["no JSON"]}' + " " * 3000, '{"x": 1}' + " " * 3000])
def test_what_is_no_frame_of_poe_s_is_told_as_it_is(tab: WebDriverTab, text: str) -> None:
    """A long text that is no frame of Poe's is passed on as it is."""
    assert heard(tab, [text]) == [text]
