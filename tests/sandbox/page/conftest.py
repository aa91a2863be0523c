"""A sandbox with a bot that says what a test tells it to, and a person with a browser in front of its page."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from selenium import webdriver

from sandbox.discord import DiscordSandbox
from tests.support.page_bot import Bot, running
from tests.support.page_person import Person, chromium


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One Chromium for all tests of this folder."""
    with chromium(tmp_path_factory.mktemp("profile")) as chrome:
        yield chrome


@pytest.fixture(scope="package")
def port() -> Iterator[int]:
    """A port that nobody else gets, so that the browser knows the page's files from the first test on."""
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


@pytest.fixture
async def sandbox(port: int) -> AsyncIterator[DiscordSandbox]:
    """A fresh world."""
    async with DiscordSandbox(port=port) as fresh:
        yield fresh


@pytest.fixture
async def bot(sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """The bot in that world."""
    async with running(sandbox, monkeypatch) as ready:
        yield ready


@pytest.fixture
async def person(sandbox: DiscordSandbox, bot: Bot, browser: webdriver.Chrome) -> AsyncIterator[Person]:
    """A person who has just opened the page, which must log no warnings and load nothing from elsewhere."""
    loop = asyncio.get_running_loop()
    someone = Person(browser, lambda text: loop.call_soon_threadsafe(bot.texts.put_nowait, text))
    await asyncio.to_thread(someone.open, sandbox.page_url)
    yield someone
    complaints, origins = someone.complaints(), someone.origins()
    await asyncio.to_thread(someone.leave)
    assert complaints == []
    assert origins == {sandbox.origin}
