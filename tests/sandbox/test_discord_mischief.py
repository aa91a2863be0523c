"""What Discord does rarely: events come twice or late, and answers to calls that were applied get lost."""

import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.discord import NO_ANSWER, UNLIMITED, DiscordSandbox
from sandbox.discord.world.entities import CallbackType
from tests.support.discord_bot import Bot, running
from tests.support.discord_rest import bare, begin, callback


@pytest.fixture
async def sandbox() -> AsyncIterator[DiscordSandbox]:
    """A new Discord for every test."""
    async with DiscordSandbox() as running_sandbox:
        yield running_sandbox


@pytest.fixture
async def bot(sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """An ordinary bot, ready."""
    async with running(sandbox, monkeypatch) as running_bot:
        yield running_bot


async def heard(bot: Bot, count: int) -> list[str]:
    """Wait until so many messages have reached the bot; return them in their order."""
    await bot.changes.wait_for(lambda: len(bot.heard) >= count, 5)
    return [message.content for message in bot.heard]


async def test_events_come_twice(sandbox: DiscordSandbox, bot: Bot) -> None:
    """A share of events is delivered a second time, and a test can repeat the newest one."""
    sandbox.mischief.duplicated = 1.0
    await sandbox.say("alice", "general", "Once")
    assert await heard(bot, 2) == ["Once", "Once"]
    assert sandbox.mischief.counts["duplicated"] == 1
    sandbox.mischief.duplicated = 0.0
    sandbox.repeat("MESSAGE_CREATE")
    assert await heard(bot, 3) == ["Once", "Once", "Once"]
    with pytest.raises(LookupError):
        sandbox.repeat("THREAD_CREATE")


async def test_events_come_late(sandbox: DiscordSandbox, bot: Bot) -> None:
    """A share of events is delivered after later ones."""
    sandbox.mischief.reordered = 1.0
    await sandbox.say("alice", "general", "First")
    sandbox.mischief.reordered = 0.0
    await sandbox.say("alice", "general", "Second")
    assert await heard(bot, 2) == ["Second", "First"]
    assert sandbox.mischief.counts["reordered"] == 1


async def test_an_acknowledgement_is_applied_but_unheard_of() -> None:
    """A lost answer breaks or fails the call, which took effect: the next try gets 40060, and is no mistake."""
    async with bare(DiscordSandbox(limits=UNLIMITED)) as rest:
        sandbox = rest.sandbox
        sandbox.forgiving = False
        sandbox.fail_next("POST", "/callback", 502, applied=True)
        interaction = begin(sandbox)
        assert (await rest("POST", callback(interaction), {"type": 5}, token=False))[0] == 502
        assert interaction.answer is CallbackType.DEFERRED
        status, _, body = await rest("POST", callback(interaction), {"type": 5}, token=False)
        assert (status, body["code"]) == (400, 40060)
        sandbox.fail_next("POST", "/callback", NO_ANSWER, applied=True)
        broken = begin(sandbox)
        with pytest.raises(aiohttp.ClientError):
            await rest("POST", callback(broken), {"type": 5}, token=False)
        assert broken.answer is CallbackType.DEFERRED
        sandbox.mischief.lost = 1.0
        lost = begin(sandbox)
        with contextlib.suppress(aiohttp.ClientError):
            assert (await rest("POST", callback(lost), {"type": 5}, token=False))[0] == 502
        assert lost.answer is CallbackType.DEFERRED
        assert sandbox.mischief.counts["lost"] == 1
        assert sandbox.ledger.mistakes == []
