"""The doors of plain messages and of the message menu, on a simulated Discord: who and what triggers them."""

from pathlib import Path

import pytest

from bot.markdown.own_lines import separate
from bot.reply import pacing
from storage.preferences import Preferences
from tests.support.quoth_in_simcord import Simulated, simulated, texts
from tests.support.replies import question_and_text

MODAL = 9


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let replies be edited as often as they change: Discord's limits are not simulated here."""
    for gap in ("CHANNEL_GAP", "INTERACTION_GAP"):
        monkeypatch.setattr(pacing, gap, 0.0)


def mention(quoth: Simulated) -> str:
    """What people write to mention Quoth."""
    return f"<@{quoth.bot.me}>"


async def test_a_mention_is_answered(tmp_path: Path) -> None:
    """A mention asks what is written beside it, and the answer replies to it without pinging."""
    async with simulated(tmp_path) as quoth:
        await quoth.ada.send(quoth.channel, f"{mention(quoth)} Well?")
        assert quoth.poe.asked == [("GPT-3.5-Turbo", "Well?")]
        reply = quoth.channel.history()[-1]
        assert separate(reply.content).text == "Hello"
        assert reply.reference is not None
        assert reply.mentions == []


async def test_a_mention_without_words_asks_nobody(tmp_path: Path) -> None:
    """It gets one sentence that says what to do."""
    async with simulated(tmp_path) as quoth:
        await quoth.ada.send(quoth.channel, mention(quoth))
        assert quoth.poe.asked == []
        assert texts(quoth.channel.history())[1:] == [
            "What would you like to know? Please write your question in words, or reply to this message with it."
        ]


async def test_a_reply_to_quoth_is_answered(tmp_path: Path) -> None:
    """A reply to Quoth needs no mention; a reply to somebody else asks nobody."""
    async with simulated(tmp_path) as quoth:
        asked = await quoth.ada.slash(quoth.channel, "ask", prompt="Well?")
        assert asked.response is not None
        talk = await quoth.ada.send(quoth.channel, "So it says")
        await quoth.ada.send(quoth.channel, "Does it?", reply_to=talk)
        assert len(quoth.poe.asked) == 1
        await quoth.ada.send(quoth.channel, "Why?", reply_to=asked.response)
        assert quoth.poe.asked[-1][1].endswith("User: Why?\nAssistant:")


async def test_every_message_is_answered_where_it_is_switched_on(tmp_path: Path) -> None:
    """In such a channel no mention is needed."""
    async with simulated(tmp_path) as quoth:
        await quoth.ada.send(quoth.channel, "Nobody asks you")
        chosen = Preferences(every_message=True)
        await quoth.bot.stores.preferences.change("channel", quoth.channel.id, quoth.guild.id, chosen)
        await quoth.ada.send(quoth.channel, "Well?")
        assert [prompt for _, prompt in quoth.poe.asked] == ["User: Ada: Nobody asks you\nUser: Well?\nAssistant:"]


async def test_bots_webhooks_and_edits_trigger_nothing(tmp_path: Path) -> None:
    """Only what a person writes anew is answered, even where every message is."""
    async with simulated(tmp_path) as quoth:
        talk = await quoth.ada.send(quoth.channel, "Hello")
        chosen = Preferences(every_message=True)
        await quoth.bot.stores.preferences.change("channel", quoth.channel.id, quoth.guild.id, chosen)
        robot = quoth.guild.add_member(quoth.env.create_user("robot", bot=True))
        await robot.send(quoth.channel, f"{mention(quoth)} Well?")
        await quoth.guild.create_webhook(quoth.channel).send(f"{mention(quoth)} Well?")
        await quoth.ada.edit(talk, f"{mention(quoth)} Well?")
        assert quoth.poe.asked == []
        assert len(quoth.channel.history()) == 3


async def test_a_direct_message_is_answered(tmp_path: Path) -> None:
    """In a DM one just writes."""
    async with simulated(tmp_path) as quoth:
        await quoth.ada.send_dm("Well?")
        assert quoth.poe.asked == [("GPT-3.5-Turbo", "Well?")]


async def test_ask_about_this(tmp_path: Path) -> None:
    """The menu answers with a form at once; the form's answer is deferred, and shows what was asked."""
    async with simulated(tmp_path) as quoth:
        talk = await quoth.ada.send(quoth.channel, "Nevermore")
        opened = await quoth.ada.context_menu(quoth.channel, "Ask about this", talk)
        assert quoth.callbacks() == [MODAL]
        assert opened.modal is not None
        question = opened.modal["components"][0]["component"]["custom_id"]
        submitted = await quoth.ada.submit_modal(opened, {question: "Who says so?"})
        assert submitted.response is not None
        assert question_and_text(submitted.response.content) == ("Who says so?", "Hello")
        assert talk.jump_url in submitted.response.content
        assert len(quoth.poe.asked) == 1


async def test_ask_about_this_is_as_private_as_chosen(tmp_path: Path) -> None:
    """*Private answers* holds for the menu's form too."""
    async with simulated(tmp_path) as quoth:
        await quoth.bot.stores.preferences.change("user", quoth.ada.id, None, Preferences(private=True))
        talk = await quoth.ada.send(quoth.channel, "Nevermore")
        opened = await quoth.ada.context_menu(quoth.channel, "Ask about this", talk)
        assert opened.modal is not None
        question = opened.modal["components"][0]["component"]["custom_id"]
        submitted = await quoth.ada.submit_modal(opened, {question: "Who says so?"})
        assert submitted.ephemeral
        assert len(quoth.channel.history()) == 1


async def test_fresh_leaves_everything_out(tmp_path: Path) -> None:
    """/ask with `fresh` asks only what is written, and does not even read the channel."""
    async with simulated(tmp_path) as quoth:
        await quoth.ada.send(quoth.channel, "I like ravens.")
        await quoth.ada.slash(quoth.channel, "ask", prompt="Why?", fresh=True)
        assert quoth.poe.asked == [("GPT-3.5-Turbo", "Why?")]
        assert not any(request.startswith("GET") for request, _ in quoth.requests())


async def test_a_picture_is_refused_before_anything_is_deferred(tmp_path: Path) -> None:
    """The person alone reads why, and the channel stays as it was."""
    async with simulated(tmp_path) as quoth:
        refused = await quoth.ada.slash(quoth.channel, "ask", prompt="What is it?", file=("fog.png", b"\x89PNG"))
        assert refused.response is not None
        assert "is a picture" in refused.response.content
        assert (refused.ephemeral, quoth.poe.asked, quoth.channel.history()) == (True, [], [])
