"""The simulated Discord works with an unmodified discord.py bot."""

import asyncio
import time
from collections.abc import AsyncIterator

import discord
import pytest

from sandbox.discord import DiscordSandbox, File, Permission
from tests.support.discord_bot import EDITS, Bot, running


@pytest.fixture
async def sandbox() -> AsyncIterator[DiscordSandbox]:
    """A new Discord for every test; nothing that it doesn't model may have been requested."""
    async with DiscordSandbox() as running_sandbox:
        yield running_sandbox
    assert running_sandbox.ledger.unknown == []


@pytest.fixture
async def bot(sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """The bot, ready."""
    async with running(sandbox, monkeypatch) as running_bot:
        yield running_bot


async def test_login_and_sync(sandbox: DiscordSandbox, bot: Bot) -> None:
    """The bot knows its servers, channels and itself; the world knows its commands."""
    assert {guild.name for guild in bot.guilds} == {guild.name for guild in sandbox.world.guilds}
    assert bot.user is not None
    assert bot.user.id == sandbox.world.bot.id
    channel = bot.get_channel(sandbox.world.channels["lamp-room"].id)
    assert isinstance(channel, discord.TextChannel)
    assert channel.permissions_for(channel.guild.me).send_messages
    names = {command.name for command in sandbox.world.commands()}
    assert {"stream", "picky", "buttons", "Quote", "secret", "silent", "models"} == names


async def test_stream_is_paced_by_its_bucket_alone(sandbox: DiscordSandbox, bot: Bot) -> None:
    """Twelve edits and a followup with a file get no 429 and take the four seconds of their bucket."""
    started = time.monotonic()
    interaction = await sandbox.command("alice", "lamp-room", "stream", prompt="Tick")
    message = interaction.response
    assert message.loading
    assert int(message.type) == 20
    followup = (await sandbox.wait(lambda: interaction.followups))[0]
    assert 3.9 < time.monotonic() - started < 7
    assert [revision.content for revision in message.revisions] == ["", *(f"Tick {n}" for n in range(EDITS))]
    assert not message.loading
    assert message.edited_at
    assert not message.pings
    assert sandbox.ledger.limited == []
    assert bot.errors == []
    channel = bot.get_channel(message.channel.id)
    assert isinstance(channel, discord.TextChannel)
    found = await channel.fetch_message(followup.id)
    assert b"commands.Bot" in await found.attachments[0].read()


async def test_history_shows_what_people_said(sandbox: DiscordSandbox, bot: Bot) -> None:
    """`history()` returns everyone's messages in order, and its pages are right."""
    room = sandbox.world.channels["lamp-room"]
    channel = bot.get_channel(room.id)
    assert isinstance(channel, discord.TextChannel)
    await sandbox.say("bob", "lamp-room", "Hello @everyone", files=[File("notes.txt", b"puffin notes")])
    seen = [message async for message in channel.history(limit=None, oldest_first=True)]
    assert [message.id for message in seen] == [message.id for message in sandbox.world.messages(room)]
    assert await seen[-1].attachments[0].read() == b"puffin notes"
    around = [message.id async for message in channel.history(limit=3, around=seen[2])]
    assert sorted(around) == [message.id for message in seen[1:4]]
    newest = [message.id async for message in channel.history(limit=2, before=seen[4])]
    assert newest == [seen[3].id, seen[2].id]


async def test_direct_message_is_answered(sandbox: DiscordSandbox, bot: Bot) -> None:
    """A person writes a DM to the bot, the bot replies, and it can open a DM itself."""
    direct = sandbox.world.dm("bob")
    await sandbox.say("bob", "dm", "Are you there?")
    await sandbox.wait(lambda: len(direct.messages) == 2)
    assert sandbox.world.messages(direct)[-1].content == "You said: Are you there?"
    sent = await (await bot.create_dm(discord.Object(sandbox.world.users.alice.id))).send("Good morning")
    assert sent.channel.id == sandbox.world.dm("alice").id
    assert [message.content for message in sandbox.world.messages(sandbox.world.dm("alice"))] == ["Good morning"]


async def test_autocomplete_then_command(sandbox: DiscordSandbox, bot: Bot) -> None:
    """Suggestions match what is typed; other values can be sent too."""
    choices = await sandbox.autocomplete("alice", "general", "picky", "animal", animal="b")
    assert [(choice.name, choice.value) for choice in choices] == [("The Bee", "Bee")]
    interaction = await sandbox.command("alice", "general", "picky", animal="Okapi")
    assert interaction.response.content == "Okapi"
    with pytest.raises(ValueError, match="required options"):
        await sandbox.command("alice", "general", "picky")
    with pytest.raises(LookupError, match="no command"):
        await sandbox.command("alice", "general", "pickle")


async def test_button_opens_a_modal_and_its_form_is_answered(sandbox: DiscordSandbox, bot: Bot) -> None:
    """Button → modal → submit."""
    shown = (await sandbox.command("alice", "general", "buttons")).response
    pressed = await sandbox.press("bob", shown, "again")
    assert pressed.modal is not None
    assert pressed.modal["title"] == "Ask again"
    with pytest.raises(ValueError, match="characters"):
        await sandbox.submit("bob", pressed, {"text": "?"})
    with pytest.raises(LookupError, match="no open modal"):
        await sandbox.submit("alice", pressed, {"text": "Why?"})
    submitted = await sandbox.submit("bob", pressed, {"text": "Why?"})
    assert submitted.response.content == "Asked: Why?"
    assert submitted.response.reference is not None
    assert submitted.response.reference.target is shown


async def test_select_updates_its_message(sandbox: DiscordSandbox, bot: Bot) -> None:
    """Choosing in a select menu updates its message, which then shows as edited."""
    shown = (await sandbox.command("alice", "general", "buttons")).response
    chosen = await sandbox.press("alice", shown, "model", ["Bee"])
    assert chosen.response is shown
    assert chosen.replies == []
    assert shown.content == "Chosen: Bee"
    assert shown.edited_at
    with pytest.raises(ValueError, match="options"):
        await sandbox.press("alice", shown, "model", ["Cow"])


async def test_menu_hands_over_its_message(sandbox: DiscordSandbox, bot: Bot) -> None:
    """A message command gets the message that it was used on."""
    said = await sandbox.say("bob", "general", "Fog again")
    interaction = await sandbox.menu("alice", said, "Quote")
    assert interaction.response.content == "> Fog again"
    assert int(interaction.response.type) == 23


async def test_subcommand_is_for_those_who_may(sandbox: DiscordSandbox, bot: Bot) -> None:
    """Members without the default_member_permissions can't use a command."""
    assert (await sandbox.command("admin", "general", "models set", name="Ant")).response.content == "Now Ant"
    with pytest.raises(PermissionError):
        await sandbox.command("alice", "general", "models set", name="Ant")


async def test_ephemeral_answer_is_absent_from_the_channel(sandbox: DiscordSandbox, bot: Bot) -> None:
    """Channel routes don't find ephemeral messages, and history doesn't list them."""
    message = (await sandbox.command("alice", "general", "secret")).response
    assert message.ephemeral
    channel = bot.get_channel(message.channel.id)
    assert isinstance(channel, discord.TextChannel)
    assert [each async for each in channel.history()] == []
    with pytest.raises(discord.NotFound) as refused:
        await channel.get_partial_message(message.id).edit(content="Changed")
    assert refused.value.code == 10008


async def test_permissions_are_enforced(sandbox: DiscordSandbox, bot: Bot) -> None:
    """No View Channel: 50001; no Send Messages: 50013; no Read Message History: an empty list."""
    room = sandbox.world.channels.logbook
    channel = bot.get_channel(room.id)
    assert isinstance(channel, discord.TextChannel)
    await sandbox.say("bob", room, "Day 1: fog")
    sandbox.world.deny(room, sandbox.world.bot, Permission.SEND_MESSAGES | Permission.READ_MESSAGE_HISTORY)
    with pytest.raises(discord.Forbidden) as no_sending:
        await channel.send("Hello")
    assert [message async for message in channel.history()] == []
    sandbox.world.deny(room, sandbox.world.bot, Permission.VIEW_CHANNEL)
    with pytest.raises(discord.Forbidden) as no_seeing:
        await channel.send("Hello")
    assert (no_sending.value.code, no_seeing.value.code) == (50013, 50001)


async def test_unanswered_interaction_fails_after_its_time(sandbox: DiscordSandbox, bot: Bot) -> None:
    """A command that the bot never answers fails."""
    started = asyncio.get_running_loop().time()
    interaction = await sandbox.command("alice", "general", "silent")
    assert interaction.failed
    assert interaction.replies == []
    assert asyncio.get_running_loop().time() - started >= 3
