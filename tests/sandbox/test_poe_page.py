"""Poe's page in a real browser: text, buttons, URLs and answers."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from bot.poe.web.browser.session import WebDriverSession
from tests.support.poe_page import ANSWER, BOX, SEND, STOP, TEXT, Tab, fresh_tab, quick


@pytest.fixture
def tab(browser: WebDriverSession) -> Iterator[Tab]:
    """The shared browser's tab, as new."""
    with fresh_tab(browser.driver) as fresh:
        yield fresh


async def test_text_typed_before_hydration_is_lost(tab: Tab) -> None:
    """The server's text area accepts text and loses it when the page's script takes over."""
    async with quick(hydration=1.5) as sandbox:
        await tab.run(tab.driver.get, sandbox.url + "/GPT-4")
        await tab.run(tab.insert, "too early")
        assert await tab.run(tab.box) == "too early"
        assert not await tab.run(tab.sendable)
        await tab.until(lambda: tab.find("input[type=file]"))
        assert await tab.run(tab.box) == ""
        assert not await tab.run(tab.sendable)


NATIVE = """
const box = document.querySelector(arguments[0]);
const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
for (const text of arguments[1]) {
  set.call(box, text);
  box.dispatchEvent(new InputEvent("input", { bubbles: true, data: text, inputType: "insertText" }));
}
"""


async def test_only_what_react_would_take_gets_into_the_composer(tab: Tab) -> None:
    """Assignments are reverted; the native setter works after the box was emptied; insertText always works."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/GPT-4")
        for code in (
            "box.value = 'x'",
            "box.innerText = 'x'",
            "box.value = 'x'; box.dispatchEvent(new Event('input'))",
        ):
            await tab.run(tab.script, f"const box = document.querySelector('{BOX}'); {code}")
            await tab.until(lambda: tab.box() == "")
            assert not await tab.run(tab.sendable), code
        await tab.run(tab.script, NATIVE, BOX, ["refused"])
        assert await tab.run(tab.box) == ""
        await tab.run(tab.insert, "trusted 🦜\nnewline")
        assert await tab.run(tab.box) == "trusted 🦜\nnewline"
        assert await tab.run(tab.sendable)
        await tab.run(tab.script, NATIVE, BOX, ["", "set 👩🏽‍💻"])
        assert await tab.run(tab.box) == "set 👩🏽‍💻"
        assert await tab.run(tab.sendable)
        assert sandbox.ledger == []


async def test_the_setter_alone_is_enough_where_the_page_is_lenient(tab: Tab) -> None:
    """With the mood plain-setter a synthetic event is accepted without emptying the text area first."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/Sandbox-Plain-Setter")
        await tab.run(tab.script, NATIVE, BOX, ["taken"])
        assert (await tab.run(tab.box), await tab.run(tab.sendable)) == ("taken", True)


async def test_enter_sends_and_shift_enter_does_not(tab: Tab) -> None:
    """Enter in the middle of a text sends half a prompt; while an answer runs it sends nothing."""
    async with quick() as sandbox:
        sandbox.script("GPT-4", [], by_hand=True)
        await tab.open(sandbox, "/GPT-4")
        await tab.run(tab.keys, BOX, "one", Keys.SHIFT + Keys.ENTER + Keys.NULL, "two", Keys.ENTER)
        await sandbox.wait(lambda: sandbox.ledger)
        await tab.run(tab.keys, BOX, "three", Keys.ENTER)
        assert [sent.text for sent in sandbox.ledger] == ["one\ntwo"]
        assert (await tab.run(tab.box)).strip() == "three"


async def test_an_answer_from_send_to_reload(tab: Tab) -> None:
    """Address, rows, ids, completeness, Send and Stop, action bar, and the same again after a reload."""
    async with quick() as sandbox:
        script = sandbox.script("GPT-4", TEXT, by_hand=True)
        await tab.open(sandbox, "/gpt-4")
        assert await tab.run(tab.count, f"{SEND}[class^=button_root__]") == 1
        sent = await tab.ask(sandbox, "Alice: hi\nBob: **no**")
        await tab.until(lambda: tab.url() == f"{sandbox.url}/chat/{sent.chat_code}")
        await script.step()
        await tab.until(lambda: "half" in tab.text(ANSWER))
        row = f"#message-{sent.bot_ids[0]}"
        assert (await tab.run(tab.count, STOP), await tab.run(tab.count, SEND)) == (1, 0)
        assert await tab.run(tab.count, f"{row}[data-complete=false]") == 1
        assert await tab.run(tab.count, "section[class*=actionBar]") == 0
        script.release(2)
        for _ in range(2):
            await tab.until(lambda: tab.find(f"{row}[data-complete=true]"))
            await tab.until(lambda: tab.find("section[class*=actionBar]"))
            assert (await tab.run(tab.count, STOP), await tab.run(tab.count, SEND)) == (0, 1)
            assert (
                await tab.run(
                    tab.count, f"#message-{sent.human_id}[data-complete=true] [class*=rightSideMessageBubble]"
                )
                == 1
            )
            assert await tab.run(tab.count, f"{ANSWER} table, {ANSWER} pre code.language-python, {ANSWER} h2") == 3
            assert "print" not in await tab.run(tab.text, "[class*=codeHeader]")
            await tab.open(sandbox, f"/chat/{sent.chat_code}")
        assert len(sandbox.ledger) == 1
        assert [visit.path for visit in sandbox.visits] == ["/gpt-4", *[f"/chat/{sent.chat_code}"] * 2]


async def test_an_answer_finishes_without_its_page(tab: Tab) -> None:
    """The page is closed in the middle; when the chat is loaded again it has the whole answer."""
    async with quick() as sandbox:
        script = sandbox.script("GPT-4", TEXT, by_hand=True)
        await tab.open(sandbox, "/GPT-4")
        sent = await tab.ask(sandbox, "hello")
        await script.step()
        await tab.run(tab.driver.get, "about:blank")
        script.release(2)
        await sandbox.wait(lambda: sandbox.state(sent) == "complete")
        await tab.open(sandbox, f"/chat/{sent.chat_code}")
        assert "the whole" in await tab.run(tab.text, ANSWER)


async def test_stop_before_the_first_word_and_in_the_middle(tab: Tab) -> None:
    """The page's Stop cancels: the row is complete, Send is back, the dots were no text."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/GPT-4")
        sent = await tab.ask(sandbox, "!slow=60")
        await tab.until(lambda: tab.find("[class*=loadingDots]"))
        assert await tab.run(tab.text, ANSWER) == ""
        await tab.run(tab.click, STOP)
        await tab.until(lambda: tab.find(f"#message-{sent.bot_ids[0]}[data-complete=true]"))
        second = await tab.ask(sandbox, "!stall=60")
        await tab.until(lambda: len(sandbox.answer(second)) == 60)
        await tab.until(lambda: tab.find(STOP))
        await tab.run(tab.click, STOP)
        await tab.until(lambda: tab.find(f"#message-{second.bot_ids[0]}[data-complete=true]"))
        await tab.until(lambda: tab.find(SEND))
        assert [stop.effective for stop in sandbox.stops] == [True, True]
        assert sandbox.state(second) == "cancelled"
        assert second.chat_id == sent.chat_id
