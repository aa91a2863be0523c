"""Personal apps, missing permissions and places that go: Quoth does what it can and says what it can't."""

import logging
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.permissions import Permission
from tests.support.quoth_in_sandbox import QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import buttons, posts


@pytest.fixture
async def quoth(tmp_path: Path, discord: DiscordSandbox) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth that is logged in."""
    async with quoth_in_sandbox(tmp_path, discord) as running:
        yield running


async def heard(quoth: QuothInSandbox) -> None:
    """Wait until all messages so far have reached Quoth, by having a later DM answered."""
    _, answer = await quoth.say("bob", "dm", "Are you there?")
    answer.end("Yes")


async def test_every_command_says_where_it_works(quoth: QuothInSandbox) -> None:
    """Every command states its contexts and installation types instead of using Discord's defaults."""
    commands = quoth.discord.world.global_commands or []
    assert len(commands) > 2
    for command in commands:
        assert command.json["contexts"], command.name
        assert command.json["integration_types"], command.name
    for name in ("ask", "Ask about this"):
        (command,) = (each for each in commands if each.name == name)
        assert (command.contexts, command.installs) == ([0, 1, 2], [0, 1])


async def test_a_personal_app_answers_its_person(quoth: QuothInSandbox) -> None:
    """As a personal app Quoth answers the person with at most five followups, and says that it can't read messages."""
    discord, world = quoth.discord, quoth.discord.world
    world.install("alice")
    bob = world.users.bob
    elsewhere = world.add_channel(world.add_guild("Puffin Fanciers", bob, with_bot=False), "burrow")
    assert elsewhere.guild is not None
    world.join(world.users.alice, elsewhere.guild)
    await discord.say("bob", elsewhere, "You can't see this")
    interaction, answer = await quoth.ask("alice", elsewhere, prompt="A novel?")
    assert answer.prompt == "A novel?"
    answer.end("word " * 4000)
    await discord.wait(lambda: "done" in interaction.replies[-1].content)
    assert len(interaction.followups) == 5
    interaction, answer = await quoth.ask("alice", elsewhere, prompt="A line?")
    answer.end("Here")
    await discord.wait(
        lambda: any("You're using Quoth as a personal app here" in each.content for each in interaction.followups)
    )
    assert [each.ephemeral for each in interaction.followups] == [True]
    again = await discord.press("alice", interaction.response, buttons(interaction.response)["Retry"])
    (await quoth.asked(2)).end("Here it is")
    await quoth.shown(again.response, "Here it is", "done")
    assert not discord.ledger.to("GET", f"/channels/{elsewhere.id}/messages")[1:]
    with pytest.raises(PermissionError):
        await discord.command("bob", elsewhere, "ask", prompt="And I?")


async def test_a_guest_s_export_is_as_long_as_discord_allows(
    quoth: QuothInSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Discord allows five followups, that many files come, and the last one says that there are more."""
    monkeypatch.setattr(sys.modules["cogs.privacy"], "_FILE_SIZE", 1)  # discord.py loads extensions by itself
    discord, world = quoth.discord, quoth.discord.world
    world.install("alice")
    for _ in range(3):
        interaction, answer = await quoth.ask("alice", "general")
        answer.end("Well.")
        await quoth.shown(interaction.response, "done")
    elsewhere = world.add_channel(world.add_guild("Puffins", world.users.alice, with_bot=False), "burrow")
    shown = await discord.command("alice", elsewhere, "privacy show")
    await discord.wait(lambda: "Discord allows no further files here." in shown.replies[-1].content)
    assert len(shown.replies) == 5
    assert all(message.attachments for message in shown.replies)
    whole = await discord.command("alice", "general", "privacy show")
    await discord.wait(lambda: len(whole.replies) == 12)


async def test_a_deleted_followup_leaves_a_guest_s_answer_whole(quoth: QuothInSandbox) -> None:
    """When no followup is left to replace a deleted page, the reply still ends, with the whole answer as a file."""
    discord, world = quoth.discord, quoth.discord.world
    world.install("alice")
    elsewhere = world.add_channel(world.add_guild("Puffin Fanciers", world.users.alice, with_bot=False), "burrow")
    interaction, answer = await quoth.ask("alice", elsewhere, prompt="A novel?")
    text = " ".join(f"word{number}" for number in range(1500))
    answer.say(text)
    await discord.wait(lambda: len(interaction.followups) == 5)
    discord.people.delete(world.users.alice, interaction.followups[-1])
    answer.end(text + " the end")
    await discord.wait(lambda: any(each.attachments for each in interaction.replies))
    shown = next(each for each in interaction.replies if each.attachments)
    assert "done" in shown.content
    assert shown.attachments[0].data.decode() == text + " the end"


async def test_where_quoth_may_not_write_nobody_is_asked(
    quoth: QuothInSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """A mention where Quoth may not send messages causes neither an ask nor an error."""
    here = quoth.discord.world.channels.general
    assert here.guild is not None
    quoth.discord.world.deny(here, quoth.discord.world.bot, Permission.SEND_MESSAGES)
    await quoth.discord.say("alice", here, "Is it foggy?", mention=True)
    await heard(quoth)
    assert len(quoth.poe.answers) == 1
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_without_the_right_to_read_history_it_answers_all_the_same(quoth: QuothInSandbox) -> None:
    """Without Read Message History the answer is a message of its own instead of a reply."""
    here = quoth.discord.world.channels.general
    assert here.guild is not None
    quoth.discord.world.deny(here, quoth.discord.world.bot, Permission.READ_MESSAGE_HISTORY)
    asked, answer = await quoth.say("alice", here, "Is it foggy?", mention=True)
    answer.end("Very")
    (reply,) = await quoth.discord.wait(lambda: posts(quoth.discord, here, asked))
    await quoth.shown(reply, "Very", "done")
    assert reply.reference is None


async def test_a_place_that_goes_while_it_is_answered_ends_the_ask(
    quoth: QuothInSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """A deleted channel or a closed DM ends the ask at once, without a traceback."""
    discord = quoth.discord
    _, answer = await quoth.say("alice", "general", "Is it foggy?", mention=True)
    answer.say("Half of")
    discord.world.remove_channel(discord.world.channels.general)
    answer.say("Half of it")
    await until(lambda: answer.left)
    discord.fail_next("POST", "/channels/{channel_id}/messages", 403, body={"code": 50007, "message": "Cannot send"})
    asked = await discord.say("alice", "dm", "Is it foggy?")
    await discord.wait(lambda: discord.ledger.with_status(403))
    await until(lambda: quoth.bot.asks.askers_of(asked.id) == set())
    assert not [record for record in caplog.records if record.exc_info]
    await heard(quoth)
