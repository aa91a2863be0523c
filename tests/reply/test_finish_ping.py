"""The ping at the end of a long ask, for askers who want it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.reply import editor as reply_module
from bot.reply import surfaces
from sandbox.discord import Channel, Message
from sandbox.discord.sandbox import DiscordSandbox
from storage.preferences import Preferences
from tests.support.quoth_in_sandbox import QuothInSandbox, quoth_in_sandbox
from tests.support.replies import buttons, posts

COMPLETE = " · your answer is ready"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every ask count as one that took long."""
    monkeypatch.setattr(reply_module, "_LONG", 0.0)


@asynccontextmanager
async def pinging(folder: Path, discord: DiscordSandbox) -> AsyncGenerator[QuothInSandbox]:
    """Start a Quoth whose askers all want to be pinged."""
    async with quoth_in_sandbox(folder, discord) as quoth:
        for name in ("admin", "alice", "bob"):
            await quoth.bot.stores.preferences.change(
                "user", discord.world.user(name).id, None, Preferences(finish_ping=True)
            )
        yield quoth


async def told(quoth: QuothInSandbox, where: str | Channel, after: Message) -> Message:
    """Wait for the message that says that an answer is complete."""
    (ping,) = await quoth.discord.wait(lambda: [m for m in posts(quoth.discord, where, after) if m.pings.users])
    return ping


async def test_only_the_asker_is_pinged(tmp_path: Path, discord: DiscordSandbox) -> None:
    """One followup pings the asker alone, whatever the answer says, and later asks don't read it."""
    alice, bob = discord.world.users.alice, discord.world.users.bob
    async with pinging(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice", "general")
        answer.end(f"@everyone <@{bob.id}> look")
        ping = await told(quoth, "general", interaction.response)
        assert ping.content == f"-# ◆ <@{alice.id}>{COMPLETE}"
        assert ping in interaction.followups
        assert (ping.pings.users, ping.pings.roles, ping.pings.everyone) == ({alice.id}, set(), False)
        assert not interaction.response.pings.users
        _, second = await quoth.ask("bob", "general")
        assert "look" in second.prompt
        assert "complete" not in second.prompt
        second.steps.put_nowait(RuntimeError())
        failed = await told(quoth, "general", ping)
        assert failed.content == f"-# ◆ <@{bob.id}> · your answer ended early"
        assert posts(discord, "general")[-1] is failed


async def test_in_a_dm_it_answers_the_reply(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Without an interaction the ping is a reply to the first page."""
    async with pinging(tmp_path, discord) as quoth:
        asked = await discord.say("alice", "dm", "Well?")
        (await quoth.asked(0)).end("word " * 700)
        dm = discord.world.dm("alice")
        ping = await told(quoth, dm, asked)
        first, second, last = posts(discord, dm, asked)
        assert last is ping
        assert second.content.endswith("done")
        assert ping.reference is not None
        assert ping.reference.target is first


async def test_after_the_hand_over_it_goes_by_bot_token(
    tmp_path: Path, discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that outlived its interaction's token is announced too."""
    async with pinging(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        answer.say("Half of")
        await quoth.shown(interaction.response, "Half of")
        monkeypatch.setattr(surfaces, "_HANDOVER", timedelta(minutes=15))
        answer.end("Half of it all")
        ping = await told(quoth, "general", interaction.response)
        assert ping.interaction is None
        assert ping.reference is not None
        assert ping.reference.target is interaction.response


async def test_short_private_and_stopped_answers_send_no_ping(
    tmp_path: Path, discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quick, private or stopped answer sends no ping, nor does one whose asker wants none."""
    async with pinging(tmp_path, discord) as quoth:
        private, answer = await quoth.ask(private=True)
        answer.end("Well.")
        stopped, answer = await quoth.ask()
        answer.say("Well")
        await quoth.shown(stopped.response, "Well")
        await discord.press("alice", stopped.response, buttons(stopped.response)["Stop"])
        await quoth.shown(stopped.response, "stopped")
        await quoth.shown(private.response, "done")
        monkeypatch.setattr(reply_module, "_LONG", 30.0)
        quick, answer = await quoth.ask()
        answer.end("Well.")
        await quoth.shown(quick.response, "done")
    monkeypatch.setattr(reply_module, "_LONG", 0.0)
    async with quoth_in_sandbox(tmp_path / "unwanted", discord) as quoth:
        unwanted, answer = await quoth.ask()
        answer.end("Well.")
        await quoth.shown(unwanted.response, "done")
    assert posts(discord, "general") == [each.response for each in (private, stopped, quick, unwanted)]


async def test_a_ping_that_is_refused_is_logged_once(
    tmp_path: Path, discord: DiscordSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """A refused ping is logged once and not tried again; the answer is complete."""
    async with pinging(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        answer.say("Half of")
        await quoth.shown(interaction.response, "Half of")
        discord.fail_next("POST", "/webhooks/", 403, body={"message": "Missing Permissions", "code": 50013})
        answer.end("Half of it all")
        await quoth.shown(interaction.response, "Half of it all", "done")
    assert [record.message for record in caplog.records if "Could not ping" in record.message] == [
        f"Could not ping about the end of ask {interaction.id}: HTTP 403, code 50013, send_messages may be missing"
    ]
    assert posts(discord, "general") == [interaction.response]
