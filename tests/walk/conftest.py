"""One running bot with one browser for all tests of this folder, and bots that ask by the API."""

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot import bootstrap
from sandbox.discord.rest.buckets import LIMITS
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.poe.sandbox import PoeSandbox
from tests.support.bot_environment import bot_environment, by_api
from tests.support.whole_bot import WholeBot

FAST = 10_000.0  # characters a second


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def shared_bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[WholeBot]:
    """The running bot; in the end no request may have been unknown, malformed or rate-limited."""
    folder = tmp_path_factory.mktemp("walk")
    limits = replace(LIMITS, commands=None)  # a bot that starts again so soon would wait for that
    async with PoeSandbox(speed=FAST, hydration=0.05) as poe, DiscordSandbox(limits=limits) as discord:
        whole = WholeBot(discord, poe, bootstrap.Settings.read(bot_environment(poe, discord, folder)))
        async with contextlib.aclosing(whole.running):
            await whole.start()
            yield whole
        assert (discord.ledger.unknown, discord.ledger.with_status(400), discord.ledger.limited) == ([], [], [])


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
    limits = replace(LIMITS, commands=None)
    async with PoeSandbox(speed=FAST) as poe, DiscordSandbox(limits=limits) as discord:
        environment = bot_environment(poe, discord, tmp_path) | by_api(poe)
        whole = WholeBot(discord, poe, bootstrap.Settings.read(environment))
        async with contextlib.aclosing(whole.running):
            await whole.start()
            yield whole
        assert (discord.ledger.unknown, discord.ledger.with_status(400), discord.ledger.limited) == ([], [], [])
        assert poe.ledger == []  # nothing ever reached the page


@pytest.fixture(params=["walk", "api_walk"], ids=["browser", "api"])
def either(request: pytest.FixtureRequest) -> WholeBot:
    """The running bot by each of the two backends."""
    bot: WholeBot = request.getfixturevalue(request.param)
    return bot
