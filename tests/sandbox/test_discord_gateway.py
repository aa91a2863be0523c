"""The gateway drops connections as Discord does, and an unmodified bot recovers."""

from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from sandbox.discord import DiscordSandbox
from tests.support.discord_bot import Bot, point_at, running
from tests.support.discord_rest import Clock, bare


@pytest.fixture
async def sandbox() -> AsyncIterator[DiscordSandbox]:
    """A new Discord for every test."""
    async with DiscordSandbox() as running_sandbox:
        yield running_sandbox


@pytest.fixture
async def bot(sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """The bot, ready."""
    async with running(sandbox, monkeypatch) as running_bot:
        yield running_bot


async def hear_again(sandbox: DiscordSandbox, bot: Bot, *missed: str) -> None:
    """Wait until the bot has resumed; it must have received everything said meanwhile, once and in order."""
    before, resumes = len(bot.heard), bot.resumes
    for text in missed:
        await sandbox.say("bob", "general", text)
    await bot.changes.wait_for(lambda: bot.resumes > resumes, 5)
    await sandbox.say("bob", "general", "the last")
    await bot.heard_text("the last")
    assert [message.content for message in bot.heard[before:]] == [*missed, "the last"]


async def test_resume_after_a_lost_connection(sandbox: DiscordSandbox, bot: Bot) -> None:
    """Close code 4000: the session continues and replays what was missed."""
    (session,) = sandbox.gateway.connected
    await sandbox.drop_gateway(4000)
    await hear_again(sandbox, bot, "said while away", "and again")
    assert sandbox.gateway.connected == [session]
    assert (session.resumed, sandbox.gateway.identifies) == (1, 1)


async def test_identify_anew_after_an_invalid_session(
    sandbox: DiscordSandbox, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Op 9 false: the bot can't resume, so it identifies again."""

    async def at_once(_: int | None, *, initial: bool = False) -> None:
        """Spare the test the five seconds that discord.py waits before it identifies."""

    monkeypatch.setattr(bot, "before_identify_hook", at_once)
    await sandbox.invalidate_session(resumable=False)
    await sandbox.wait(lambda: sandbox.gateway.identifies == 2)
    interaction = await sandbox.command("alice", "general", "picky", animal="Ant")
    assert interaction.response.content == "Ant"


async def test_wrong_token_is_refused(sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The login fails, and the gateway closes with 4004."""
    point_at(sandbox, monkeypatch)
    async with Bot() as stranger:
        with pytest.raises(discord.LoginFailure):
            await stranger.login("not.the.token")
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{sandbox.gateway_url}?v=10") as socket:
        assert (await socket.receive_json())["op"] == 10
        await socket.send_json({"op": 2, "d": {"token": "not.the.token", "intents": 0}})
        await socket.receive()
        assert socket.close_code == 4004


async def shard_of_two(sandbox: DiscordSandbox, socket: aiohttp.ClientWebSocketResponse, number: int) -> list[str]:
    """Identify as one of two shards, for servers and messages; return the names of its servers."""
    identify = {"token": sandbox.token, "intents": 1 << 0 | 1 << 9 | 1 << 12, "shard": [number, 2]}
    await socket.receive_json()
    await socket.send_json({"op": 2, "d": identify})
    ready = await socket.receive_json()
    assert ready["d"]["shard"] == [number, 2]
    guilds = [await socket.receive_json() for _ in ready["d"]["guilds"]]
    assert {guild["t"] for guild in guilds} <= {"GUILD_CREATE"}
    return [guild["d"]["name"] for guild in guilds]


async def test_shards_get_their_share(sandbox: DiscordSandbox) -> None:
    """READY names the shard; a server's events go only to its shard, DMs to shard 0."""
    heard: list[list[str]] = []
    for number in range(2):
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{sandbox.gateway_url}?v=10") as socket:
            heard.append(await shard_of_two(sandbox, socket, number))
            await sandbox.say("bob", "dm", "To shard 0")
            await sandbox.say("bob", "general", "To the lighthouse")
            await sandbox.say("bob", "oven", "To the bakery")
            served = (number == 0) + len(heard[number])
            assert {(await socket.receive_json())["t"] for _ in range(served)} <= {"MESSAGE_CREATE"}
    assert sorted(heard[0] + heard[1]) == ["Lighthouse Keepers", "Sourdough Society"]


async def test_leaving_a_server() -> None:
    """The answer is 204, and the server's own shard hears of it alone; a server where the bot isn't is unknown."""
    clock = Clock(2_000_000_000.0)
    async with bare(DiscordSandbox(clock=clock)) as rest, aiohttp.ClientSession() as session:
        sandbox, world = rest.sandbox, rest.sandbox.world
        clock.now += 0.0015  # a server of the next millisecond is on the other shard
        left = world.add_guild("The Mill", world.users.admin)
        sockets = [await session.ws_connect(f"{sandbox.gateway_url}?v=10") for _ in range(2)]
        shards = [await shard_of_two(sandbox, socket, number) for number, socket in enumerate(sockets)]
        own = shards.index(["The Mill"])
        assert (await rest("DELETE", f"/users/@me/guilds/{left.id}"))[0] == 204
        assert world.bot.id not in left.members
        await sandbox.say("bob", "oven", "Still here?")
        event = await sockets[own].receive_json()
        assert (event["t"], event["d"]) == ("GUILD_DELETE", {"id": str(left.id)})
        assert (await sockets[1 - own].receive_json())["t"] == "MESSAGE_CREATE"
        for unknown in (left.id, 1):
            status, _, body = await rest("DELETE", f"/users/@me/guilds/{unknown}")
            assert (status, body["code"]) == (404, 10004)


async def test_intent_without_its_toggle_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Close code 4014: the bot requests message content, which its portal has disabled."""
    async with DiscordSandbox(message_content=False) as sandbox:
        with pytest.raises(discord.PrivilegedIntentsRequired):
            async with running(sandbox, monkeypatch, Bot(message_content=True)):
                pass
