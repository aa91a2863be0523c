"""Replies that Poe suggests, as buttons below an answer: on the stand-in Discord, with a Poe that a test writes."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.conversation import AnswerFile, ResolvedLimits, Snapshot, State
from bot.errors import AnswerFailed
from bot.markdown.own_lines import separate
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Interaction, Message
from storage.preferences import Preferences
from tests.support.file_server import file_server, picture
from tests.support.quoth_in_sandbox import LIMIT, Answer, QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import buttons, posts

AFTER = ["Retry", "Ask another model", "What was read?", "Edit question"]
LONG = "And then? " * 400


@pytest.fixture
async def quoth(tmp_path: Path, discord: DiscordSandbox) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth on the stand-in Discord, in which people can have one question at a time."""
    async with quoth_in_sandbox(tmp_path, discord, limits=ResolvedLimits(at_once=1)) as made:
        yield made


def suggested(message: Message) -> dict[str, str]:
    """Return the suggested replies below a message: label to custom id."""
    return {label: id_ for label, id_ in buttons(message).items() if ":say:" in id_}


async def answered(quoth: QuothInSandbox, *replies: str, **how: Any) -> Message:
    """Have alice ask and get an answer with these suggested replies."""
    interaction, answer = await quoth.ask("alice", **how)
    answer.steps.put_nowait(Snapshot("Yes.", State.DONE, suggestions=replies))
    return await quoth.shown(interaction.response, "done")


async def pressed(quoth: QuothInSandbox, who: str, message: Message, label: str) -> tuple[Interaction, Answer]:
    """Press a suggested reply and wait until Poe is asked."""
    before = len(quoth.poe.answers)
    interaction = await quoth.discord.press(who, message, suggested(message)[label])
    return interaction, await quoth.asked(before)


async def settled(quoth: QuothInSandbox) -> None:
    """Wait until Quoth knows that every end is shown: it is seen before Discord has confirmed it."""
    async with asyncio.timeout(LIMIT):
        while await quoth.bot.stores.asks.unended():
            pass


async def test_they_come_after_the_end(quoth: QuothInSandbox) -> None:
    """The end is shown at once; the buttons come when Poe suggests something, which keeps nobody from asking."""
    interaction, answer = await quoth.ask()
    answer.open = True
    answer.end("Yes.")
    reply = await quoth.shown(interaction.response, "done")
    assert list(buttons(reply)) == AFTER
    other, second = await quoth.ask()
    second.end("No.")
    await quoth.shown(other.response, "No.", "done")
    text, edits = reply.content, len(reply.revisions)
    answer.suggest("Yes.", "Why?", "And then?")
    await quoth.discord.wait(lambda: list(suggested(reply)) == ["Why?", "And then?"])
    answer.suggest("Yes.", "Why?", "And then?", "Who?", "Where?")
    await quoth.discord.wait(lambda: list(suggested(reply)) == ["Why?", "And then?", "Who?"])
    assert list(buttons(reply))[:4] == AFTER
    assert (reply.content, len(reply.revisions)) == (text, edits)
    answer.close()
    await until(lambda: not quoth.bot.asks.askers_of(interaction.id))
    assert not answer.left


async def test_anyone_may_press_them(quoth: QuothInSandbox) -> None:
    """Who presses one asks the same model that, with the answer as history; the reply opens with who and what."""
    reply = await answered(quoth, "Why is that?", model="My-Bot")
    bob = quoth.discord.world.users.bob
    again, answer = await pressed(quoth, "bob", reply, "Why is that?")
    answer.end("Because.")
    shown = await quoth.shown(again.response, "Because.", "done")
    assert shown.content.split("\n")[0] == f"-# ❯ <@{bob.id}>: Why is that?"
    assert not shown.pings.users
    assert answer.handle == quoth.poe.answers[0].handle
    lines = answer.prompt.split("\n")
    assert lines[-2:] == ["User: Bob: Why is that?", "Assistant:"]
    assert "Assistant: Yes." in lines
    third, answer = await quoth.ask("alice", prompt="Who asked?")
    assert "User: Bob: Why is that?" in answer.prompt.split("\n")
    assert third


async def test_a_long_one_is_asked_whole(quoth: QuothInSandbox) -> None:
    """A label says as much as fits; what can be no question is left out, and so is what comes twice."""
    reply = await answered(quoth, " ", "…", LONG + "x", LONG, LONG, "Two\nlines\u200b", "Two\nlines\u200b", "Three")
    labels = list(suggested(reply))
    assert labels == ["And then? " * 7 + "And then?…", "Two lines", "Three"]
    assert len(labels[0]) == 80
    _, answer = await pressed(quoth, "bob", reply, labels[0])
    assert LONG.strip() in answer.prompt


async def test_they_work_after_a_restart(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A button of an earlier run asks its whole text."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        reply = await answered(quoth, LONG)
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        _, answer = await pressed(quoth, "bob", reply, next(iter(suggested(reply))))
        assert LONG.strip() in answer.prompt


async def test_what_is_forgotten_is_not_asked(quoth: QuothInSandbox) -> None:
    """Once the question was deleted, its suggested replies are gone too: a private sentence says so."""
    reply = await answered(quoth, "Why?")
    await quoth.bot.stores.asks.delete(int(suggested(reply)["Why?"].split(":")[2]))
    interaction = await quoth.discord.press("bob", reply, suggested(reply)["Why?"])
    await quoth.discord.wait(lambda: [each for each in interaction.replies if "no longer remembers" in each.content])
    (told,) = [each for each in interaction.replies if not each.deleted]
    assert told.ephemeral
    assert len(quoth.poe.answers) == 1


@pytest.mark.parametrize("whose", ["user", "guild"])
async def test_they_can_be_turned_off(whose: str, quoth: QuothInSandbox) -> None:
    """A preference of the person or the server turns them off."""
    world = quoth.discord.world
    guild = world.channels["general"].guild
    assert guild
    id_ = world.users.alice.id if whose == "user" else guild.id
    await quoth.bot.stores.preferences.change(whose, id_, guild.id, replace(Preferences(), suggestions=False))  # type: ignore[arg-type]
    reply = await answered(quoth, "Why?")
    await until(lambda: not quoth.bot.asks.askers_of(reply.interaction.id if reply.interaction else 0))
    assert list(buttons(reply)) == AFTER


async def test_only_a_whole_answer_has_them(quoth: QuothInSandbox) -> None:
    """What failed in the middle has none, although Poe suggested some."""
    interaction, answer = await quoth.ask()
    answer.steps.put_nowait(Snapshot("Half of", State.STREAMING, suggestions=("Why?",)))
    reply = await quoth.shown(interaction.response, "Half of")
    answer.steps.put_nowait(AnswerFailed())
    await quoth.shown(reply, "failed")
    assert list(buttons(reply)) == AFTER


async def test_a_private_answer_s_stay_private(quoth: QuothInSandbox) -> None:
    """The reply to a suggested one below a private answer is private, and so is that for who prefers private ones."""
    reply = await answered(quoth, "Why?", private=True)
    again, answer = await pressed(quoth, "alice", reply, "Why?")
    assert again.response.ephemeral
    answer.end("So.")
    await quoth.shown(again.response, "So.", "done")
    open_reply = await answered(quoth, "Why?", where="logbook")
    bob = quoth.discord.world.users.bob.id
    await quoth.bot.stores.preferences.change("user", bob, None, replace(Preferences(), private=True))
    again, _ = await pressed(quoth, "bob", open_reply, "Why?")
    assert again.response.ephemeral


async def test_a_second_press_asks_nothing(quoth: QuothInSandbox) -> None:
    """While somebody's press is answered, another one of theirs is told so; other people's count."""
    reply = await answered(quoth, "Why?")
    _, answer = await pressed(quoth, "bob", reply, "Why?")
    second = await quoth.discord.press("bob", reply, suggested(reply)["Why?"])
    await quoth.discord.wait(lambda: [each for each in second.replies if "already being asked" in each.content])
    await pressed(quoth, "admin", reply, "Why?")
    assert len(quoth.poe.answers) == 3
    assert not answer.over


async def test_a_deleted_answer_gets_none(quoth: QuothInSandbox, caplog: pytest.LogCaptureFixture) -> None:
    """When the answer is deleted before Poe suggests something, nothing comes back and nothing failed."""
    interaction, answer = await quoth.ask()
    answer.open = True
    answer.end("Yes.")
    reply = await quoth.shown(interaction.response, "done")
    await settled(quoth)
    quoth.discord.people.delete(quoth.discord.world.users.admin, reply)
    answer.suggest("Yes.", "Why?")
    await until(lambda: not quoth.bot.asks.askers_of(interaction.id))
    assert posts(quoth.discord, "general") == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_page_that_was_deleted_stays_away(quoth: QuothInSandbox) -> None:
    """When a message of the answer is deleted after the end, what Poe suggests brings none of its text back."""
    interaction, answer = await quoth.ask()
    answer.open = True
    answer.end(LONG[:3500])
    await quoth.discord.wait(lambda: [each for each in interaction.replies if "done" in each.content])
    await settled(quoth)
    first, last = interaction.replies
    text = last.content
    quoth.discord.people.delete(quoth.discord.world.users.admin, first)
    await quoth.ask("bob", "logbook")  # comes after the deletion, so that is known now
    answer.suggest(LONG[:3500], "Why?")
    await until(lambda: not quoth.bot.asks.askers_of(interaction.id))
    assert posts(quoth.discord, "general") == [last]
    assert last.content == text


async def test_a_shutdown_does_not_wait_for_them(quoth: QuothInSandbox) -> None:
    """Quoth ends while Poe may still suggest something; the answer stays as it is."""
    interaction, answer = await quoth.ask()
    answer.open = True
    answer.end("Yes.")
    reply = await quoth.shown(interaction.response, "done")
    await asyncio.wait_for(quoth.bot.close(), 5)
    assert "interrupted" not in reply.content


async def test_files_that_come_late_are_attached(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Poe may announce a file after the end; those before it stay, and are not sent again."""
    async with file_server() as server, quoth_in_sandbox(tmp_path, discord, media_hosts=[server.host]) as quoth:
        one, two = (AnswerFile(server.add(n, picture(i), "image/png"), "", f"{n}.png") for i, n in enumerate("ab"))
        interaction, answer = await quoth.ask()
        answer.open = True
        answer.end("Two foxes", one)
        reply = interaction.response
        await discord.wait(lambda: reply.attachments)
        (first,) = reply.attachments
        answer.end("Two foxes", one, two)
        await discord.wait(lambda: len(reply.attachments) == 2)
        assert reply.attachments[0] is first
        assert [each.filename for each in reply.attachments] == ["a.png", "b.png"]
        assert separate(reply.content).text == "Two foxes"
        assert len(server.requests) == 2
