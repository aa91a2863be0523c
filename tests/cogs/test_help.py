"""/help: what a person can do where they are."""

import re
from pathlib import Path

import pytest
import simcord

from bot.i18n.translate import translated
from sandbox.discord.sandbox import DiscordSandbox
from tests.support.quoth_in_sandbox import quoth_in_sandbox
from tests.support.quoth_in_simcord import quoth_in_simcord

_MENTION = re.compile(r"</([^:>]+):(\d+)>")


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_help_lists_every_command(tmp_path: Path, discord: DiscordSandbox, language: str) -> None:
    """A person who may do everything is shown every command, to click and in their language."""
    discord.world.users.admin.locale = language
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        await discord.wait(lambda: discord.world.commands())
        quoth.bot.owner_ids = {discord.world.users.admin.id}
        response = (await discord.command("admin", "general", "help")).response
        assert response.ephemeral
        listed = {(name.partition(" ")[0], int(command_id)) for name, command_id in _MENTION.findall(response.content)}
        commands = {
            (translated(command.name, language), command.id)
            for command in discord.world.commands()
            if command.json.get("type", 1) == 1 and command.name != "help"
        }
        assert listed == commands
        assert "`/" not in response.content


async def test_help_shows_what_one_may_do(tmp_path: Path) -> None:
    """Members don't see the admins' commands, admins not the operator's; a DM has none that are about a server."""
    async with quoth_in_simcord(tmp_path) as quoth:

        async def listed(who: simcord.MemberActor) -> set[str]:
            result = await who.slash(quoth.channel, "help")
            assert result.response is not None
            assert result.response.ephemeral
            return {name for name, _ in _MENTION.findall(result.response.content)}

        member, admin = await listed(quoth.ada), await listed(quoth.member("eve", manage_guild=True))
        assert {"ask", "models", "usage", "privacy show"} <= member
        assert not {"model allow", "limits set", "limits show", "diagnose", "status"} & member
        assert admin - member == {"model set", "model allow", "limits set", "limits show", "diagnose"}
        direct = (await quoth.ada.user.slash("help")).response.content
        assert "without any command" in direct
        assert "/limits" not in direct
