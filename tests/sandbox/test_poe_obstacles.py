"""Poe's obstacles in a real browser: other skins, dead sockets, refusals, dialogs, logins, challenges."""

import contextlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from selenium import webdriver
from selenium.common.exceptions import ElementClickInterceptedException, TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys
from urllib3.exceptions import HTTPError, ReadTimeoutError

from bot.poe.web.browser.processes import end
from bot.poe.web.browser.session import WebDriverSession
from sandbox.poe import Sent
from sandbox.poe.answers.steps import Inner, State, Text
from sandbox.poe.wire import frames
from tests.support.poe_page import ANSWER, BOX, LIMIT, SEND, TEXT, Tab, fresh_tab, quick

FLAGS = (
    "--no-sandbox",  # Chromium refuses to run as root otherwise
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--window-size=1200,900",
)


@pytest.fixture
def tab(browser: WebDriverSession) -> Iterator[Tab]:
    """The shared browser's tab, as new."""
    with fresh_tab(browser.driver) as fresh:
        yield fresh


async def test_the_skin_of_2023_has_neither_ids_nor_labels(tab: Tab) -> None:
    """Other stems, completeness on the row, "..." before the first word."""
    async with quick() as sandbox:
        script = sandbox.script("Sandbox-Skin-2023", TEXT, by_hand=True)
        await tab.open(sandbox, "/Sandbox-Skin-2023")
        assert await tab.run(tab.count, "[aria-label], [id^=message-]") == 0
        await tab.run(tab.insert, "hello")
        await tab.run(tab.click, "[class*=ChatMessageSendButton_sendButton]")
        await tab.until(lambda: tab.text("[class*=botMessageBubble]") == "...")
        assert await tab.run(tab.count, "[class*=ChatStopMessageButton_stopButton]") == 1
        assert await tab.run(tab.count, "[class*=messagePair] [class*=messageRow][data-complete=false]") == 1
        script.release(3)
        await tab.until(lambda: tab.count("[class*=messageRow][data-complete=true]") == 2)
        assert await tab.run(tab.count, "[aria-label], [id^=message-]") == 0


async def test_labels_may_be_in_another_language(tab: Tab) -> None:
    """No English label is left, and everything works by stems and structure."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/Sandbox-Localised")
        assert await tab.run(tab.count, SEND) == 0
        assert await tab.run(tab.count, 'button[aria-label="发送消息"]') == 1


@pytest.mark.parametrize(
    "mood", ["drop", "missed", "refetch", "long-poll", "no-wire", "text-updates", "quiet", "several"]
)
async def test_the_page_shows_the_whole_answer_whatever_the_wire(tab: Tab, mood: str) -> None:
    """If the socket loses text or there is none, the page reads the chat again."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/Sandbox-" + mood)
        sent = await tab.ask(sandbox, "hello")
        await sandbox.wait(lambda: sandbox.state(sent) == "complete", LIMIT)
        await tab.until(lambda: tab.find(f"#message-{sent.bot_ids[-1]}[data-complete=true]"))
        assert sandbox.answer(sent).rpartition("\n\n")[2] in await tab.run(tab.text, f"#message-{sent.bot_ids[-1]}")


@pytest.mark.parametrize("mood", ["drop-for-good", "silent-socket"])
async def test_a_dead_socket_leaves_the_page_behind_until_it_is_loaded_again(tab: Tab, mood: str) -> None:
    """The site finishes, the page doesn't know; a reload shows the rest."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/GPT-4")
        sent = await tab.ask(sandbox, f"hello !{mood}=100")
        await sandbox.wait(lambda: sandbox.state(sent) == "complete")
        row = f"#message-{sent.bot_ids[0]}"
        assert await tab.until(lambda: tab.find(f"{row}[data-complete=false]"))
        await tab.open(sandbox, f"/chat/{sent.chat_code}")
        assert await tab.run(tab.find, f"{row}[data-complete=true]")


async def test_a_refused_prompt_comes_back_into_the_composer(tab: Tab) -> None:
    """A limit opens a dialog, another refusal a toast; nothing was bought."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/Sandbox-Reached-Limit")
        sent = await tab.ask(sandbox, "hello")
        await tab.until(lambda: tab.find(".ReactModal__Content--after-open[role=dialog][aria-modal=true]"))
        assert (sent.status, await tab.run(tab.box)) == ("reached_limit", "hello")
        await tab.run(tab.keys, "body", Keys.ESCAPE)
        await tab.until(lambda: tab.count("[role=dialog]") == 0)
        await tab.open(sandbox, "/Sandbox-Server-Error")
        await tab.ask(sandbox, "hello")
        await tab.until(lambda: "Something went wrong" in tab.text("[role=alert]"))
        assert await tab.run(tab.box) == "hello"
        assert sandbox.purchases == []


async def test_a_stale_price_is_right_at_the_next_press(tab: Tab) -> None:
    """The first press is refused and the prompt is back in the composer; the second one is accepted."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/Sandbox-Price-Mismatch")
        await tab.ask(sandbox, "hello")
        await tab.until(tab.sendable)
        await tab.run(tab.click, SEND)
        await sandbox.wait(lambda: len(sandbox.ledger) == 2)
        assert [sent.accepted for sent in sandbox.ledger] == [False, True]
        assert {sent.text for sent in sandbox.ledger} == {"hello"}


async def test_a_price_to_confirm_means_not_sent(tab: Tab) -> None:
    """After Send a dialog is open, the composer is full and the site has received nothing."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/Sandbox-Price-Dialog")
        await tab.run(tab.insert, "hello")
        await tab.run(tab.click, SEND)
        await tab.until(lambda: tab.find("[role=dialog]"))
        assert (await tab.run(tab.box), sandbox.ledger) == ("hello", [])
        await tab.run(tab.click, "[role=dialog] [class*=primary]")
        await sandbox.wait(lambda: sandbox.ledger and sandbox.purchases)


async def test_other_obstacles_before_sending(tab: Tab) -> None:
    """An ad covers the composer until it is closed; a limit with a tooltip keeps Send disabled."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/Sandbox-Promo")
        with pytest.raises(ElementClickInterceptedException):
            await tab.run(tab.click, BOX)
        await tab.run(tab.click, "[class*=Modal_closeButton]")
        await tab.run(tab.click, BOX)
        await tab.open(sandbox, "/Sandbox-Tooltip-Limit")
        await tab.run(tab.insert, "hello")
        assert not await tab.run(tab.sendable)
        assert await tab.run(tab.count, "[class*=noFreeMessageTooltip]") == 1


async def test_a_limit_that_came_while_the_page_was_open_counts_at_once(tab: Tab) -> None:
    """The page asks for the moods when somebody writes; nothing is sent, even if Send is pressed before it knows."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/GPT-4")
        sandbox.switch("tooltip-limit")
        write = "document.querySelector(arguments[0]).focus(); document.execCommand('insertText', false, 'hello');"
        await tab.run(tab.script, f"{write} document.querySelector(arguments[1]).click()", BOX, SEND)
        await tab.until(lambda: tab.count("[class*=noFreeMessageTooltip]") == 1)
        assert await tab.run(tab.box) == "hello"
        assert sandbox.ledger == []


async def test_a_file_is_previewed_uploaded_and_named_in_the_ledger(tab: Tab, tmp_path: Path) -> None:
    """Send waits for the upload; a removed file isn't sent."""
    for name in ("kept.txt", "removed.txt"):
        (tmp_path / name).write_text("words", encoding="utf-8")
    async with quick() as sandbox:
        await tab.open(sandbox, "/GPT-4")
        chosen = "\n".join(str(tmp_path / name) for name in ("removed.txt", "kept.txt"))
        await tab.run(tab.keys, "input[type=file]", chosen)
        await tab.run(tab.click, "[class*=FileInfo_fileInfo] button")
        assert await tab.run(tab.count, "[class*=FileInfo_fileInfo]") == 1
        sent = await tab.ask(sandbox, "look at this")
        assert (sent.text, sent.attachments, sent.accepted) == ("look at this", ("kept.txt",), True)


async def test_a_person_logs_in_and_comes_back_to_the_bot(tab: Tab) -> None:
    """/login accepts any e-mail and the code 123456, and then opens the requested page."""
    async with quick(login=True) as sandbox:
        await tab.run(tab.driver.get, sandbox.url + "/GPT-4")
        assert "/login" in await tab.run(tab.url)
        await tab.run(tab.keys, "[class*=EmailInput_emailInput]", "me@example.org", Keys.ENTER)
        await tab.until(lambda: tab.find("[class*=VerificationCodeInput]").is_displayed())
        await tab.run(tab.keys, "[class*=VerificationCodeInput]", "123456", Keys.ENTER)
        await tab.until(lambda: tab.url() == sandbox.url + "/GPT-4")
        assert await tab.until(lambda: tab.find("input[type=file]"))


async def test_a_challenge_may_clear_itself(tab: Tab) -> None:
    """After its time the page is loaded again and passes."""
    async with quick() as sandbox:
        await tab.run(tab.driver.get, sandbox.url + "/GPT-4")
        sandbox.switch("challenge-clears=1")
        await tab.run(tab.driver.get, sandbox.url + "/GPT-4")
        assert await tab.run(lambda: tab.driver.title) == "Just a moment..."
        assert await tab.until(lambda: tab.find("input[type=file]"))


async def test_a_frozen_tab_comes_back(tab: Tab) -> None:
    """The page's script hangs for a while and shows the whole answer afterwards."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/GPT-4")
        sent = await tab.ask(sandbox, "!freeze=0.5")
        await sandbox.wait(lambda: sandbox.state(sent) == "complete")
        assert await tab.until(lambda: tab.find(f"#message-{sent.bot_ids[0]}[data-complete=true]"))


async def test_the_limit_dialog_says_when_points_are_back(tab: Tab) -> None:
    """The dialog names a time or the hours, depending on the mood; Escape buys nothing."""
    async with quick() as sandbox:
        for handle, words in (("Sandbox-Limit-At", "Your points reset at "), ("Sandbox-Limit-In", "reset in 5 hours.")):
            await tab.open(sandbox, "/" + handle)
            await tab.ask(sandbox, "hello")
            await tab.until(lambda: words in tab.text("[role=dialog]"))  # noqa: B023  # awaited in the same turn
            await tab.run(tab.keys, "body", Keys.ESCAPE)
        assert sandbox.purchases == []


async def test_send_may_be_late(tab: Tab) -> None:
    """The text is there and Send isn't enabled yet; then it is."""
    async with quick() as sandbox:
        await tab.open(sandbox, "/GPT-4")
        sandbox.switch("late-send=1.5")
        await tab.open(sandbox, "/GPT-4")
        assert not await tab.run(lambda: (tab.insert("hello"), tab.sendable())[1])
        await tab.until(tab.sendable)


async def test_messages_stand_in_their_order_whenever_they_come(tab: Tab) -> None:
    """A later message of an answer may arrive first; the page shows them in order of their ids."""

    def told(place: int) -> Inner:
        def inner(sent: Sent) -> frames.Inner:
            member = {"messageId": sent.bot_ids[0] + place, "author": "beaver", "text": f"part {place}"}
            return frames.update("messageAdded", sent.chat_id or 0, member | {"state": "complete"})

        return Inner(inner)

    async with quick() as sandbox:
        sandbox.script("GPT-4", [Text("part 0"), told(3), told(1), told(2), State("complete")])
        await tab.open(sandbox, "/GPT-4")
        await tab.ask(sandbox, "hello")
        await tab.until(lambda: tab.count(ANSWER) == 4 and tab.find("section[class*=actionBar]"))
        shown = await tab.run(
            tab.script, f"return [...document.querySelectorAll('{ANSWER}')].map((one) => one.innerText)"
        )
        assert [text.strip() for text in shown] == ["part 0", "part 1", "part 2", "part 3"]


@contextlib.contextmanager
def opened_browser(profile: Path) -> Generator[webdriver.Chrome]:
    """Run a browser with this profile within the block, even if it hangs; every command has a limit."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)  # pyright: ignore[reportUnknownMemberType]  # Selenium's types
    service = Service("/usr/bin/chromedriver", popen_kw={"start_new_session": True})
    driver = webdriver.Chrome(options=options, service=service)
    cast(
        "Any", driver
    ).command_executor.client_config.timeout = LIMIT  # the driver may never answer for a page that hangs
    try:
        yield driver
    finally:
        with contextlib.suppress(HTTPError):
            driver.quit()
        end(service.process)


async def test_a_hung_tab_hangs_alone(tab: Tab, tmp_path: Path) -> None:
    """Its script hangs for ever; another page of the account gets the same frames and has the whole answer."""
    unanswered = (TimeoutException, ReadTimeoutError)
    with opened_browser(tmp_path / "profile") as browser:
        hung = Tab(browser)
        async with quick() as sandbox:
            await tab.open(sandbox, "/Assistant")
            await hung.open(sandbox, "/GPT-4")
            browser.set_page_load_timeout(3)  # what bounds most commands to a page that hangs
            with contextlib.suppress(*unanswered):  # it may hang before the click that sends has come back
                await hung.ask(sandbox, "!hung-tab=50")
            await sandbox.wait(lambda: sandbox.ledger and sandbox.state(sandbox.ledger[-1]) == "complete")
            sent = sandbox.ledger[-1]
            with pytest.raises(unanswered):
                await hung.run(hung.script, "return 0")
            assert await tab.run(tab.script, "return 1") == 1
            await tab.open(sandbox, f"/chat/{sent.chat_code}")
            assert await tab.run(tab.find, f"#message-{sent.bot_ids[0]}[data-complete=true]")
