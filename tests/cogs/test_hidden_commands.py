"""Commands that members don't see: Discord hides them, and Quoth checks who uses them all the same."""

from pathlib import Path

import pytest

from sandbox.discord import DiscordSandbox
from tests.support.quoth_in_sandbox import quoth_in_sandbox

ADMINS, OPERATORS = {"diagnose", "limits"}, {"status", "maintenance"}
REFUSED = "You need the *Manage Server* permission to do that."


async def test_commands_for_admins_are_hidden_from_members(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A member is not offered the commands of admins and of the operator, and gets no answer by them."""
    world = discord.world
    async with quoth_in_sandbox(tmp_path, discord):

        def offered(who: str) -> set[str]:
            found = discord.people.visible_commands(world.users[who], world.channels["general"])
            return {command.name for command in found}

        assert not (ADMINS | OPERATORS) & offered("bob")
        assert offered("admin") >= offered("bob") | ADMINS
        with pytest.raises(PermissionError):
            await discord.command("bob", "general", "limits set", per_person=1)


async def test_quoth_checks_what_a_server_opened(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Where a server opens such a command to its members, Quoth still refuses those without the permission."""
    guild = discord.world.guilds["Lighthouse Keepers"]
    guild.open_commands |= ADMINS
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        for name, options in (("limits set", {"per_person": 1}), ("limits reset", {}), ("diagnose", {})):
            refused = await discord.command("bob", "general", name, **options)
            assert (refused.response.content, refused.response.ephemeral) == (REFUSED, True)
        assert await quoth.bot.stores.limits.of(guild.id) == {}


async def test_members_see_their_limits(tmp_path: Path, discord: DiscordSandbox) -> None:
    """/usage tells a member the limits that apply to them."""
    world = discord.world
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        await discord.command("admin", "general", "limits set", per_person=5)
        used = await discord.command("bob", "general", "usage")
        await quoth.shown(used.response, "Your limits: questions per member in 24 hours: 5")
        other = await discord.command("bob", "oven", "usage")
        await quoth.shown(other.response, "Your questions here")
        assert "limits" not in other.response.content
        assert world.guilds["Lighthouse Keepers"].id in {guild.id for guild in quoth.bot.guilds}
