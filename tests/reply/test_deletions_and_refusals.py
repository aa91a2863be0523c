"""Deletions, lost permissions and Discord's refusals in the middle of a reply, in real discord.py on the stand-in."""

import logging
from pathlib import Path
from typing import Any, cast

import pytest
from discord import RawBulkMessageDeleteEvent

from bot.markdown.own_lines import separate
from bot.reply.layout import Layout, Post, Progress
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Message
from sandbox.discord.world.permissions import Permission
from tests.support.quoth_in_sandbox import Answer, QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import buttons, posts


async def written(quoth: QuothInSandbox, answer: Answer, pages: int) -> list[Message]:
    """Have an answer fill some pages."""
    answer.say("word " * (350 * pages))
    discord = quoth.discord
    await discord.wait(lambda: len(posts(discord, "general")) == pages and buttons(posts(discord, "general")[-1]))
    return posts(discord, "general")


async def test_deleting_the_reply_stops_the_ask(
    tmp_path: Path, discord: DiscordSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """When the reply is deleted Poe is stopped, the log says why, and no new message appears."""
    caplog.set_level(logging.INFO)
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        answer.say("Half of")
        await quoth.shown(interaction.response, "Half of")
        discord.people.delete(discord.world.users.admin, interaction.response)
        await until(lambda: answer.left)
        assert posts(discord, "general") == []
    assert [r.message for r in caplog.records if "Could not show the final state" in r.message] == [
        f"Could not show the final state of ask {interaction.id} (stopped): its message was deleted."
    ]


async def test_deleting_the_first_of_several_pages_stops_the_ask(tmp_path: Path, discord: DiscordSandbox) -> None:
    """When the first page is deleted the ask stops, and the other pages show the text and the end."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        await written(quoth, answer, 3)
        discord.people.delete(discord.world.users.admin, interaction.response)
        await until(lambda: answer.left)
        await discord.wait(lambda: "stopped" in posts(discord, "general")[-1].content)
        assert sum(separate(page.content).text.count("word") for page in posts(discord, "general")) == 350 * 3


async def test_a_further_page_is_made_anew(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A further page that somebody deletes is sent again, in the right order, and the ask goes on."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        _, answer = await quoth.ask()
        _, second, _ = await written(quoth, answer, 3)
        discord.people.delete(discord.world.users.admin, second)
        answer.end(" ".join(f"w{number}" for number in range(1000)))
        await discord.wait(lambda: "done" in posts(discord, "general")[-1].content)
        pages = posts(discord, "general")
        text = " ".join(separate(page.content).text for page in pages)
        assert text.split() == [f"w{number}" for number in range(1000)]
        assert not answer.left


async def test_deleting_the_prompt_stops_the_ask(tmp_path: Path, discord: DiscordSandbox) -> None:
    """When a DM is deleted by its author the ask stops; the reply keeps its text and shows that."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        asked = await discord.say("alice", "dm", "Well?")
        answer = await quoth.asked(0)
        answer.say("Half of")
        dm = discord.world.dm("alice")
        await discord.wait(lambda: [m for m in posts(discord, dm, asked) if "Half of" in m.content])
        discord.people.delete(discord.world.users.alice, asked)
        (reply,) = posts(discord, dm, asked)
        await quoth.shown(reply, "Half of", "stopped")
        await until(lambda: answer.left)


async def test_deleting_many_messages_at_once_stops_the_ask(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A bulk deletion, which Discord reports as one event, stops the ask too."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        answer.say("Half of")
        reply = await quoth.shown(interaction.response, "Half of")
        event = {"ids": [str(reply.id)], "channel_id": str(reply.channel.id), "guild_id": "1"}
        quoth.bot.dispatch("raw_bulk_message_delete", RawBulkMessageDeleteEvent(cast("Any", event)))
        await until(lambda: answer.left)


async def test_lost_permission_ends_the_ask(
    tmp_path: Path, discord: DiscordSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """When Quoth can no longer see the channel, the ask ends, with one reason in the log."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        dm = discord.world.dm("alice")
        asked = await discord.say("alice", "dm", "Well?")
        answer = await quoth.asked(0)
        answer.say("Half of")
        await discord.wait(lambda: [m for m in posts(discord, dm, asked) if "Half of" in m.content])
        discord.fail_next("PATCH", "/messages/", 403, body={"message": "Missing Access", "code": 50001})
        answer.say("Half of it")
        await until(lambda: answer.left)
    assert [r.message for r in caplog.records if "Could not show the final state" in r.message] == [
        f"Could not show the final state of ask {asked.id} (stopped): HTTP 403, code 50001, view_channel may be "
        "missing."
    ]


@pytest.mark.parametrize("locked", [False, True])
async def test_an_archived_thread(tmp_path: Path, locked: bool, caplog: pytest.LogCaptureFixture) -> None:
    """An archived thread is reopened and the answer goes on; a locked one ends the ask, with one reason in the log."""
    async with DiscordSandbox() as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        parent = discord.world.channels["general"]
        alice = discord.world.users.alice
        thread = discord.world.add_thread(parent, "aside", alice, discord.world.ids.next())
        interaction, answer = await quoth.ask("alice", "aside")
        answer.say("Half of")
        await quoth.shown(interaction.response, "Half of")
        thread.archived, thread.locked = True, locked
        answer.end("Half of it all")
        if locked:
            await until(lambda: "Could not show the final state" in caplog.text)
        else:
            await quoth.shown(interaction.response, "Half of it all", "done")
        assert posts(discord, "aside") == [interaction.response]


@pytest.mark.parametrize("code", [200000, 240000])
async def test_what_automod_refuses(tmp_path: Path, code: int) -> None:
    """When AutoMod blocks an edit, the text so far stays with a sentence, and the ask ends."""
    async with DiscordSandbox() as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        answer.say("Half of")
        await quoth.shown(interaction.response, "Half of")
        discord.fail_next("PATCH", "@original", 400, body={"message": "Blocked by AutoMod", "code": code})
        answer.say("Half of it")
        reply = await quoth.shown(interaction.response, "Half of", "failed")
        assert separate(reply.content).text == "Half of"
        assert "⚠️ AutoMod blocked the rest of this answer." in reply.content
        await until(lambda: answer.left)


@pytest.mark.parametrize("refused", [1, 2, 3])
async def test_what_automod_refuses_of_a_question(tmp_path: Path, refused: int) -> None:
    """Where AutoMod blocks the question itself, the reply goes on without it; where it blocks more, it still ends."""
    async with DiscordSandbox() as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        discord.fail_next("PATCH", "@original", 400, times=refused, body={"message": "Blocked", "code": 200000})
        interaction, answer = await quoth.ask(prompt="Refused words?")
        if refused < 3:
            answer.end("An answer.")
            reply = await quoth.shown(interaction.response, "done" if refused == 1 else "failed")
            assert separate(reply.content).text == ("An answer." if refused == 1 else "")
            assert list(buttons(reply)) == ["Retry", "Ask another model", "What was read?", "Edit question"]
        assert "Refused" not in "".join(revision.content for revision in interaction.response.revisions)
        await until(lambda: not quoth.bot.asks.askers_of(interaction.id))


async def test_a_question_that_automod_refuses_later_goes_too(tmp_path: Path) -> None:
    """Where the words so far are refused all at once, the reply ends without the question and the newest words."""
    async with DiscordSandbox() as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask(prompt="Refused words?")
        answer.say("Half of")
        await quoth.shown(interaction.response, "Refused words?", "Half of")
        discord.fail_next("PATCH", "@original", 400, times=2, body={"message": "Blocked", "code": 200000})
        answer.end("Half of it")
        reply = await quoth.shown(interaction.response, "Half of", "failed")
        assert separate(reply.content).question == ""
        assert separate(reply.content).text == "Half of"


async def test_a_fault_of_quoth_s_own_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """When an answer can't be laid out, that is tried once: the text so far stays, with a sentence and the buttons."""
    original = Layout.posts

    def posts_of(layout: Layout, progress: Progress) -> list[Post]:
        if "it all" in progress.snapshot.text:
            raise ValueError("a bug")
        return original(layout, progress)

    monkeypatch.setattr(Layout, "posts", posts_of)
    async with DiscordSandbox() as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask()
        answer.say("Half of")
        await quoth.shown(interaction.response, "Half of")
        answer.end("Half of it all")
        reply = await quoth.shown(interaction.response, "Half of", "Something went wrong. Try again.", "failed")
        assert list(buttons(reply)) == ["Retry", "Ask another model", "What was read?", "Edit question"]
    assert caplog.text.count("A request for a reply failed") == 1


async def test_a_long_answer_with_half_characters_has_its_end(tmp_path: Path) -> None:
    """Unpaired surrogates, which can't be encoded, are replaced on the pages and in the file."""
    async with DiscordSandbox() as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask(prompt="Half \ud83d?")
        answer.end("low \ude00 high \ud83d " * 3000)
        await discord.wait(lambda: "done" in interaction.replies[-1].content)
        last = interaction.replies[-1]
        assert list(buttons(last)) == ["Retry", "Ask another model", "What was read?", "Edit question"]
        assert last.attachments[0].data.decode() == "low \ufffd high \ufffd " * 3000
        assert "Half \ufffd?" in interaction.response.content
        assert "low \ufffd high \ufffd low" in interaction.response.content


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_very_long_answer_comes_as_a_file(tmp_path: Path, allowed: bool) -> None:
    """A very long answer has six pages and a file with all of it; without Attach Files a sentence says so."""
    async with DiscordSandbox() as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        channel = discord.world.channels["general"]
        if not allowed:
            discord.world.deny(channel, discord.world.bot, Permission.ATTACH_FILES)
        interaction, answer = await quoth.ask()
        text = "\n\n".join(f"Paragraph {number}. " + "word " * 60 for number in range(60))
        answer.say(text)
        await discord.wait(lambda: len(interaction.replies) == 6)
        last = await quoth.shown(interaction.replies[-1], "The rest follows as a file", "is writing…")
        assert last.attachments == []
        answer.end(text + "\n\nThe end.")
        await quoth.shown(last, "done")
        assert len(interaction.replies) == 6
        assert all(len(revision.content) <= 2000 for page in interaction.replies for revision in page.revisions)
        assert [page.attachments for page in interaction.replies[:-1]] == [[]] * 5
        if allowed:
            assert [(file.filename, file.data.decode()) for file in last.attachments] == [
                ("answer.md", text + "\n\nThe end.")
            ]
            assert "Full answer in the file · GPT-4" in last.content
        else:
            assert last.attachments == []
            assert "⚠️ The rest doesn't fit. Give Quoth *Attach Files* to get it as a file." in last.content
        assert discord.ledger.with_status(400, 429) == []
