"""Who may use Quoth, on simcord: every way in, and the servers that Quoth leaves."""

import logging
from pathlib import Path

import pytest
import simcord

from bot import bootstrap
from bot.policy.access import AccessRules
from bot.settings import Settings
from storage.preferences import Preferences
from tests.support.quoth_in_simcord import QuothInSimcord, quoth_in_simcord, refusal, texts, words

ELSEWHERE = frozenset({123456789012345678})
NOT_HERE = "The bot's operator hasn't allowed Quoth in this server."
NO_DMS = "The bot's operator has turned off questions in DMs. Ask in a server where Quoth is."
OFF = "The admins of this server have turned off questions to Quoth in this channel."
ROLES = "Only members with certain roles can ask in this server."
STRANGERS = "Only members of a server where Quoth may be used can ask here."


def dms(quoth: QuothInSimcord) -> list[str]:
    """What was written to Ada by DM."""
    return texts(quoth.ada.user.dm_channel.history())


async def test_strangers_are_refused_in_dms_and_members_answered(tmp_path: Path) -> None:
    """By default a DM is answered to people of a server where Quoth is, and to nobody else."""
    async with quoth_in_simcord(tmp_path) as quoth:
        stranger = quoth.env.create_user("eve")
        await stranger.send_dm("Hello?")
        assert STRANGERS in texts(stranger.dm_channel.history())[-1]
        assert quoth.poe.asked == []
        await quoth.ada.send_dm("Hello?")
        assert len(quoth.poe.asked) == 1
        async with quoth.connection.execute("SELECT count(*) FROM asks WHERE asker_id = ?", (stranger.id,)) as rows:
            assert await rows.fetchone() == (0,)


async def test_dms_can_be_turned_off(tmp_path: Path) -> None:
    """With DM_POLICY=off nobody is answered by DM, and is told why."""
    async with quoth_in_simcord(tmp_path, access=AccessRules(dms="off")) as quoth:
        await quoth.ada.send_dm("Hello?")
        assert NO_DMS in dms(quoth)[-1]
        assert quoth.poe.asked == []
        assert (await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")).response is not None
        assert len(quoth.poe.asked) == 1


async def test_quoth_leaves_servers_that_are_not_allowed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Their owner is told why, once, and Quoth is gone; an allowed server it stays in."""
    async with quoth_in_simcord(tmp_path) as quoth:
        quoth.bot.access.rules = AccessRules(frozenset({quoth.guild.id}))
        owner = quoth.env.create_user("owner")
        with caplog.at_level(logging.INFO):
            other = quoth.env.create_guild("The *Other*", owner=owner)
            await quoth.env.settle()
        assert [guild.id for guild in quoth.bot.guilds] == [quoth.guild.id]
        (told,) = texts(owner.dm_channel.history())
        assert told.startswith("The bot's operator hasn't allowed Quoth in your server The \\*Other\\*.")
        assert str(other.id) in told
        assert "Left a server that ALLOWED_SERVERS does not name." in caplog.text


async def test_every_way_in_is_closed_where_a_server_is_not_allowed(tmp_path: Path) -> None:
    """Commands, mentions, replies and buttons are refused for their asker alone, should leaving not have worked."""
    async with quoth_in_simcord(tmp_path) as quoth:
        answered = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        assert answered.response is not None
        quoth.bot.access.rules = AccessRules(ELSEWHERE)
        shown = len(quoth.channel.history())
        assert NOT_HERE in refusal(await quoth.ada.slash(quoth.channel, "ask", prompt="Well?"))
        await quoth.ada.send(quoth.channel, f"<@{quoth.bot.me}> Well?")
        await quoth.ada.send(quoth.channel, "Well?", reply_to=answered.response)
        assert dms(quoth) == [NOT_HERE, NOT_HERE]
        assert len(quoth.channel.history()) == shown + 2  # what Ada herself wrote
        again = await quoth.ada.click(answered.response, label="Retry")
        assert NOT_HERE in refusal(again)
        assert len(quoth.poe.asked) == 1


async def test_the_operator_is_warned_of_a_public_application(tmp_path: Path) -> None:
    """Simcord's application is public: without a rule the operator is warned, with one not."""
    token = {"DISCORD_TOKEN": "token.of.tests"}
    async with quoth_in_simcord(tmp_path) as quoth:
        assert quoth.bot.application is not None
        (warning,) = bootstrap.open_to_all(quoth.bot.application, Settings.read(token))
        assert warning.startswith("Anybody can add Quoth to their server and spend your points there")
        limited = Settings.read(token | {"ALLOWED_SERVERS": "123456789012345678, 223456789012345678"})
        assert bootstrap.open_to_all(quoth.bot.application, limited) == []


async def test_admins_switch_questions_off_in_a_channel(tmp_path: Path) -> None:
    """Where questions are off nobody is answered, by whatever way they ask; a server's off leaves channels that are on.

    What is written to nobody, where every message is answered, is passed over in silence.
    """
    async with quoth_in_simcord(tmp_path) as quoth:
        store = quoth.bot.stores.preferences
        await store.change("channel", quoth.channel.id, quoth.guild.id, Preferences(asking=False, every_message=True))
        assert OFF in refusal(await quoth.ada.slash(quoth.channel, "ask", prompt="Well?"))
        await quoth.ada.send(quoth.channel, f"<@{quoth.bot.me}> Well?")
        assert dms(quoth) == [OFF]
        await quoth.ada.send(quoth.channel, "Nice weather")
        assert dms(quoth) == [OFF]
        await store.change("guild", quoth.guild.id, quoth.guild.id, Preferences(asking=False))
        await store.change("channel", quoth.channel.id, quoth.guild.id, Preferences(asking=True))
        assert quoth.poe.asked == []
        await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        assert len(quoth.poe.asked) == 1
        other = quoth.guild.create_text_channel("other")
        assert OFF in refusal(await quoth.ada.slash(other, "ask", prompt="Well?"))


async def test_the_switch_is_in_the_panel_of_admins(tmp_path: Path) -> None:
    """The panels of a channel and of a server have the switch, a person's has not."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True, manage_channels=True)
        for where, there in (("me", False), ("channel", True), ("server", True)):
            shown = (await eve.slash(quoth.channel, "preferences", where=where)).response
            assert shown is not None
            assert ("Questions to Quoth" in words(shown)) is there


async def test_roles_have_their_own_models(tmp_path: Path) -> None:
    """A role's list replaces the server's for its members, several add up, and reset gives the server's back."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        crew, guests = quoth.guild.create_role("crew"), quoth.guild.create_role("guests")
        bob = quoth.guild.add_member(quoth.env.create_user("bob"), roles=[crew])
        both = quoth.guild.add_member(quoth.env.create_user("both"), roles=[crew, guests])

        async def allow(models: str, role: simcord.RoleHandle | None = None) -> str:
            options = {"role": role} if role else {}
            told = (await eve.slash(quoth.channel, "model allow", models=models, **options)).response
            assert told is not None
            return told.content

        async def asks(who: simcord.MemberActor, model: str) -> str:
            result = await who.slash(quoth.channel, "ask", prompt="Well?", model=model)
            return "" if result.response else refusal(result)

        assert await allow("My-Bot", crew) == f"Members with {crew.mention} can now use: `My-Bot`."
        await allow("GPT-4o", guests)
        assert not await asks(quoth.ada, "gpt-4o")
        assert "isn't enabled here" in await asks(bob, "gpt-4o")
        assert not await asks(bob, "My-Bot")
        assert not await asks(both, "My-Bot")
        assert not await asks(both, "gpt-4o")
        shown = (await quoth.ada.slash(quoth.channel, "model show")).response
        assert shown is not None
        assert f"-# Members with {crew.mention} can use: `My-Bot`" in shown.content
        assert "can now use this server's models" in await allow("reset", crew)
        assert not await asks(bob, "gpt-4o")


async def test_only_some_roles_may_ask(tmp_path: Path) -> None:
    """With no models for the server, only the members of roles that have some may ask, by command or mention."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.member("eve", manage_guild=True)
        crew = quoth.guild.create_role("crew")
        bob = quoth.guild.add_member(quoth.env.create_user("bob"), roles=[crew])
        await eve.slash(quoth.channel, "model allow", models="none")
        await eve.slash(quoth.channel, "model allow", models="all", role=crew)
        assert ROLES in refusal(await quoth.ada.slash(quoth.channel, "ask", prompt="Well?"))
        await quoth.ada.send(quoth.channel, f"<@{quoth.bot.me}> Well?")
        assert dms(quoth) == [ROLES]
        await bob.slash(quoth.channel, "ask", prompt="Well?")
        await bob.send(quoth.channel, f"<@{quoth.bot.me}> Well?")
        assert len(quoth.poe.asked) == 2
        await eve.slash(quoth.channel, "model allow", models="reset")
        assert (await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")).response is not None
