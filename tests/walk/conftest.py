"""One running bot with one browser for all tests of this folder, and bots that ask by the API."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.support.bot_environment import by_api
from tests.support.whole_bot import FAST, WholeBot, whole_bot


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def shared_bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[WholeBot]:
    """The running bot."""
    async with whole_bot(tmp_path_factory.mktemp("walk"), lambda _: {}) as whole:
        yield whole


@pytest.fixture
def walk(shared_bot: WholeBot) -> WholeBot:
    """The running bot, with Poe at full speed; `sent` counts from here."""
    shared_bot.before = len(shared_bot.poe.ledger)
    shared_bot.poe.tempo.speed = FAST
    return shared_bot


@pytest_asyncio.fixture(loop_scope="package")
async def api_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[WholeBot]:
    """A bot of its own that asks by the official API; afterwards discord.py finds the other one's Discord again."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    async with whole_bot(tmp_path, by_api) as whole:
        yield whole
    assert whole.poe.ledger == []  # nothing ever reached the page


@pytest.fixture(params=["walk", "api_walk"], ids=["browser", "api"])
def either(request: pytest.FixtureRequest) -> WholeBot:
    """The running bot by each of the two backends."""
    bot: WholeBot = request.getfixturevalue(request.param)
    return bot
