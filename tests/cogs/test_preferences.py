"""/preferences on simcord: every press in the panel is checked, stored at once and confirmed."""

import asyncio
import time
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from bot.conversation import Snapshot, State
from storage.limits import Limits
from storage.preferences import Preferences, Scope
from tests.support.quoth_in_simcord import QuothInSimcord, quoth_in_simcord, words


async def opened(quoth: QuothInSimcord, who: Any = None, **options: Any) -> simcord.ResponseMessage:
    """Open a panel, which only its owner sees."""
    result = await (who or quoth.ada).slash(quoth.channel, "preferences", **options)
    assert result.response is not None
    assert result.response.ephemeral
    return result.response


def role_of(quoth: QuothInSimcord, id_: int) -> discord.Role:
    """Return a role as the bot knows it."""
    guild = quoth.bot.get_guild(quoth.guild.id)
    assert guild is not None
    role = guild.get_role(id_)
    assert role is not None
    return role


def control(scope: Scope, id_: int, name: str) -> str:
    """Return the id of a control in a panel."""
    return f"quoth:preference:{scope}:{id_}:{name}"


async def test_a_persons_panel(tmp_path: Path) -> None:
    """Each choice is stored at once, confirmed with who can see it, and shown by the panel; all can be reset."""
    async with quoth_in_simcord(tmp_path) as quoth:
        ada, store = quoth.ada, quoth.bot.stores.preferences
        panel = await opened(quoth)
        assert "**Context messages per question:** last 20 messages (from the bot's default)" in words(panel)
        assert "Only you can see your preferences." in words(panel)
        assert "every message" not in words(panel)
        await ada.select(panel, ["0"], custom_id=control("user", ada.id, "history"))
        assert "✓ Context messages per question: off. Only you can see your preferences." in words(panel)
        assert "**Context messages per question:** off (set here)" in words(panel)
        await ada.select(panel, ["hidden"], custom_id=control("user", ada.id, "thinking"))
        await ada.select(panel, ["ru"], custom_id=control("user", ada.id, "language"))
        await ada.click(panel, custom_id=control("user", ada.id, "private:1"))
        await ada.click(panel, custom_id=control("user", ada.id, "finish_ping:1"))
        chosen = Preferences(None, 0, "hidden", True, None, True, "ru")
        assert await store.of("user", ada.id) == chosen
        await ada.select(panel, ["follow"], custom_id=control("user", ada.id, "history"))
        assert (await store.of("user", ada.id)).history is None
        await ada.click(panel, custom_id=control("user", ada.id, "reset"))
        assert await store.of("user", ada.id) == Preferences()


async def test_a_switch_pressed_twice(tmp_path: Path) -> None:
    """A second press of the same switch chooses the same as the first."""
    async with quoth_in_simcord(tmp_path) as quoth:
        panel = await opened(quoth)
        stale = panel.components
        await quoth.ada.click(panel, custom_id=control("user", quoth.ada.id, "private:1"))
        stored = quoth.env.backend.get_message(panel.channel_id, panel.id)
        stored.components = stale  # as a second press that is on its way saw it
        await quoth.ada.click(panel, custom_id=control("user", quoth.ada.id, "private:1"))
        assert (await quoth.bot.stores.preferences.of("user", quoth.ada.id)).private is True


@pytest.mark.parametrize(
    ("where", "permission"), [("channel", "manage_channels"), ("server", "manage_guild")], ids=["channel", "server"]
)
async def test_a_panel_of_a_place(tmp_path: Path, where: str, permission: str) -> None:
    """The panel of a channel or server needs the permission when it is opened and at every press."""
    async with quoth_in_simcord(tmp_path) as quoth:
        scope: Scope = "channel" if where == "channel" else "guild"
        id_ = quoth.channel.id if scope == "channel" else quoth.guild.id
        refused = await opened(quoth, where=where)
        assert refused.content.startswith("You need the *Manage ")
        role = quoth.guild.create_role("crew", permissions=discord.Permissions(**{permission: True}))
        eve = quoth.guild.add_member(quoth.env.create_user("eve"), roles=[role])
        panel = await opened(quoth, eve, where=where)
        assert ("Answer every message here" in words(panel)) == (scope == "channel")
        await eve.select(panel, ["50"], custom_id=control(scope, id_, "history"))
        assert f"Everyone in this {where} can see its preferences." in words(panel)
        assert await quoth.bot.stores.preferences.of(scope, id_) == Preferences(history=50)
        await role_of(quoth, role.id).edit(permissions=discord.Permissions.none())
        await quoth.env.settle()
        pressed = await eve.select(panel, ["0"], custom_id=control(scope, id_, "history"))
        assert pressed.response is not None
        assert pressed.response.content.startswith("You need the *Manage ")
        assert await quoth.bot.stores.preferences.of(scope, id_) == Preferences(history=50)


async def test_every_message_is_a_channels_choice(tmp_path: Path) -> None:
    """Answering every message is a channel's preference, stored with its server."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_channels=True)
        panel = await opened(quoth, eve, where="channel")
        await eve.click(panel, custom_id=control("channel", quoth.channel.id, "every_message:1"))
        assert (await quoth.bot.stores.preferences.of("channel", quoth.channel.id)).every_message is True
        assert await quoth.bot.stores.preferences.guilds() == {quoth.guild.id}


async def test_choices_change_an_ask(tmp_path: Path) -> None:
    """History and privacy follow the preferences; an ask's own options win."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await quoth.ada.send(quoth.channel, "I like ravens.")
        await quoth.bot.stores.preferences.change("user", quoth.ada.id, None, Preferences(history=0, private=True))
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Why?")
        assert quoth.poe.asked[-1][1] == "Why?"
        assert asked.ephemeral
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Why?", private=False)
        assert not asked.ephemeral
        await quoth.bot.stores.preferences.reset("user", quoth.ada.id, "private")
        await quoth.bot.stores.preferences.change("guild", quoth.guild.id, quoth.guild.id, Preferences(private=True))
        assert (await quoth.ada.slash(quoth.channel, "ask", prompt="Why?")).ephemeral


@pytest.mark.parametrize(("thinking", "shown"), [("kept", "> I wonder"), ("folded", "-# 💭 "), ("hidden", "")])
async def test_thoughts_are_shown_as_chosen(tmp_path: Path, thinking: str, shown: str) -> None:
    """A model's reasoning is kept, folded or hidden as the asker chose."""
    answer = "*Thinking...*\n\n> I wonder about it.\n\nThe answer."
    async with quoth_in_simcord(tmp_path, Snapshot(answer, State.DONE)) as quoth:
        await quoth.bot.stores.preferences.change("user", quoth.ada.id, None, Preferences(thinking=thinking))
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        assert asked.response is not None
        assert shown in asked.response.content
        assert "The answer." in asked.response.content
        assert ("wonder" in asked.response.content) == (thinking == "kept")


async def test_what_can_not_be_read_is_private(tmp_path: Path) -> None:
    """While preferences are unknown, replies are private."""
    async with quoth_in_simcord(tmp_path) as quoth:
        changing = asyncio.create_task(quoth.bot.stores.preferences.change("user", 1, None, Preferences("palm")))
        await asyncio.sleep(0)
        changing.cancel()  # it may have been written or not, so that the table has to be read again
        await asyncio.wait({changing})
        await quoth.connection.close()
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        assert asked.ephemeral


async def test_deleted_places_are_forgotten(tmp_path: Path) -> None:
    """A channel's preferences go with the channel, and a role's limits with the role."""
    async with quoth_in_simcord(tmp_path) as quoth:
        other, role = quoth.guild.create_text_channel("other"), quoth.guild.create_role("crew")
        await quoth.bot.stores.preferences.change("channel", other.id, quoth.guild.id, Preferences(history=0))
        await quoth.bot.stores.limits.change(quoth.guild.id, role.id, Limits(per_person=1))
        await quoth.env.settle()
        channel = quoth.bot.get_channel(other.id)
        assert isinstance(channel, discord.TextChannel)
        await channel.delete()
        await role_of(quoth, role.id).delete()
        await quoth.env.settle()
        assert await quoth.bot.stores.preferences.of("channel", other.id) == Preferences()
        assert await quoth.bot.stores.limits.of(quoth.guild.id) == {}


async def test_a_server_that_is_left(tmp_path: Path) -> None:
    """The preferences of a server that Quoth left are deleted after a while, not before."""
    async with quoth_in_simcord(tmp_path) as quoth:
        bot, id_ = quoth.bot, quoth.guild.id
        await bot.stores.preferences.change("guild", id_, id_, Preferences("gpt-4"))
        guild = bot.get_guild(id_)
        assert guild is not None
        before = time.time()
        await guild.leave()
        await quoth.env.settle()
        assert await bot.stores.departed_guilds.delete_old(before) == 0
        assert await bot.stores.preferences.of("guild", id_) == Preferences("gpt-4")
        assert await bot.stores.departed_guilds.delete_old(time.time() + 1) == 1
        assert await bot.stores.preferences.of("guild", id_) == Preferences()
