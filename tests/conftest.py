"""Fixtures for all tests: the shared browser, the stand-in Poe and Discord, and the settings between them."""

import asyncio
import gc
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from bot import bootstrap
from bot.client import QuothBot
from bot.i18n.translate import speak
from bot.poe.provider import Poe
from bot.poe.web.browser.session import WebDriverSession
from sandbox.discord.rest.buckets import Limits
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.poe.sandbox import PoeSandbox
from sandbox.running_bot import running_bot
from tests.support.bot_environment import bot_environment
from tests.support.browser_asks import PoeBrowser
from tests.support.rate_limits import QUICK
from tests.support.replies import assert_no_previews

# The same examples in every run, so that CI says something about the change and not about its luck; to look for
# counterexamples, run pytest with --hypothesis-profile=search.
# A busy machine is slow at drawing examples, too, which is no fault of a test.
_UNHURRIED = [HealthCheck.too_slow]
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, max_examples=60, suppress_health_check=_UNHURRIED
)
settings.register_profile("search", deadline=None, max_examples=3000, suppress_health_check=_UNHURRIED)
settings.load_profile("repeatable")

_FAST = 3000.0  # characters a second


def pytest_collection_finish() -> None:
    """Keep what was collected out of the garbage collector's sight, which would walk through it in every test."""
    gc.freeze()


@pytest.fixture(autouse=True)
def english() -> None:
    """Begin every test in English, whatever the one before spoke."""
    speak("en")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Generator[WebDriverSession]:
    """The headless browser that all tests of a process share, unless they need one of their own."""
    with WebDriverSession(user_data_dir=str(tmp_path_factory.mktemp("profile"))) as session:
        yield session


@pytest.fixture
async def poe() -> AsyncGenerator[PoeSandbox]:
    """A stand-in Poe that answers quickly."""
    async with PoeSandbox(speed=_FAST, hydration=0.05) as sandbox:
        yield sandbox


@pytest.fixture
def fast_provider(poe: PoeSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the provider at a stand-in Poe that sends 10,000 characters a second."""
    monkeypatch.setattr(Poe, "url", poe.url)
    poe.tempo.speed, poe.tempo.first_token = 10_000.0, 0.03


@pytest.fixture
async def poe_browser(fast_provider: None, browser: WebDriverSession) -> AsyncGenerator[PoeBrowser]:
    """The shared browser without cookies, ready to ask Poe."""
    driver: Any = browser.driver
    driver.get("about:blank")
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})  # all ports of 127.0.0.1 share their cookies
    yield PoeBrowser(driver)
    for thread in threading.enumerate():  # a client that was closed may still be warming its page
        if thread.name.startswith("poe"):
            await asyncio.to_thread(thread.join, 15.0)


@pytest.fixture
def discord_limits() -> Limits:
    """The rate limits of `discord`; where the pace is tested, a fixture of this name has the real ones."""
    return QUICK


@pytest.fixture
async def discord(discord_limits: Limits) -> AsyncGenerator[DiscordSandbox]:
    """A stand-in Discord that fails the test on an unknown route, a rate limit or a malformed request."""
    async with DiscordSandbox(limits=discord_limits) as sandbox:
        yield sandbox
        assert sandbox.ledger.unknown == []
        assert sandbox.ledger.limited == []
        assert_no_previews(sandbox)


@pytest.fixture
def environment(poe: PoeSandbox, discord: DiscordSandbox, tmp_path: Path) -> dict[str, str]:
    """The environment variables of a bot between the two stand-ins."""
    return bot_environment(poe, discord, tmp_path)


@pytest.fixture
def start(environment: dict[str, str], discord: DiscordSandbox) -> Callable[..., AbstractAsyncContextManager[QuothBot]]:
    """Start the unmodified bot; keywords change its settings."""

    def running(**changes: str) -> AbstractAsyncContextManager[QuothBot]:
        return running_bot(bootstrap.Settings.read(environment | changes), discord)

    return running
