"""The operator's own selectors, and what is kept when the page has drifted."""

import asyncio
import stat
from pathlib import Path

import pytest

from bot.errors import SelectorsDrifted
from bot.poe.provider import completion
from bot.poe.web.answer.exchange import Exchange
from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.page.chat_page import ChatPage, TimeLimits
from bot.poe.web.page.drift import FOLDER
from bot.poe.web.page.locators import LOCATORS, read_locators
from sandbox.poe.sandbox import PoeSandbox
from tests.support.browser_asks import PoeBrowser


def test_an_operator_s_selectors_come_first(tmp_path: Path) -> None:
    """The file's selectors are tried before the shipped ones, for their role only."""
    path = tmp_path / "locators.toml"
    path.write_text('send = ["button.send"]\n', encoding="utf-8")
    assert read_locators(path) == LOCATORS | {"send": ("button.send", *LOCATORS["send"])}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('sent = ["button"]', "has unknown roles: sent"),
        ('send = "button"', "send must be a list of selectors"),
        ("send = [1]", "send must be a list of selectors"),
        ("send = [", "can't read"),
        (None, "can't read"),
    ],
)
def test_a_wrong_file_is_a_sentence(text: str | None, sentence: str, tmp_path: Path) -> None:
    """A file that is missing, broken or about something else is refused with the reason."""
    path = tmp_path / "locators.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=sentence):
        read_locators(path)


async def test_an_operator_s_selectors_are_used(poe_browser: PoeBrowser, poe: PoeSandbox, tmp_path: Path) -> None:
    """On a page that only they match, the prompt is sent by the operator's selectors, and they are reported."""
    path = tmp_path / "locators.toml"
    path.write_text("send = ['main button[class*=\"button_primary\"]']\n", encoding="utf-8")
    send = read_locators(path)["send"][:1]
    session = WebDriverSession(poe_browser.webdriver)
    with ChatPage(session.tab(), poe.url, locators=LOCATORS | {"send": send}) as page:
        await asyncio.to_thread(page.open, "GPT-4")
        assert (await asyncio.to_thread(page.tab.matching_locators))["send"] == send[0]
        assert [snapshot.text for snapshot in await asyncio.to_thread(list, Exchange("hi").run(page))][-1]
    assert [sent.text for sent in poe.ledger] == ["hi"]


async def test_a_page_that_drifted_is_kept_without_words(poe_browser: PoeBrowser, tmp_path: Path) -> None:
    """When selectors fail, the error names a file with the page's elements and nobody's words."""
    async with PoeSandbox(hydration=60.0) as poe:
        session = WebDriverSession(poe_browser.webdriver, str(tmp_path))
        asking = completion(session, poe.url, "GPT-4", "My secret is 4711.", TimeLimits(composer=1.0))
        with pytest.raises(SelectorsDrifted) as caught:
            await asyncio.to_thread(list, asking)
    (kept,) = (tmp_path / FOLDER).iterdir()
    assert str(kept) in caught.value.operator_message
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    html = kept.read_text(encoding="utf-8")
    assert "<textarea" in html
    assert "xxxx" in html
    assert 'aria-label="xxxx xxxxxxx"' in html  # that there is a label is kept, "Send message" is not
    for word in ("4711", "secret", "GPT-4", "Send message"):
        assert word not in html
