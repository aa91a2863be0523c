"""The permissions that Quoth lacks in a server, named on joining and by /diagnose."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from bot.permissions import PERMISSIONS, CheckedChannel, invite, lacks, report, without
from sandbox.discord import DiscordSandbox
from sandbox.discord.world.entities import ChannelType
from sandbox.discord.world.permissions import EVERYONE, Permission
from tests.support.quoth_in_sandbox import quoth_in_sandbox
from tests.support.quoth_in_simcord import quoth_in_simcord
from tests.support.replies import posts

NEEDED = ("send_messages", "read_message_history", "attach_files")


@pytest.mark.parametrize(
    ("missing", "thread", "expected"),
    [
        ((), False, ()),
        ((), True, ()),
        *(((name,), False, (name,)) for name in NEEDED),
        (("attach_files", "send_messages"), False, ("send_messages", "attach_files")),
        (("view_channel",), False, ("view_channel",)),
        (("view_channel", *NEEDED), True, ("view_channel",)),
        (("send_messages",), True, ()),
        (("send_messages_in_threads",), True, ("send_messages_in_threads",)),
        (("send_messages_in_threads",), False, ()),
    ],
)
def test_what_is_missing_is_named(missing: tuple[str, ...], thread: bool, expected: tuple[str, ...]) -> None:
    """Only permissions that matter in that kind of channel are named, the most important first."""
    granted = discord.Permissions(PERMISSIONS.value)
    granted.update(**dict.fromkeys(missing, False))
    assert lacks(granted, thread=thread) == expected


def test_nothing_that_is_asked_for_goes_unexplained() -> None:
    """Every permission of the invite link can be reported missing, with what fails without it."""
    found = {name for thread in (False, True) for name in lacks(discord.Permissions(1 << 10), thread=thread)}
    asked = {name for name in discord.Permissions.VALID_FLAGS if getattr(PERMISSIONS, name)} - {"read_messages"}
    assert found | {"view_channel"} == asked
    assert all(without(name).endswith(".") for name in asked)


def test_the_link_asks_for_no_more_than_is_needed() -> None:
    """The link in a report is for that server only and asks for just the permissions that Quoth uses."""
    asked = parse_qs(urlsplit(invite(7, 9)).query)
    assert asked.pop("scope") == ["bot applications.commands"]
    assert asked == {
        "client_id": ["7"],
        "permissions": [str(PERMISSIONS.value)],
        "guild_id": ["9"],
        "disable_guild_select": ["true"],
    }
    assert "guild_id" not in invite(7)


def test_a_report_fits_a_message() -> None:
    """However many channels lack something, the report is one message and says how many it left out."""
    everything = ("send_messages", "read_message_history", "attach_files")
    others = [CheckedChannel((1 << 62) + number, everything) for number in range(500)]
    text = report(CheckedChannel(1, everything), others, content=False, application=1 << 62, guild=1 << 62)
    assert len(text) <= 2000
    assert "492 more channels" in text


async def test_diagnose_is_for_admins(tmp_path: Path) -> None:
    """Without Manage Server /diagnose is refused; admins and the operator get a private report."""
    async with quoth_in_simcord(tmp_path) as quoth:
        refused = await quoth.ada.slash(quoth.channel, "diagnose")
        assert refused.response is not None
        assert refused.ephemeral
        assert refused.response.content == "You need the *Manage Server* permission to do that."
        role = quoth.guild.create_role("crew", permissions=discord.Permissions(manage_guild=True))
        eve = quoth.guild.add_member(quoth.env.create_user("eve"), roles=[role])
        quoth.bot.owner_ids = {quoth.ada.id}
        for able in (eve, quoth.ada):
            told = await able.slash(quoth.channel, "diagnose")
            assert told.response is not None
            assert told.ephemeral
            assert quoth.channel.mention in told.response.content


async def test_diagnose_names_what_each_channel_lacks(tmp_path: Path, discord: DiscordSandbox) -> None:
    """The report is detailed for this channel, short for others, has the link, and skips channels without a problem."""
    channels, guild = discord.world.channels, discord.world.guilds["Lighthouse Keepers"]
    for name, taken in (("general", Permission.ATTACH_FILES), ("logbook", Permission.VIEW_CHANNEL)):
        discord.world.deny(channels[name], discord.world.bot, taken)
    async with quoth_in_sandbox(tmp_path, discord):
        told = (await discord.command("admin", "general", "diagnose")).response
        assert told.ephemeral
        assert f"Quoth is missing permissions in <#{channels['general'].id}>:\n**Attach Files**: " in told.content
        assert f"<#{channels['logbook'].id}>: View Channel" in told.content
        assert str(channels["lamp-room"].id) not in told.content
        assert f"guild_id={guild.id}" in told.content
        discord.world.deny(channels["general"], discord.world.bot, Permission.VIEW_CHANNEL)
        blind = (await discord.command("admin", "general", "diagnose")).response
        assert "**View Channel**: " in blind.content
        well = (await discord.command("admin", "oven", "diagnose")).response
        assert "Quoth has all the permissions it needs in <#" in well.content
        assert "http" not in well.content


@pytest.mark.parametrize("kind", [ChannelType.FORUM, ChannelType.VOICE, ChannelType.STAGE])
async def test_every_kind_of_channel_is_checked(tmp_path: Path, discord: DiscordSandbox, kind: ChannelType) -> None:
    """A forum, a voice or a stage channel that denies something is listed; one that denies nothing is not."""
    world = discord.world
    guild = world.guilds["Lighthouse Keepers"]
    needed = Permission.SEND_MESSAGES_IN_THREADS if kind is ChannelType.FORUM else Permission.SEND_MESSAGES
    denied = {"a": needed, "b": Permission.VIEW_CHANNEL, "c": Permission.ATTACH_FILES, "d": Permission.ADD_REACTIONS}
    if kind is not ChannelType.FORUM:
        denied["e"] = Permission.CONNECT
    for name, taken in denied.items():
        world.deny(world.add_channel(guild, name, kind=kind), world.bot, taken)
    async with quoth_in_sandbox(tmp_path, discord):
        told = (await discord.command("admin", "general", "diagnose")).response.content
    named = {name: world.channels[name].id for name in denied}
    lines = {name: [line for line in told.splitlines() if f"<#{id_}>: " in line] for name, id_ in named.items()}
    assert {name for name, found in lines.items() if not found} == {"d"}
    write = "Send Messages in Threads" if kind is ChannelType.FORUM else "Send Messages"
    missing = {"a": write, "b": "View Channel", "c": "Attach Files", "e": "Connect"}
    assert all(missing[name] in line for name, found in lines.items() for line in found)


async def test_a_new_server_is_greeted_once(tmp_path: Path, discord: DiscordSandbox) -> None:
    """On joining, Quoth posts one message where Discord posts its own greetings, and names what it lacks there."""
    world = discord.world
    guild = world.add_guild("The Raven", world.users.alice, with_bot=False)
    guild.everyone.permissions = EVERYONE & ~Permission.ATTACH_FILES
    world.add_channel(guild, "hall")
    guild.system_channel = world.add_channel(guild, "door")
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        await quoth.bot.wait_until_ready()  # what comes earlier counts as one that was there before
        world.invite(guild)
        (greeting,) = await discord.wait(lambda: posts(discord, "door"))
        assert "Use </ask:" in greeting.content
        assert "Attach Files" in greeting.content
        discord.repeat("GUILD_CREATE", guild.id)
        await discord.drop_gateway()
        await discord.wait(lambda: discord.gateway.connected)
        await discord.command("alice", "door", "diagnose")
        assert [m for m in posts(discord, "door") if not m.ephemeral] == [greeting]
        assert posts(discord, "hall") == posts(discord, world.dm("alice")) == []


async def test_the_owner_hears_of_a_server_without_a_channel_to_write_in(
    tmp_path: Path, discord: DiscordSandbox
) -> None:
    """Where Quoth may write nowhere, the owner gets one DM with the link; if DMs are closed, nobody gets one."""
    world = discord.world
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        await quoth.bot.wait_until_ready()
        for name, closed in (("The Raven", False), ("The Crow", True)):
            world.users.alice.closed = closed
            guild = world.add_guild(name, world.users.alice, with_bot=False)
            guild.everyone.permissions = EVERYONE & ~Permission.SEND_MESSAGES
            world.add_channel(guild, f"hall of {name}")
            world.invite(guild)
            (plea,) = await discord.wait(lambda: posts(discord, world.dm("alice")))
            assert "The Raven" in plea.content
        await discord.wait(lambda: discord.ledger.with_status(403))
        assert [call.code for call in discord.ledger.with_status(403)] == [50007]
