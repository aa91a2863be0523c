"""What people write while Quoth is down."""

from pathlib import Path

import pytest

from sandbox.discord.rest.buckets import Limits
from sandbox.discord.sandbox import DiscordSandbox
from tests.support.quoth_in_sandbox import quoth_in_sandbox, until
from tests.support.rate_limits import REAL
from tests.support.replies import posts


@pytest.fixture
def discord_limits() -> Limits:
    """Discord's real rate limits: a start with many missed messages sends much at once."""
    return REAL


async def test_what_was_missed_is_answered(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Mentions and DMs are answered once, the oldest first, where nobody has; what is older and talk is not."""
    world = discord.world
    early = await discord.say("alice", "oven", "Too early", mention=True)
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        _, answer = await quoth.say("alice", "dm", "Are you there?")
        answer.end("Yes.")
        heard, answer = await quoth.say("bob", "general", "Heard?", mention=True)
        answer.end("Heard.")
        await until(lambda: not quoth.bot.asks.askers_of(heard.id))
    first = await discord.say("alice", "general", "Is it foggy?", mention=True)
    await discord.say("alice", "general", "Just talk")
    direct = await discord.say("alice", "dm", "Still there?")
    helped = await discord.say("bob", "oven", "Is it hot?", mention=True)
    await discord.say("alice", "oven", "Very", reply_to=helped)
    gone = await discord.say("bob", "oven", "Never mind", mention=True)
    discord.people.delete(world.users.bob, gone)
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        (await quoth.asked(0)).end("Yes.")
        (await quoth.asked(1)).end("Still here.")
        await discord.wait(lambda: [each for each in posts(discord, "general", first) if "done" in each.content])
        await discord.wait(lambda: [each for each in posts(discord, direct.channel, direct) if "done" in each.content])
        asked = {each.prompt.split("\n")[-2] for each in quoth.poe.answers}
        assert asked == {"User: Alice: Is it foggy?", "User: Still there?"}
        assert posts(discord, "oven", early) == []
        await until(lambda: not quoth.bot.asks.askers_of(direct.id))
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        last, answer = await quoth.say("bob", "general", "Last?", mention=True)
        answer.end("Last.")
        await discord.wait(lambda: [each for each in posts(discord, "general", last) if "done" in each.content])
        assert len(quoth.poe.answers) == 1


async def test_what_was_missed_after_a_short_first_start(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Quoth that ended before all servers had come knows that it was there, and answers what came after that."""
    async with quoth_in_sandbox(tmp_path, discord, last_server=3600.0) as quoth:
        _, answer = await quoth.say("alice", "dm", "Are you there?")
        answer.end("Yes.")
        assert not quoth.bot.is_ready()
    missed = await discord.say("alice", "dm", "Still there?")
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        (await quoth.asked(0)).end("Still here.")
        await discord.wait(lambda: [each for each in posts(discord, missed.channel, missed) if "done" in each.content])


async def test_at_most_twenty_are_answered(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Of many missed messages the oldest twenty are answered."""
    async with quoth_in_sandbox(tmp_path, discord):
        pass
    channels = ("general", "lamp-room", "logbook")  # Discord's pace in one alone would take half a minute
    for number in range(22):
        await discord.say("alice" if number % 2 else "bob", channels[number % 3], f"Question {number}?", mention=True)
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        quoth.poe.turns.set()
        for number in range(20):
            (await quoth.asked(number)).end("Yes.")
        await discord.wait(
            lambda: sum("done" in post.content for each in channels for post in posts(discord, each)) >= 10
        )
        asked = [int(each.prompt.rsplit("Question ", 1)[-1].split("?")[0]) for each in quoth.poe.answers]
        for stream in range(6):  # a person in a channel
            assert [number for number in asked if number % 6 == stream] == list(range(stream, 20, 6))
        assert sorted(asked) == list(range(20))
