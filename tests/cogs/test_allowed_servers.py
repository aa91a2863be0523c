"""Quoth leaves servers that ALLOWED_SERVERS does not name, and tells their owners, on the stand-in Discord."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from bot.client import QuothBot
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import User
from sandbox.poe.sandbox import PoeSandbox
from tests.support.bot_environment import by_api
from tests.support.replies import LIMIT, ended

Start = Callable[..., AbstractAsyncContextManager[QuothBot]]


def told(discord: DiscordSandbox, owner: User) -> list[str]:
    """Return what Quoth wrote to somebody by DM."""
    return [each.content for each in discord.world.messages(discord.world.dm(owner)) if each.author.bot]


async def test_only_allowed_servers_are_kept(start: Start, discord: DiscordSandbox, poe: PoeSandbox) -> None:
    """Quoth leaves the others, tells each owner once, and answers in the allowed one; a restart changes nothing."""
    world = discord.world
    allowed, sourdough = world.guilds["Lighthouse Keepers"], world.guilds["Sourdough Society"]
    mill = world.add_guild("The *Mill*", world.users.bob)
    for _ in range(2):
        async with start(**by_api(poe), ALLOWED_SERVERS=str(allowed.id)):
            await discord.wait(lambda: not any(world.bot.id in each.members for each in (sourdough, mill)), LIMIT)
            asked = await discord.command("alice", "general", "ask", prompt="Well?")
            assert await ended(discord, asked) == "done"
        assert world.bot.id in allowed.members
        for server, owner, name in (
            (sourdough, world.users.admin, "Sourdough Society"),
            (mill, world.users.bob, "The \\*Mill\\*"),
        ):
            (sentence,) = told(discord, owner)
            assert f" your server {name}" in sentence
            assert f"add {server.id} to ALLOWED_SERVERS" in sentence
    assert told(discord, world.users.alice) == []
