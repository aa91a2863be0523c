"""Commands on simcord: answered in time, checked by the server, and refused in one plain sentence."""

import logging
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.conversation import Snapshot, State
from bot.errors import AnswerStalled, LimitReached, LoginRequired, PoeError
from bot.reply import pacing
from storage.preferences import Preferences
from tests.support.quoth_in_simcord import quoth_in_simcord, refusal, texts
from tests.support.replies import question_and_text

UNEXPECTED = "Something went wrong. Try again."
DEFERRED = 5


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let replies be edited as often as they change: simcord has no rate limits."""
    for gap in ("CHANNEL_GAP", "INTERACTION_GAP"):
        monkeypatch.setattr(pacing, gap, 0.0)


async def test_ask_defers_first_and_answers(tmp_path: Path) -> None:
    """/ask is deferred before anything else happens; then its answer is written into that same message."""
    async with quoth_in_simcord(tmp_path, Snapshot("Hel", State.STREAMING), Snapshot("Hello", State.DONE)) as quoth:
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?", model="google-palm")
        assert quoth.callbacks() == [DEFERRED]
        assert quoth.requests()[0][0].endswith("/callback")
        assert quoth.poe.asked == [("Google-PaLM", "Well?")]
        assert asked.response is not None
        assert question_and_text(asked.response.content) == ("Well?", "Hello")
        assert not asked.response.ephemeral
        assert len(quoth.channel.history()) == 1


async def test_ask_defers_before_it_reads_anything(tmp_path: Path) -> None:
    """Even when the database fails, /ask is deferred first, and the reply says that something went wrong."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await quoth.connection.close()
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        assert quoth.callbacks() == [DEFERRED]
        assert asked.response is not None
        assert UNEXPECTED in asked.response.content


async def test_an_unknown_model_is_named_with_its_neighbours(tmp_path: Path) -> None:
    """A misspelt model is refused in one sentence that suggests similar names, and Poe is not asked."""
    async with quoth_in_simcord(tmp_path) as quoth:
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?", model="gpt-3.5-trubo")
        assert "There is no model called “gpt-3.5-trubo”. Did you mean `GPT-3.5-Turbo`" in refusal(asked)
        assert quoth.poe.asked == []
        assert quoth.callbacks() == [DEFERRED]


@pytest.mark.parametrize(
    "error", [LimitReached(), LoginRequired(), AnswerStalled()], ids=lambda error: type(error).__name__
)
async def test_what_poe_could_not_do_is_told(tmp_path: Path, error: PoeError) -> None:
    """A failure of Poe is explained in its own sentence below the text that had arrived."""
    async with quoth_in_simcord(tmp_path, Snapshot("Half of it", State.STREAMING), error) as quoth:
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        assert asked.response is not None
        assert "\nHalf of it\n" in asked.response.content
        assert asked.response.content.count(error.user_message) == 1
        assert error.operator_message not in asked.response.content


async def test_what_nobody_expected_is_told_plainly_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An unexpected exception is logged with its traceback; the reader gets no detail of it."""
    async with quoth_in_simcord(tmp_path, RuntimeError("detail of the inside")) as quoth:
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        assert asked.response is not None
        assert asked.response.content.count(UNEXPECTED) == 1
        assert "detail" not in asked.response.content
    assert [record.exc_info is not None for record in caplog.records if record.levelno >= logging.ERROR] == [True]


@pytest.mark.parametrize("command", ["ask", "model set"])
async def test_models_are_offered_while_typing(tmp_path: Path, command: str) -> None:
    """Both commands suggest at most 25 models, best first: the one in effect here, then the operator's own."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await quoth.bot.stores.preferences.change("user", quoth.ada.id, None, Preferences(model="GPT-4o"))
        everything = await quoth.ada.autocomplete(quoth.channel, command, "model", "")
        assert len(everything) == 25
        assert [choice["name"] for choice in everything[:2]] == ["GPT-4o", "My-Bot"]
        found = await quoth.ada.autocomplete(quoth.channel, command, "model", "google pa")
        assert found == [{"name": "Google-PaLM (retired by Poe)", "value": "Google-PaLM"}]
        assert await quoth.ada.autocomplete(quoth.channel, command, "model", "xyzzy!?") == []


async def test_a_broken_database_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A command that fails inside is answered with one private sentence, and logged with its traceback."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await quoth.connection.close()
        shown = await quoth.ada.slash(quoth.channel, "model show")
        assert shown.response is not None
        assert (shown.response.content, shown.ephemeral, shown.followups) == (UNEXPECTED, True, [])
    assert [record.exc_info is not None for record in caplog.records if record.levelno >= logging.ERROR] == [True]


async def _break(interaction: discord.Interaction[Any], moment: str) -> None:
    """Fail at the chosen moment of an answer."""
    if moment == "deferred":
        await interaction.response.defer(ephemeral=True)
    if moment == "answered":
        await interaction.response.send_message("So far so good.")
    raise RuntimeError("detail of the inside")


BROKEN = app_commands.Command[Any, ..., None](name="broken", description="Fails at a chosen moment", callback=_break)


@pytest.mark.parametrize("moment", ["unanswered", "deferred", "answered"])
async def test_failures_are_never_acknowledged_twice(tmp_path: Path, moment: str) -> None:
    """Whenever a command fails, Discord gets exactly one callback, and the person one private sentence."""
    async with quoth_in_simcord(tmp_path, extra=BROKEN) as quoth:
        result = await quoth.ada.slash(quoth.channel, "broken", moment=moment)
        assert len(quoth.callbacks()) == 1
        told = [answer for answer in [result.response, *result.followups] if answer and answer.content == UNEXPECTED]
        assert [answer.ephemeral for answer in told] == [True]
        assert len(quoth.channel.history(viewer=quoth.ada)) == (2 if moment == "answered" else 1)


async def test_an_interaction_that_died_asks_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """When Discord no longer knows the interaction, no question is sent to Poe, and the log says why."""
    async with quoth_in_simcord(tmp_path) as quoth:
        quoth.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062, times=None)
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        assert not asked.acknowledged
        assert (quoth.poe.asked, quoth.channel.history()) == ([], [])
    assert "code 10062" in caplog.text


async def test_a_command_that_is_gone_is_explained(tmp_path: Path) -> None:
    """A command that this Quoth no longer has is answered with what to do."""
    async with quoth_in_simcord(tmp_path) as quoth:
        quoth.bot.tree.remove_command("model")
        result = await quoth.ada.slash(quoth.channel, "model show")
        assert result.response is not None
        assert result.response.content == "This command has changed. Reload Discord and try again."


async def test_only_what_people_write_is_answered(tmp_path: Path) -> None:
    """Bots, webhooks and edits trigger nothing, even where every message is answered; nor do bots' DMs."""
    async with quoth_in_simcord(tmp_path) as quoth:
        mention = f"<@{quoth.bot.me}> Well?"
        talk = await quoth.ada.send(quoth.channel, "Hello")
        chosen = Preferences(every_message=True)
        await quoth.bot.stores.preferences.change("channel", quoth.channel.id, quoth.guild.id, chosen)
        robot = quoth.guild.add_member(quoth.env.create_user("robot", bot=True))
        await robot.send(quoth.channel, mention)
        await quoth.guild.create_webhook(quoth.channel).send(mention)
        await quoth.ada.edit(talk, mention)
        other = quoth.env.create_user("other", bot=True)
        await other.send_dm("Hello?")
        assert quoth.poe.asked == []
        assert len(quoth.channel.history()) == 3
        assert texts(other.dm_channel.history()) == ["Hello?"]


async def test_fresh_leaves_everything_out(tmp_path: Path) -> None:
    """/ask with `fresh` sends only the question, and does not even read the channel."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await quoth.ada.send(quoth.channel, "I like ravens.")
        await quoth.ada.slash(quoth.channel, "ask", prompt="Why?", fresh=True)
        assert quoth.poe.asked == [("GPT-3.5-Turbo", "Why?")]
        assert not any(request.startswith("GET") for request, _ in quoth.requests())


async def test_ask_about_this_is_as_private_as_chosen(tmp_path: Path) -> None:
    """*Private answers* applies to the message menu too."""
    async with quoth_in_simcord(tmp_path) as quoth:
        await quoth.bot.stores.preferences.change("user", quoth.ada.id, None, Preferences(private=True))
        talk = await quoth.ada.send(quoth.channel, "Nevermore")
        opened = await quoth.ada.context_menu(quoth.channel, "Ask about this", talk)
        assert opened.modal is not None
        question = opened.modal["components"][0]["component"]["custom_id"]
        submitted = await quoth.ada.submit_modal(opened, {question: "Who says so?"})
        assert submitted.ephemeral
        assert len(quoth.channel.history()) == 1


async def test_what_is_there_in_direct_messages(tmp_path: Path) -> None:
    """In DMs there are the commands about asking, one's own data and the operator's, but none about a server."""
    async with quoth_in_simcord(tmp_path) as quoth:
        commands = {name.partition(" ")[0] for name in quoth.ada.user.available_commands()}
        own = {"ask", "forget", "privacy", "model", "models", "preferences", "usage", "help"}
        assert commands == own | {"status", "maintenance"}
        asked = await quoth.ada.user.slash("ask", prompt="Well?")
        assert question_and_text(asked.response.content) == ("Well?", "Hello")


async def test_no_mention_ever_pings(tmp_path: Path) -> None:
    """Whatever question and answer contain, no page of any reply mentions anybody."""
    words = "@everyone @here " + "word " * 900
    async with quoth_in_simcord(tmp_path, Snapshot("", State.ASKING), Snapshot(words, State.DONE)) as quoth:
        mentions = f"{quoth.ada.mention} @everyone <@&{quoth.guild.default_role.id}>"
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt=mentions)
        await quoth.ada.user.send_dm(mentions)
        await quoth.ada.slash(quoth.channel, "ask", prompt="Well?", model="@everyone")
        assert len(asked.followups) == 2
        assert len(quoth.sent()) > 6
        assert all(body["allowed_mentions"] == {"parse": []} for body in quoth.sent())
        assert not any(message.mention_everyone for message in quoth.channel.history())
