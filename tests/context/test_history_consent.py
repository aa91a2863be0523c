"""What history leaves out because people want it so, how soon a reply shows, and what is never logged."""

import logging
from pathlib import Path

import pytest

from sandbox.discord.sandbox import DiscordSandbox
from tests.support.channel_history import READS, asks_about, attach, lines, put
from tests.support.quoth_in_sandbox import quoth_in_sandbox
from tests.support.replies import confirm


async def test_a_forgotten_channel_begins_anew(tmp_path: Path, discord: DiscordSandbox) -> None:
    """After an admin's /forget nothing older is read, not even through replies."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        old = await discord.say("bob", "lamp-room", "before")
        refused = await discord.command("bob", "lamp-room", "forget")
        assert refused.response.viewer is discord.world.users.bob
        assert "Manage Messages" in refused.response.content
        asked = await discord.command("admin", "lamp-room", "forget")
        assert asked.response.viewer is discord.world.users.admin
        done = await confirm(discord, "admin", asked, "Clear the context")
        (line,) = await discord.wait(lambda: done.followups)
        assert line.viewer is None
        assert line.content.startswith("-# ◆ ")
        new = await discord.say("bob", "lamp-room", "after")
        answer = await asks_about(quoth, old)
        assert lines(answer) == ["User: Bob: after"]
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        answer = await asks_about(quoth, new, reply=None, replies_to=None)
        assert "before" not in answer.prompt


async def test_opted_out_messages_are_left_out(tmp_path: Path, discord: DiscordSandbox) -> None:
    """No prompt contains an opted-out person's messages or questions, but their own conversation goes on."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("bob", "oven", prompt="bobs secret question")
        answer.end("bobs secret answer")
        await quoth.shown(interaction.response, "done")
        await discord.command("bob", "oven", "privacy opt-out")
        secret = await discord.say("bob", "oven", "bobs secret words")
        reply = await discord.say("alice", "oven", "I see", reply_to=secret)
        answer = await asks_about(quoth, reply)
        assert "secret" not in answer.prompt
        assert answer.prompt.splitlines()[0].startswith("System: (2 messages were left out here")
        assert "User: Alice: I see" in answer.prompt
        again = await asks_about(quoth, interaction.response, who="bob")
        assert "User: Bob: bobs secret question\nAssistant: bobs secret answer" in again.prompt
        await discord.command("bob", "oven", "privacy opt-in")
        answer = await asks_about(quoth, reply)
        assert "User: Bob: bobs secret words" in answer.prompt


async def test_the_first_edit_waits_for_no_more_than_one_read(tmp_path: Path, discord: DiscordSandbox) -> None:
    """However much a question refers to, its reply shows the first status after at most one read of history."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        first = put(discord, "bob", "oven", "far away")
        for _ in range(250):
            put(discord, "bob", "oven", "noise")
        second = put(discord, "alice", "oven", "nearer", first)
        await asks_about(quoth, second)
        calls = [call for call in discord.ledger.calls if call.route == READS]
        begun = next(at for at, call in enumerate(calls) if call.method == "POST")
        assert sum(call.method == "GET" for call in calls[:begun]) <= 1


async def test_no_words_reach_the_log(
    tmp_path: Path, discord: DiscordSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """What people write, attach and ask is in no log record at INFO or above, even when reading fails."""
    caplog.set_level(logging.INFO)
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        message = put(discord, "bob", "oven", "marzipan words")
        attach(discord, message, "marzipan.txt", b"marzipan file")
        await asks_about(quoth, message, "marzipan question", reply=None)
        discord.fail_next("GET", READS, 500)
        discord.fail_next("GET", READS, 403, times=9, body={"message": "marzipan", "code": 50001})
        interaction, answer = await quoth.ask("alice", "oven", prompt="marzipan")
        answer.steps.put_nowait(ValueError("an accident"))
        await quoth.shown(interaction.response, "failed")
        await discord.command("bob", "oven", "privacy show")
    assert "Asking" in caplog.text
    assert "marzipan" not in caplog.text
