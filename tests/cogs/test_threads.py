"""A thread for each question, where a channel's admins want that."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.permissions import Permission
from storage.preferences import Preferences
from tests.support.quoth_in_sandbox import QuothInSandbox, quoth_in_sandbox
from tests.support.replies import buttons, posts


@pytest.fixture
async def quoth(tmp_path: Path, discord: DiscordSandbox) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth that opens threads in #general."""
    async with quoth_in_sandbox(tmp_path, discord) as made:
        general = discord.world.channels.general
        assert general.guild is not None
        await made.bot.stores.preferences.change("channel", general.id, general.guild.id, Preferences(threads=True))
        yield made


async def test_a_question_opens_a_thread(quoth: QuothInSandbox) -> None:
    """The answer to a mention is in a thread with the question's name; there no mention is needed, and buttons work."""
    discord = quoth.discord
    asked, answer = await quoth.say("alice", "general", "How **many** lamps? https://example.org", mention=True)
    thread = discord.world.channels_by_id[asked.id]
    assert thread.name == "How many lamps?"
    answer.end("Eleven.")
    (reply,) = await discord.wait(lambda: [each for each in posts(discord, thread) if "done" in each.content])
    assert posts(discord, "general", asked) == []
    told = await discord.press("alice", reply, buttons(reply)["What was read?"])
    assert "Quoth no longer remembers" not in told.response.content
    _, again = await quoth.say("alice", thread, "And how many are lit?")
    assert "How many lamps?" in again.prompt.replace("**", "")
    assert "Assistant: Eleven." in again.prompt
    again.end("Two.")
    await discord.wait(lambda: [each for each in posts(discord, thread) if "Two." in each.content])
    interaction, commanded = await quoth.ask("alice", "general", prompt="How high?")
    commanded.end("Very.")
    await quoth.shown(interaction.response, "done")
    await discord.wait(lambda: interaction.response.id in discord.world.channels_by_id)
    assert discord.world.channels_by_id[interaction.response.id].name == "How high?"


async def test_a_thread_that_can_not_be_opened(quoth: QuothInSandbox) -> None:
    """Without the permission the answer is in the channel, and a sentence says once what is missing."""
    discord = quoth.discord
    discord.world.deny(discord.world.channels.general, discord.world.bot, Permission.CREATE_PUBLIC_THREADS)
    asked, answer = await quoth.say("alice", "general", "How many?", mention=True)
    answer.end("Eleven.")
    await discord.wait(lambda: len(posts(discord, "general", asked)) == 2)
    told, reply = posts(discord, "general", asked)
    assert "*Create Public Threads*" in told.content
    await quoth.shown(reply, "Eleven.", "done")
    _, second = await quoth.say("alice", "general", "And now?", mention=True)
    second.end("Twelve.")
    await discord.wait(lambda: [each for each in posts(discord, "general", asked) if "Twelve." in each.content])
    assert len([each for each in posts(discord, "general", asked) if "Create Public" in each.content]) == 1


async def test_diagnose_names_the_permission(quoth: QuothInSandbox) -> None:
    """Where threads are on, /diagnose says what is missing for them; elsewhere it doesn't."""
    discord = quoth.discord
    for name in ("general", "oven"):
        channel = discord.world.channels[name]
        discord.world.deny(channel, discord.world.bot, Permission.CREATE_PUBLIC_THREADS)
    told = (await discord.command("admin", "general", "diagnose")).response
    assert "**Create Public Threads**: Quoth can't open a thread" in told.content
    other = (await discord.command("admin", "oven", "diagnose")).response
    assert "Create Public Threads" not in other.content
