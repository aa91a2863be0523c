"""The operator's own selectors, and what is kept when the page has drifted."""

import asyncio
import stat
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import ModelUnavailable, NotSent, SelectorsDrifted
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


@pytest.fixture
async def no_chat() -> AsyncGenerator[tuple[str, list[str]]]:
    """Serve, under any name, a page on which something can be written and sent that is no chat with a model.

    Yields the address of the site, and the texts that were sent there.
    """
    html = """<!doctype html><title>Write</title><main><form><textarea></textarea><button type="button">Create</button>
        </form></main><script>document.querySelector("button").onclick = () =>
        fetch("/sent", {method: "POST", body: document.querySelector("textarea").value})</script>"""
    sent: list[str] = []

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    async def take(request: web.Request) -> web.Response:
        sent.append(await request.text())
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/sent", take), web.get("/{name}", page)])
    async with TestServer(app) as server:
        yield str(server.make_url("")), sent


@pytest.mark.parametrize(("handle", "used"), [("GPT-4", True), ("Raven-Bot", False)])
async def test_a_foreign_model_s_page_is_used_by_exact_selectors_only(
    handle: str, *, used: bool, poe_browser: PoeBrowser, no_chat: tuple[str, list[str]]
) -> None:
    """Only a shipped model's page is used on a guess: on any other page without Poe's own composer nothing is typed."""
    url, sent = no_chat
    ending = await poe_browser.ask(url, handle, "Hello", composer=1.0, send=1.0)
    assert type(ending.error) is (NotSent if used else ModelUnavailable)
    assert sent == (["Hello"] if used else [])


@pytest.mark.parametrize("name", ["logout", "create_bot", "GPT-4&x=y;z"])
async def test_a_page_that_is_no_model_s_is_not_opened(name: str, poe_browser: PoeBrowser, poe: PoeSandbox) -> None:
    """The browser does not go to Poe's own pages, no matter who asks for one."""
    ending = await poe_browser.ask(poe.url, name, "Hello")
    assert isinstance(ending.error, ModelUnavailable)
    assert poe.visits == []


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
