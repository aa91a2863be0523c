"""/privacy and /forget: who may use them, what they say, and what remains in the database."""

import json
import re
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.sources import sources_pages
from bot.ui.stored_data import stored_data
from storage import database
from storage.database import open_database
from storage.personal_data import IMPERSONAL, PERSONAL, Deleted
from storage.preferences import Preferences
from storage.prompt_sources import PromptSourcesRow
from storage.stores import Stores
from tests.support.quoth_in_simcord import quoth_in_simcord
from tests.support.replies import question_and_text


def content(interaction: simcord.InteractionResult) -> str:
    """Return the text of Quoth's answer."""
    assert interaction.response is not None
    return interaction.response.content


async def confirmed(who: Any, asked: simcord.InteractionResult, label: str) -> simcord.InteractionResult:
    """Press the button of a question by Quoth that only this person sees."""
    assert asked.ephemeral
    assert asked.response is not None
    return await who.click(asked.response, label=label)


async def test_opting_out_and_in(tmp_path: Path) -> None:
    """Everybody can opt out and in, in servers and DMs, and is told privately what it means."""
    async with quoth_in_simcord(tmp_path) as quoth:
        out = await quoth.ada.slash(quoth.channel, "privacy opt-out")
        assert out.ephemeral
        assert "Quoth will no longer include your messages or past questions in anyone's context" in content(out)
        assert await quoth.bot.stores.unread([quoth.ada.id, 5]) == {quoth.ada.id}
        back = await quoth.ada.user.slash("privacy opt-in")
        assert back.ephemeral
        assert await quoth.bot.stores.unread([quoth.ada.id]) == set()


async def test_what_is_stored_is_shown(tmp_path: Path) -> None:
    """A person sees everything that is stored about them, as text and as a file, and nothing about others."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.guild.add_member(quoth.env.create_user("eve"))
        nothing = await quoth.ada.slash(quoth.channel, "privacy show")
        assert content(nothing) == "Quoth stores nothing about you."
        await quoth.ada.slash(quoth.channel, "ask", prompt="Why is it foggy?")
        await eve.slash(quoth.channel, "ask", prompt="None of your business")
        shown = await quoth.ada.slash(quoth.channel, "privacy show")
        assert shown.ephemeral
        assert "- 1 question, asked <t:" in content(shown)
        assert shown.response is not None
        (file,) = shown.response.attachments
        rows = json.loads(await file.read())
        assert set(rows) == {"asks", "pages", "readings", "uses"}
        assert [row["question"] for row in rows["asks"]] == ["Why is it foggy?"]
        assert rows["asks"][0]["asker_id"] == str(quoth.ada.id)


async def test_deleting_leaves_nothing(tmp_path: Path) -> None:
    """After /privacy delete no byte of it is in the database's files; an opt-out stays."""
    async with quoth_in_simcord(tmp_path) as quoth:
        eve = quoth.guild.add_member(quoth.env.create_user("eve"))
        await quoth.ada.slash(quoth.channel, "ask", prompt="marzipan " * 100)
        await eve.slash(quoth.channel, "ask", prompt="nougat")
        await quoth.ada.slash(quoth.channel, "privacy opt-out")
        assert b"marzipan" in written(tmp_path)
        asked = await quoth.ada.slash(quoth.channel, "privacy delete")
        assert "Quoth can't delete messages in Discord" in content(asked)
        assert b"marzipan" in written(tmp_path)
        done = await confirmed(quoth.ada, asked, "Delete")
        assert "Deleted what Quoth stored about you." in content(done)
        assert b"marzipan" not in written(tmp_path)
        assert b"nougat" in written(tmp_path)
        assert set(await quoth.bot.stores.personal_data.counts(quoth.ada.id)) == {"opt_outs", "uses", "deletions"}
        assert set(await quoth.bot.stores.personal_data.counts(eve.id)) == {"asks", "pages", "readings", "uses"}


async def test_a_deletion_that_stays_on_the_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another program reads the database meanwhile, the person hears that traces remain; else they do not."""
    monkeypatch.setattr(database, "_BUSY", 50)
    traces = "Traces of it may stay in the database's log file"
    async with quoth_in_simcord(tmp_path) as quoth, open_database(tmp_path / "quoth.sqlite3") as other:
        await quoth.ada.slash(quoth.channel, "ask", prompt="marzipan " * 100)
        async with other.execute("SELECT 1 FROM asks UNION ALL SELECT 2") as cursor:
            await cursor.fetchone()
            asked = await quoth.ada.slash(quoth.channel, "privacy delete")
            assert traces in content(await confirmed(quoth.ada, asked, "Delete"))
        asked = await quoth.ada.slash(quoth.channel, "privacy delete")
        assert "- nothing but traces of what was deleted before" in content(asked)
        done = content(await confirmed(quoth.ada, asked, "Delete"))
        assert traces not in done
        assert "keeps your ID and the time of this deletion for 30 days" in done
        assert "when you last deleted your data" in content(await quoth.ada.slash(quoth.channel, "privacy show"))


def written(folder: Path) -> bytes:
    """Return the bytes of all database files."""
    return b"".join(file.read_bytes() for file in folder.glob("quoth.sqlite3*"))


async def test_forgetting_needs_a_permission(tmp_path: Path) -> None:
    """In a server /forget needs Manage Messages; in a DM the person may; its own line is not read as history."""
    async with quoth_in_simcord(tmp_path) as quoth:
        refused = await quoth.ada.slash(quoth.channel, "forget")
        assert refused.ephemeral
        assert content(refused).startswith("You need the *Manage Messages* permission to clear the context here")
        assert await quoth.bot.stores.forgotten([quoth.channel.id]) == 0
        role = quoth.guild.create_role("keeper", permissions=discord.Permissions(manage_messages=True))
        keeper = quoth.guild.add_member(quoth.env.create_user("keeper"), roles=[role])
        asked = await keeper.slash(quoth.channel, "forget")
        assert "For each question here, Quoth reads up to 20 earlier messages." in content(asked)
        assert await quoth.bot.stores.forgotten([quoth.channel.id]) == 0
        done = await confirmed(keeper, asked, "Clear the context")
        (line,) = done.followups
        assert not line.ephemeral
        assert question_and_text(line.content) == ("", "")
        assert await quoth.bot.stores.forgotten([quoth.channel.id]) > 0
        direct = await confirmed(quoth.ada.user, await quoth.ada.user.slash("forget"), "Clear the context")
        assert [question_and_text(line.content) for line in direct.followups] == [("", "")]


async def test_a_deletion_can_be_thought_over(tmp_path: Path) -> None:
    """Before it acts, /privacy delete counts each kind of thing that goes; Cancel changes nothing."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await quoth.ada.slash(quoth.channel, "ask", prompt="marzipan")
        await quoth.ada.slash(quoth.channel, "ask", prompt="nougat")
        await quoth.bot.stores.preferences.change("user", quoth.ada.id, None, Preferences(history=0))
        await quoth.connection.execute(
            "UPDATE uses SET used_at = used_at - 90000 WHERE id = (SELECT min(id) FROM uses)"
        )
        before = await quoth.bot.stores.personal_data.counts(quoth.ada.id)
        asked = await quoth.ada.slash(quoth.channel, "privacy delete")
        for line in (
            "- 2 questions, the oldest asked <t:",
            "- the IDs of 2 messages with answers",
            "- which messages were read for 2 of these questions",
            "- when and where you asked which model, without your words: 1 time\n",
            "- your preferences",
        ):
            assert line in content(asked)
        canceled = await confirmed(quoth.ada, asked, "Cancel")
        assert content(canceled) == "Canceled: nothing was changed."
        assert await quoth.bot.stores.personal_data.counts(quoth.ada.id) == before
        done = await confirmed(quoth.ada, await quoth.ada.slash(quoth.channel, "privacy delete"), "Delete")
        assert "Deleted what Quoth stored about you." in content(done)
        assert await quoth.bot.stores.personal_data.counts(quoth.ada.id) == {"uses": 1, "deletions": 1}


async def test_what_is_stored_is_told_in_words(tmp_path: Path) -> None:
    """Every table about people has words of its own, so that nobody reads the name of a table."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await quoth.ada.slash(quoth.channel, "ask", prompt="Why?")
        await quoth.bot.stores.preferences.change("user", quoth.ada.id, None, Preferences(history=0))
        shown = content(await quoth.ada.slash(quoth.channel, "privacy show"))
        assert "- your preferences" in shown
        assert "- when and where you asked which model, without your words: 1 time" in shown
    lines = stored_data(dict.fromkeys(PERSONAL, 3), 1.5)
    assert len(lines) == len(PERSONAL)
    assert not any(f"`{table}`" in line for table in PERSONAL for line in lines)


async def test_who_may_not_forget_any_more_does_not(tmp_path: Path) -> None:
    """The permission is checked again when the button is pressed."""
    async with quoth_in_simcord(tmp_path) as quoth:
        role = quoth.guild.create_role("keeper", permissions=discord.Permissions(manage_messages=True))
        keeper = quoth.guild.add_member(quoth.env.create_user("keeper"), roles=[role])
        asked = await keeper.slash(quoth.channel, "forget")
        quoth.guild.remove_member(keeper)
        keeper = quoth.guild.add_member(keeper.user)
        refused = await confirmed(keeper, asked, "Clear the context")
        assert "You need the *Manage Messages* permission" in content(refused)
        assert await quoth.bot.stores.forgotten([quoth.channel.id]) == 0


async def test_every_table_says_whether_it_is_about_people(tmp_path: Path) -> None:
    """Every table is known to the code that shows and deletes personal data."""
    async with open_database(tmp_path / "quoth.sqlite3") as connection:
        rows = await connection.execute_fetchall("SELECT name FROM sqlite_schema WHERE type = 'table'")
        assert {name for (name,) in rows} == set(PERSONAL) | IMPERSONAL
        assert await Stores.over(connection).personal_data.counts(1) == {}


async def test_a_log_that_is_being_read_is_cleared_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader at the same time doesn't make a deletion fail, and the data is gone in the end."""
    monkeypatch.setattr(database, "_BUSY", 100)
    async with open_database(tmp_path / "quoth.sqlite3") as one, open_database(tmp_path / "quoth.sqlite3") as other:
        stores = Stores.over(one)
        await stores.opt_outs.opt_out(5)
        async with other.execute("SELECT 1 FROM opt_outs UNION ALL SELECT 2") as cursor:
            await cursor.fetchone()
            assert await stores.personal_data.delete(5) == Deleted(0, erased=False)
        assert await stores.personal_data.clear_log()
        assert (tmp_path / "quoth.sqlite3-wal").stat().st_size == 0


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 9), st.sampled_from(["", "off", "forgotten"]))
def test_what_was_read_comes_in_pages(taken: int, cut: int, hidden: int, why: str) -> None:
    """However much was read, each page fits 2,000 characters; the first counts all, and each message has its link."""
    places = [(1542801983549734922, 1542801983549734922 + number) for number in range(taken + cut)]
    row = PromptSourcesRow(1, places[cut:], places[:cut], hidden, why)
    files = ["x" * 500 + ".txt", "**y**.md"]
    pages = sources_pages(1542801983549734921, row, files=files, chosen=(5, 6))
    assert all(len(page) <= 2000 for page in pages)
    assert (f"**Messages read: {taken}.**" in pages[0]) == (taken > 0)
    assert (f"**Left out (context full): {cut}.**" in pages[0]) == (cut > 0)
    links = re.findall(
        r"\(https://discord\.com/channels/1542801983549734921/1542801983549734922/(\d+)\)", "".join(pages)
    )
    assert [int(link) for link in links] == [message for _, message in (*places[cut:], *places[:cut])]
    assert all(f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, 1) if len(pages) > 1)
    assert sources_pages(None, PromptSourcesRow(1)) == ["Only your question was sent."]
