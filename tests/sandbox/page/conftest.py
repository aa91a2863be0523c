"""A sandbox with a bot that says what a test tells it to, and a person with a browser in front of its page."""

import asyncio
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


@pytest.fixture
async def sandbox() -> AsyncIterator[DiscordSandbox]:
    """A fresh world."""
    async with DiscordSandbox() as fresh:
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
