"""Quoth leaves servers that ALLOWED_SERVERS does not name, and tells their owners, on the stand-in Discord."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, cast

from bot.client import QuothBot
from bot.policy.access import AccessRules
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import User
from sandbox.poe.sandbox import PoeSandbox
from tests.support.bot_environment import by_api
from tests.support.quoth_in_sandbox import quoth_in_sandbox, until
from tests.support.replies import LIMIT, ended

LEAVE = "/users/@me/guilds/"
Start = Callable[..., AbstractAsyncContextManager[QuothBot]]


def told(discord: DiscordSandbox, owner: User) -> list[str]:
    """Return what Quoth wrote to somebody by DM."""
    return [each.content for each in discord.world.messages(discord.world.dm(owner)) if each.author.bot]


def only_lighthouse(discord: DiscordSandbox) -> AccessRules:
    """Allow one of the servers."""
    return AccessRules(frozenset({discord.world.guilds["Lighthouse Keepers"].id}))


def lifecycle(bot: QuothBot) -> Any:
    """Return the running cog that leaves servers."""
    return cast("Any", bot.get_cog("LifecycleCog"))


async def test_only_allowed_servers_are_kept(start: Start, discord: DiscordSandbox, poe: PoeSandbox) -> None:
    """Quoth leaves the other, tells its owner once, and answers in the allowed one; a restart changes nothing."""
    world = discord.world
    allowed, sourdough = world.guilds["Lighthouse Keepers"], world.guilds["Sourdough Society"]
    for _ in range(2):
        async with start(**by_api(poe), ALLOWED_SERVERS=str(allowed.id)):
            await discord.wait(lambda: world.bot.id not in sourdough.members, LIMIT)
            asked = await discord.command("alice", "general", "ask", prompt="Well?")
            assert await ended(discord, asked) == "done"
        assert world.bot.id in allowed.members
        (sentence,) = told(discord, world.users.admin)
        assert " your server Sourdough Society" in sentence
        assert f"add {sourdough.id} to ALLOWED_SERVERS" in sentence
    assert told(discord, world.users.alice) == []


async def test_an_owner_is_told_once_although_leaving_fails(tmp_path: Path, discord: DiscordSandbox) -> None:
    """The next start tries again, and does not tell the owner again. What they were told was true before, too."""
    sourdough, owner = discord.world.guilds["Sourdough Society"], discord.world.users.admin
    discord.fail_next("DELETE", LEAVE, 403, times=2)
    for tries in range(1, 4):
        async with quoth_in_sandbox(tmp_path, discord, access=only_lighthouse(discord)):
            await discord.wait(lambda tries=tries: len(discord.ledger.to("DELETE", LEAVE)) == tries, LIMIT)
        (sentence,) = told(discord, owner)
        assert "answers nobody there and will leave." in sentence
    assert discord.world.bot.id not in sourdough.members


async def test_a_new_invitation_is_told_again(tmp_path: Path, discord: DiscordSandbox) -> None:
    """An owner who invites Quoth again hears it again, without a restart."""
    sourdough, owner = discord.world.guilds["Sourdough Society"], discord.world.users.admin
    async with quoth_in_sandbox(tmp_path, discord, access=only_lighthouse(discord)) as quoth:
        lifecycle(quoth.bot).pause = 0.0
        for invitations in range(1, 4):
            await discord.wait(lambda: discord.world.bot.id not in sourdough.members, LIMIT)
            assert len(told(discord, owner)) == invitations
            await until(lambda: quoth.bot.get_guild(sourdough.id) is None)
            discord.world.invite(sourdough)


async def test_servers_are_left_one_after_another(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Owners of many servers are not written to at once; until a server is left, nobody is answered there."""
    world = discord.world
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        lifecycle(quoth.bot).pause = 3600.0
        quoth.bot.access.rules = AccessRules(frozenset(each.id for each in world.guilds))
        owners = [world.add_person(f"owner{number}") for number in range(3)]
        servers = [world.add_guild(f"Mill {number}", owner, with_bot=False) for number, owner in enumerate(owners)]
        for server in servers:
            world.add_channel(server, f"mill-{server.id}")
            world.invite(server)
        await discord.wait(lambda: len(discord.ledger.to("DELETE", LEAVE)) == 1, LIMIT)
        last = await discord.command(owners[-1], f"mill-{servers[-1].id}", "ask", prompt="Well?")
        await quoth.refused(last, "hasn't allowed Quoth in this server")
        assert [len(told(discord, owner)) for owner in owners] == [1, 0, 0]
        _, answer = await quoth.ask(prompt="Well?")
        answer.end("Well.")
