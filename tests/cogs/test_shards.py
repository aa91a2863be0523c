"""Quoth on several connections to Discord's gateway."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from bot.client import QuothBot
from bot.sharded_client import ShardedQuothBot
from sandbox.discord.gateway.sessions import Session
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Channel
from sandbox.poe.sandbox import PoeSandbox
from tests.support.bot_environment import by_api
from tests.support.quoth_in_sandbox import until
from tests.support.replies import ended

Start = Callable[..., AbstractAsyncContextManager[QuothBot]]


@pytest.fixture
def channels(discord: DiscordSandbox) -> list[Channel]:
    """A channel of a server on each of two shards, by the shard's number."""
    world = discord.world
    found: dict[int, Channel] = {}
    while len(found) < 2:  # a server's id has the millisecond in it, which decides
        time.sleep(0.001)
        guild = world.add_guild("Somewhere", owner=world.users.admin)
        found[(guild.id >> 22) % 2] = world.add_channel(guild, f"place-{guild.id}")
    return [found[0], found[1]]


def sessions(discord: DiscordSandbox) -> list[Session]:
    """The sessions, by the shard's number."""
    return sorted(discord.gateway.sessions.values(), key=lambda session: session.shard or (0, 1))


async def cut(session: Session) -> None:
    """Break a session's connection, so that it can be resumed."""
    socket, session.socket = session.socket, None
    assert socket is not None
    await socket.close(code=4000)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare a test the five seconds that discord.py waits before it identifies."""

    async def no_wait(*_: object, initial: bool = False) -> None:
        """Identify at once."""

    monkeypatch.setattr(ShardedQuothBot, "before_identify_hook", no_wait)


async def test_shards_identify_as_slowly_as_discord_wants_it(
    start: Start, discord: DiscordSandbox, poe: PoeSandbox, channels: list[Channel]
) -> None:
    """Each at its first try, and together they have all servers."""
    discord.gateway.identify_gap = 4.5
    async with start(SHARDS="2", **by_api(poe)) as bot:
        await asyncio.wait_for(bot.wait_until_ready(), 30)
        assert [session.shard for session in sessions(discord)] == [(0, 2), (1, 2)]
        assert discord.gateway.identifies == 2
        assert len(bot.guilds) == len(list(discord.world.guilds))


@pytest.mark.usefixtures("at_once")
async def test_each_shard_answers_for_its_servers(
    start: Start, discord: DiscordSandbox, poe: PoeSandbox, channels: list[Channel]
) -> None:
    """An ask on each is answered while another shard is cut.

    What keeps asks from Poe is shown on a shard that identified anew.
    """
    async with start(SHARDS="2", **by_api(poe)) as bot:
        await asyncio.wait_for(bot.wait_until_ready(), 30)
        for cut_off, channel in ((1, channels[0]), (0, channels[1])):
            asked = await discord.command("admin", channel, "ask", prompt="Well?", model="Sandbox-Novel")
            await cut(sessions(discord)[cut_off])
            stopped = await discord.command("admin", channel, "ask", prompt="And this?")
            assert await ended(discord, stopped) == "done"
            assert await ended(discord, asked) == "done"
            await until(lambda number=cut_off: sessions(discord)[number].resumed == 1)
        assert discord.gateway.identifies == 2
        anew = sessions(discord)[1]
        discord.gateway.sessions.pop(anew.id)
        await cut(anew)
        await until(lambda: discord.gateway.identifies == 3 and len(sessions(discord)) == 2)
        assert sessions(discord)[1].presence is None
        await until(lambda: sessions(discord)[1].presence is not None)


async def test_one_shard_is_no_shard(start: Start, discord: DiscordSandbox, poe: PoeSandbox) -> None:
    """By default Quoth identifies as a bot that does not shard, whatever Discord recommends."""
    discord.gateway.shards = 2
    async with start(**by_api(poe)):
        assert [session.shard for session in sessions(discord)] == [None]


@pytest.mark.usefixtures("at_once")
async def test_a_frame_that_can_not_be_read_ends_no_other_shard(
    start: Start, discord: DiscordSandbox, poe: PoeSandbox, channels: list[Channel]
) -> None:
    """The shard that got it connects again; the other one goes on. There are as many as Discord recommends."""
    discord.gateway.shards = 2
    async with start(SHARDS="auto", **by_api(poe)) as bot:
        await asyncio.wait_for(bot.wait_until_ready(), 30)
        odd, other = sessions(discord)
        assert odd.socket is not None
        await odd.socket.send_str("[" * 100_000)
        await until(lambda: discord.gateway.identifies == 3)
        await until(lambda: [s.shard for s in sessions(discord) if s.socket] == [(0, 2), (1, 2)])
        assert other in discord.gateway.connected
        for channel in channels:
            asked = await discord.command("admin", channel, "ask", prompt="Well?")
            assert await ended(discord, asked) == "done"
