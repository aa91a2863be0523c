"""Who may use Quoth, on simcord: every way in, and the servers that Quoth leaves."""

import logging
from pathlib import Path

import pytest

from bot import bootstrap
from bot.policy.access import AccessRules
from bot.settings import Settings
from tests.support.quoth_in_simcord import QuothInSimcord, quoth_in_simcord, refusal, texts

ELSEWHERE = frozenset({123456789012345678})
NOT_HERE = "The bot's operator hasn't allowed Quoth in this server."
NO_DMS = "The bot's operator has turned off questions in DMs. Ask in a server where Quoth is."
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
        assert told.startswith("Quoth has left your server The \\*Other\\*: its operator hasn't allowed it there.")
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
