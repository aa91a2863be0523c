"""The buttons below a reply, in real discord.py on the stand-in Discord: who may press them, and what they do."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.conversation import Snapshot, State
from bot.markdown.own_lines import separate
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import File
from sandbox.discord.world.entities import CallbackType, Message
from tests.support.quoth_in_sandbox import QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import buttons, posts

NOT_YOURS = "Only the person who asked, or someone with the *Manage Messages* permission, can do that."
OVER = "That answer has already ended."


async def stopped_by(quoth: QuothInSandbox, who: str) -> None:
    """Have somebody press Stop in the middle of an answer that alice asked for."""
    interaction, answer = await quoth.ask("alice")
    answer.say("Half of")
    reply = await quoth.shown(interaction.response, "Half of")
    pressed = await quoth.discord.press(who, reply, buttons(reply)["Stop"])
    assert pressed.answer is CallbackType.DEFERRED_UPDATE
    await quoth.shown(reply, "Half of", "stopped")
    assert separate(reply.content).text == "Half of"
    await until(lambda: answer.left)
    assert list(buttons(reply)) == ["Retry", "Ask another model", "What was read?", "Edit question"]


@pytest.mark.parametrize("who", ["alice", "admin"])
async def test_stop_keeps_the_text(tmp_path: Path, discord: DiscordSandbox, who: str) -> None:
    """Stop ends the ask, stops Poe and keeps the text, for the asker and for people with Manage Messages."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        await stopped_by(quoth, who)


async def test_what_waits_is_told_and_can_be_stopped(tmp_path: Path, discord: DiscordSandbox) -> None:
    """One message shows the place in the queue, then that the model is asked; Stop works before any text."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice")
        answer.steps.put_nowait(Snapshot(state=State.QUEUED, ahead=2, wait=130.0))
        reply = await quoth.shown(interaction.response, "-# ◆ Waiting, 2 ahead, about 2 min")
        answer.steps.put_nowait(Snapshot(state=State.ASKING))
        await quoth.shown(reply, "-# ◆ Asking GPT-4…")
        await discord.press("alice", reply, buttons(reply)["Stop"])
        await quoth.shown(reply, "stopped")
        await until(lambda: answer.left)
        assert posts(discord, "general") == [reply]


async def test_a_silent_model_is_told(tmp_path: Path, discord: DiscordSandbox) -> None:
    """The status line says for how long there has been no news and how long Quoth waits, until there are news again."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice")
        answer.steps.put_nowait(Snapshot(state=State.ASKING, quiet=15.0))
        reply = await quoth.shown(interaction.response, "-# ◆ Asking GPT-4… · no news for 15 s")
        answer.steps.put_nowait(Snapshot("Half of", State.STREAMING, quiet=45.0, left=120.0))
        await quoth.shown(reply, "Half of", "-# ◆ GPT-4 is writing… · no news for 45 s, waiting 2 min more")
        answer.say("Half of it")
        await quoth.shown(reply, "Half of it", "-# ◆ GPT-4 is writing…")
        assert "no news" not in reply.content
        answer.end("Half of it all")
        await quoth.shown(reply, "done")


async def test_others_can_not_press(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Anybody else gets a private sentence, and nothing happens."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice")
        answer.say("Half of")
        reply = await quoth.shown(interaction.response, "Half of")
        refused = await discord.press("bob", reply, buttons(reply)["Stop"])
        assert (refused.response.content, refused.response.viewer) == (NOT_YOURS, discord.world.users.bob)
        assert not answer.left
        answer.end("Half of it all")
        await quoth.shown(reply, "done")
        for label in ("Retry", "Ask another model"):
            refused = await discord.press("bob", reply, buttons(reply)[label])
            assert (refused.response.content, refused.response.ephemeral) == (NOT_YOURS, True)
        assert len(quoth.poe.answers) == 1


async def test_a_stop_that_comes_too_late(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Stop pressed twice, or after Quoth was killed, gets a private sentence."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice")
        answer.say("Half of")
        reply = await quoth.shown(interaction.response, "Half of")
        stop, stale = buttons(reply)["Stop"], list(reply.components)
        await discord.press("alice", reply, stop)
        await quoth.shown(reply, "stopped")
        reply.components = stale  # as somebody's client may still show it
        again = await discord.press("alice", reply, stop)
        assert (again.response.content, again.response.ephemeral) == (OVER, True)
    async with quoth_in_sandbox(tmp_path, discord):
        later = await discord.press("alice", reply, stop)
        assert (later.response.content, later.response.ephemeral) == (OVER, True)


async def test_retry_asks_again_in_a_new_reply(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Retry asks the same question with the same history, also after a restart; it stays its author's question."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice", "lamp-room", prompt="Is it foggy?", model="palm")
        answer.end("Yes.")
        reply = await quoth.shown(interaction.response, "done")
    await discord.say("bob", "lamp-room", "what a question")
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        pressed = await discord.press("admin", reply, buttons(reply)["Retry"])
        again = await quoth.asked(0)
        assert (again.handle, again.prompt) == (answer.handle, answer.prompt)
        again.say("No")
        second = await quoth.shown(pressed.response, "No")
        assert second is not reply
        assert separate(second.content).question == "Is it foggy?"
        refused = await discord.press("bob", second, buttons(second)["Stop"])
        assert refused.response.content == NOT_YOURS
        again.end("No.")
        await quoth.shown(second, "done")
        pressed = await discord.press("alice", second, buttons(second)["Retry"])
        third = await quoth.asked(1)
        assert third.prompt == answer.prompt
        third.end("Perhaps.")
        await quoth.shown(pressed.response, "Perhaps.", "done")


async def test_retry_pressed_twice_gives_one_answer(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A second press while the first one's answer is made is answered privately at once; later Retry works again."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice")
        answer.end("Yes.")
        reply = await quoth.shown(interaction.response, "done")
        retry = buttons(reply)["Retry"]
        presses = await asyncio.gather(*(discord.press("alice", reply, retry) for _ in range(3)))
        again = await quoth.asked(1)
        presses.append(await discord.press("admin", reply, retry))
        told = [each for each in presses if each.response.content == "This question is already being asked again."]
        (taken,) = [each for each in presses if each not in told]
        assert all(each.response.ephemeral for each in told)
        again.end("No.")
        await quoth.shown(taken.response, "No.", "done")
        assert len(quoth.poe.answers) == 2
        await until(lambda: not quoth.bot.asks.askers_of(taken.id))
        await discord.press("alice", reply, retry)
        await quoth.asked(2)


async def test_retry_of_two_people_at_once_gives_one_answer(tmp_path: Path, discord: DiscordSandbox) -> None:
    """If the asker and a moderator press Retry at the same moment, one gets the answer and the other one a word."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice")
        answer.end("Yes.")
        reply = await quoth.shown(interaction.response, "done")
        retry = buttons(reply)["Retry"]
        presses = await asyncio.gather(*(discord.press(who, reply, retry) for who in ("alice", "admin")))
        told = [each for each in presses if each.response.content == "This question is already being asked again."]
        (taken,) = [each for each in presses if each not in told]
        assert [each.response.ephemeral for each in told] == [True]
        assert not taken.response.ephemeral
        (await quoth.asked(1)).end("No.")
        await quoth.shown(taken.response, "No.", "done")
        assert len(quoth.poe.answers) == 2


async def test_a_mistyped_model_can_be_put_right(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A refusal offers the models that may have been meant: a press asks the question, with its file, and counts once.

    The buttons work after a restart too, but for the file, which nobody has read.
    """
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        file = File("notes.txt", b"eleven lemons")
        asked = await discord.command("alice", "general", "ask", prompt="How many?", model="clode", file=file)
        refused = await quoth.refused(asked, "There is no model called “clode”. Did you mean `Claude-Opus-4.8`")
        assert next(iter(buttons(refused))) == "Claude-Opus-4.8"
        assert list(buttons(refused))[-1] == "Ask another model"
        assert quoth.poe.answers == []
        near = buttons(refused)["Claude-Opus-4.8"]
        presses = await asyncio.gather(*(discord.press("alice", refused, near) for _ in range(2)))
        answer = await quoth.asked(0)
        assert answer.handle == "Claude-Opus-4.8"
        assert "eleven lemons" in answer.prompt
        assert answer.prompt.endswith("How many?")
        answer.end("Eleven.")
        told = [each for each in presses if each.response.content == "This question is already being asked again."]
        (taken,) = [each for each in presses if each not in told]
        assert len(told) == 1
        assert not taken.response.ephemeral
        await quoth.shown(taken.response, "Eleven.", "done")
        assert len(quoth.poe.answers) == 1
        asked = await discord.command("alice", "general", "ask", prompt="Well?", model="gpt-3.5-trubo", private=True)
        refused = await quoth.refused(asked, "There is no model called “gpt-3.5-trubo”.")
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        pressed = await discord.press("alice", refused, buttons(refused)["GPT-3.5-Turbo"])
        answer = await quoth.asked(0)
        assert (answer.handle, answer.prompt.split("\n")[-2:]) == ("GPT-3.5-Turbo", ["User: Well?", "Assistant:"])
        answer.end("Well.")
        assert (await quoth.shown(pressed.response, "done")).ephemeral


async def test_another_model_is_asked(tmp_path: Path, discord: DiscordSandbox) -> None:
    """The button opens a form with the likeliest models and a field for others; a wrong name is refused privately."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice", prompt="Well?")
        answer.end("Well.")
        reply = await quoth.shown(interaction.response, "done")
        other = buttons(reply)["Ask another model"]

        async def choose(**values: str) -> Message:
            form = await discord.press("alice", reply, other)
            assert form.modal is not None
            listed, named = (label["component"]["custom_id"] for label in form.modal["components"])
            filled = {listed: values.get("listed", ""), named: values.get("named", "")}
            return (await discord.submit("alice", form, filled)).response

        near = await choose(named="Claud-Opus-4.8")
        assert near.ephemeral
        assert "`Claude-Opus-4.8`" in near.content
        assert (await choose()).content == "Choose a model from the list or enter its name."
        assert len(quoth.poe.answers) == 1
        await choose(listed="My-Bot")
        first = await quoth.asked(1)
        assert (first.handle, first.prompt) == ("My-Bot", "Well?")
        await choose(listed="My-Bot", named="palm")
        second = await quoth.asked(2)
        assert second.handle == "Google-PaLM"
        await discord.press("alice", near, buttons(near)["Claude-Opus-4.8"])
        third = await quoth.asked(3)
        assert (third.handle, third.prompt) == ("Claude-Opus-4.8", "Well?")
        for each in (first, second, third):
            each.end("So it is.")
        await discord.wait(lambda: len([m for m in posts(discord, "general") if "done" in m.content]) == 4)


async def test_an_unknown_model_can_be_replaced(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A reply that failed for its model's name can be asked again with another model."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction = await discord.command("alice", "general", "ask", prompt="Well?", model="gtp-5")
        reply = await quoth.refused(interaction, "“gtp-5”", "failed")
        form = await discord.press("alice", reply, buttons(reply)["Ask another model"])
        assert form.modal is not None
        named = form.modal["components"][1]["component"]["custom_id"]
        await discord.submit("alice", form, {named: "gpt-4"})
        answer = await quoth.asked(0)
        answer.end("Well.")
        assert answer.prompt == "Well?"
        assert [post.ephemeral for post in posts(discord, "general")] == [True, False]


async def test_what_is_no_longer_known_is_told(tmp_path: Path, discord: DiscordSandbox) -> None:
    """After 30 days Retry says privately that the question is no longer stored."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice")
        answer.end("Well.")
        reply = await quoth.shown(interaction.response, "done")
        with closing(sqlite3.connect(tmp_path / "quoth.sqlite3")) as database:
            database.execute("UPDATE asks SET asked_at = asked_at - 31 * 24 * 3600")
            database.commit()
        pressed = await discord.press("alice", reply, buttons(reply)["Retry"])
        (told,) = await discord.wait(lambda: pressed.followups)
        assert told.content == "Quoth no longer remembers that question. Ask it again."
        assert told.ephemeral
        assert pressed.response.deleted


async def test_retry_in_direct_messages(tmp_path: Path, discord: DiscordSandbox) -> None:
    """In a DM the person may press Retry, and the answer is a reply of its own."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        asked = await discord.say("alice", "dm", "My cat is called Lens")
        (await quoth.asked(0)).end("A fine name.")
        dm = discord.world.dm("alice")
        await discord.wait(lambda: [m for m in posts(discord, dm, asked) if "done" in m.content])
        (reply,) = posts(discord, dm, asked)
        pressed = await discord.press("alice", reply, buttons(reply)["Retry"])
        again = await quoth.asked(1)
        assert again.prompt == "My cat is called Lens"
        again.end("Meow.")
        await quoth.shown(pressed.response, "Meow.", "done")


async def test_a_private_answer_stays_private(tmp_path: Path, discord: DiscordSandbox) -> None:
    """The pages of a private answer, and of its Retry, are seen by the asker only."""
    alice = discord.world.users.alice
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice", private=True)
        answer.end("word " * 700)
        await discord.wait(lambda: interaction.followups and "done" in interaction.followups[-1].content)
        assert [message.viewer for message in interaction.replies] == [alice, alice]
        pressed = await discord.press("alice", interaction.replies[-1], buttons(interaction.replies[-1])["Retry"])
        (await quoth.asked(1)).end("Well.")
        await quoth.shown(pressed.response, "Well.", "done")
        assert pressed.response.viewer is alice


async def test_what_a_restart_interrupted_can_be_retried(tmp_path: Path, discord: DiscordSandbox) -> None:
    """An answer that was interrupted by Quoth's end says so, and its Retry works after the restart."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        interaction, answer = await quoth.ask("alice")
        answer.say("Half of")
        reply = await quoth.shown(interaction.response, "Half of")
    assert answer.left
    assert reply.content.endswith("· interrupted")
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        pressed = await discord.press("alice", reply, buttons(reply)["Retry"])
        (await quoth.asked(0)).end("All of it.")
        await quoth.shown(pressed.response, "All of it.", "done")
