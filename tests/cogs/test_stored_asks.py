"""What is stored of questions: no more than buttons need, however often Quoth refuses, and nothing that was deleted."""

import asyncio
from pathlib import Path

import pytest

from bot.context.prompt import PROMPT_LIMIT
from bot.reply import pacing
from sandbox.discord.rest.buckets import UNLIMITED
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import File
from tests.support.database_file import read
from tests.support.quoth_in_sandbox import quoth_in_sandbox, until
from tests.support.replies import buttons, confirm, posts

ASKS = "SELECT id FROM asks ORDER BY id"


def stored(folder: Path) -> list[object]:
    """Return the ids of the asks that are stored."""
    return [id_ for (id_,) in read(folder / "quoth.sqlite3", ASKS)]


def written(folder: Path) -> bytes:
    """Return the bytes of all database files."""
    return b"".join(file.read_bytes() for file in folder.glob("quoth.sqlite3*"))


@pytest.mark.parametrize("letter", ["x", "\u200b"], ids=["words", "nothing to see"])
async def test_files_of_refused_questions_are_not_stored(tmp_path: Path, discord: DiscordSandbox, letter: str) -> None:
    """Five messages with ten text files of 80 kB each leave nothing that grows: no text, no question, no use."""
    files = [File(f"{number}.txt", letter.encode() * (80_000 // len(letter.encode()))) for number in range(10)]
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        dm = discord.world.dm("alice")
        if letter == "x":
            for number in range(5):
                asked = await discord.say("alice", "dm", f"Why {number}?", files=files)
                await discord.wait(lambda: [m for m in posts(discord, dm, asked) if "too long" in m.content])  # noqa: B023
            await until(lambda: stored(tmp_path) == [])
        else:  # invisible characters have no place in a prompt, so there is room for any number of them
            message, _ = await quoth.say("alice", "dm", "Why?", files=files)
            row = await quoth.bot.stores.asks.find(message.id)
            assert row
            assert [name for name, _ in row.attached] == [file.filename for file in files]
            assert sum(len(text) for _, text in row.attached) < PROMPT_LIMIT
    assert len(written(tmp_path)) < 500_000


async def test_refused_questions_are_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of questions that Poe was not asked only a person's newest are kept; those that it was asked all are."""
    monkeypatch.setattr(pacing, "CHANNEL_GAP", 0.0)
    async with DiscordSandbox(limits=UNLIMITED) as discord, quoth_in_sandbox(tmp_path, discord) as quoth:
        first, answer = await quoth.say("alice", "dm", "Why?")
        answer.end("So it is.")
        dm = discord.world.dm("alice")
        await discord.wait(lambda: [m for m in posts(discord, dm) if "done" in m.content])
        quoth.bot.asks.refusal = ""
        asked = [first]
        for number in range(30):
            asked.append(await discord.say("alice", "dm", f"Why {number}?"))
            await discord.wait(lambda: [m for m in posts(discord, dm, asked[-1]) if "failed" in m.content])
        asked.append(await discord.say("bob", "dm", "And I?"))
        await until(lambda: stored(tmp_path) == [message.id for message in (first, *asked[-21:])])


async def test_a_question_that_waits_is_not_stored_again(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A question whose asker deletes their data while it waits is answered, and leaves no row and no text."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        _, first = await quoth.say("alice", "dm", "Why?")
        waiting = await discord.say("alice", "dm", "And that?", files=[File("marzipan.txt", b"marzipan")])
        dm = discord.world.dm("alice")
        await discord.wait(lambda: [m for m in posts(discord, dm, waiting) if "1 ahead" in m.content])
        deleting = await discord.command("alice", "dm", "privacy delete")
        await confirm(discord, "alice", deleting, "Delete")
        await quoth.shown(deleting.response, "Deleted ")
        first.end("So it is.")
        answer = await quoth.asked(1)
        assert "marzipan" in answer.prompt
        answer.end("And that too.")
        await discord.wait(
            lambda: [m for m in posts(discord, dm, waiting) if "That" in m.content or "done" in m.content]
        )
        counts = await quoth.bot.stores.personal_data.counts(discord.world.users.alice.id)
        assert counts.keys() == {"uses", "deletions"}
    assert b"marzipan" not in written(tmp_path)


async def test_a_form_that_was_open_finds_no_question(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A form that was opened before its question was deleted asks nothing and stores nothing."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice", "general")
        answer.end("So it is.")
        reply = await quoth.shown(interaction.response, "done")
        opened = await discord.press("alice", reply, buttons(reply)["Ask another model"])
        deleting = await discord.command("alice", "general", "privacy delete")
        await confirm(discord, "alice", deleting, "Delete")
        await quoth.shown(deleting.response, "Deleted ")
        assert opened.modal is not None
        fields = [each["component"] for each in opened.modal["components"]]
        chosen = {field["custom_id"]: "gpt-4" if field["type"] == 3 else "My-Bot" for field in fields}
        submitted = await discord.submit("alice", opened, chosen)
        await discord.wait(lambda: any("no longer remembers" in message.content for message in submitted.replies))
        assert stored(tmp_path) == []
        assert len(quoth.poe.answers) == 1


async def test_closing_waits_for_what_is_stored_last(
    tmp_path: Path, discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When Quoth closes right after a refusal, the refused ask is deleted before the database is closed."""
    deleting, go_on, deleted = asyncio.Event(), asyncio.Event(), list[int]()
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        asks = quoth.bot.stores.asks
        delete = asks.delete

        async def late(ask_id: int) -> None:
            deleting.set()
            await go_on.wait()
            await delete(ask_id)
            deleted.append(ask_id)

        monkeypatch.setattr(asks, "delete", late)
        file = File("notes.txt", bytes(range(8)) * 100)
        asked = await discord.command("alice", "oven", "ask", prompt="Well?", file=file)
        await asyncio.wait_for(deleting.wait(), 15)
        closing = asyncio.create_task(quoth.bot.asks.close())
        for _ in range(50):  # turns of the loop, in which it would be over if it did not wait
            await asyncio.sleep(0)
        assert not closing.done()
        go_on.set()
        await closing
        assert deleted == [asked.id]
