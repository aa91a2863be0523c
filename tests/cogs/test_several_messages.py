"""Several short messages of one person that are one question, where no mention is needed."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.conversation import ResolvedLimits
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import File
from sandbox.discord.world.entities import Message
from storage.preferences import Preferences
from tests.support.quoth_in_sandbox import QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import posts


@pytest.fixture
async def quoth(tmp_path: Path, discord: DiscordSandbox) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth that answers every message in #oven."""
    async with quoth_in_sandbox(tmp_path, discord) as made:
        oven = discord.world.channels.oven
        assert oven.guild is not None
        await made.bot.stores.preferences.change("channel", oven.id, oven.guild.id, Preferences(every_message=True))
        yield made


async def replied(quoth: QuothInSandbox, asked: Message, *parts: str) -> Message:
    """Wait until the reply to a message says all of these."""

    def found() -> list[Message]:
        mine = posts(quoth.discord, asked.channel, asked)
        return [each for each in mine if each.reference and each.reference.message_id == asked.id]

    return await quoth.shown((await quoth.discord.wait(found))[0], *parts)


@pytest.mark.parametrize("where", ["dm", "oven"])
async def test_what_comes_while_one_waits_is_one_question(quoth: QuothInSandbox, where: str) -> None:
    """The first goes at once; the next ones are one question, in order, edits and deletions heard, and say so."""
    discord = quoth.discord
    first, answer = await quoth.say("alice", where, "Is it foggy?")
    second = await discord.say("alice", where, "And how menny")
    third = await discord.say("alice", where, "lamps", files=[File("notes.txt", b"eleven lemons")])
    gone = await discord.say("alice", where, "(never mind)")
    fourth = await discord.say("alice", where, "are lit?")
    reply = await replied(quoth, second, "Waiting", "4 messages · ")
    discord.people.edit(discord.world.users.alice, second, "And how many")
    discord.people.delete(discord.world.users.alice, gone)
    await quoth.shown(reply, "3 messages · ")
    answer.end("Yes.")
    await replied(quoth, first, "Yes.", "done")
    both = await quoth.asked(1)
    assert both.prompt.endswith("And how many\nlamps\nare lit?\nAssistant:")
    assert "eleven lemons" in both.prompt
    discord.repeat("MESSAGE_CREATE", third.id)
    later = await discord.say("alice", where, "Thanks")
    await replied(quoth, later, "Waiting")
    both.end("Eleven.")
    await quoth.shown(reply, "Eleven.", "-# ◆ 3 messages · GPT-4 · ", "done")
    last = await quoth.asked(2)
    assert last.prompt.endswith("Thanks\nAssistant:")
    last.end("Welcome.")
    await replied(quoth, later, "Welcome.", "done")
    targets = [each.reference.message_id for each in posts(discord, first.channel, first) if each.reference]
    assert targets == [first.id, second.id, later.id]
    assert fourth.id not in targets
    row = await quoth.bot.stores.asks.find(second.id)
    assert row is not None
    assert row.question == "And how many\nlamps\nare lit?"


async def test_others_and_replies_are_questions_of_their_own(quoth: QuothInSandbox) -> None:
    """What somebody else writes, a reply to a message, and mentions where these are needed stay questions of theirs."""
    discord = quoth.discord
    _, answer = await quoth.say("alice", "oven", "Is it foggy?")
    mine = await discord.say("alice", "oven", "And warm?")
    reply = await replied(quoth, mine, "Waiting")
    about = await discord.say("alice", "oven", "Which one is it?", reply_to=answer_of(quoth, mine))
    _, other = await quoth.say("bob", "oven", "Is it late?")
    assert other.prompt.endswith("Is it late?\nAssistant:")
    await replied(quoth, about, "Waiting, 2 ahead")
    assert " messages · " not in reply.content
    _, mentioned = await quoth.say("alice", "general", "One?", mention=True)
    for words in ("Two?", "Three?"):
        await replied(quoth, await discord.say("alice", "general", words, mention=True), "Waiting")
    for each in (answer, other, mentioned):
        each.end("Yes.")
    await until(lambda: len(quoth.poe.answers) == 5)
    assert {each.prompt.split("\n")[-2] for each in quoth.poe.answers[3:]} == {"User: And warm?", "User: Two?"}


def answer_of(quoth: QuothInSandbox, asked: Message) -> Message:
    """Return the reply to a message."""
    mine = posts(quoth.discord, asked.channel, asked)
    return next(each for each in mine if each.reference and each.reference.message_id == asked.id)


async def test_a_used_up_day_is_told_before_the_turn_comes(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A question beyond the limit of a day is refused while the one before it is still being answered."""
    async with quoth_in_sandbox(tmp_path, discord, limits=ResolvedLimits(per_person=1)) as quoth:
        first, answer = await quoth.say("alice", "dm", "Is it foggy?")
        second = await discord.say("alice", "dm", "And now?")
        await replied(quoth, second, "You've reached today's limit of 1 question.")
        answer.end("Yes.")
        await replied(quoth, first, "Yes.", "done")
