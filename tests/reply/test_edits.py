"""Questions that are edited: while they wait, while they are answered, and after that."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot import asks
from bot.markdown.own_lines import separate
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import File
from sandbox.discord.world.entities import Message
from sandbox.discord.world.events import MessageEdited
from tests.support.quoth_in_sandbox import QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import buttons, posts

AGAIN = "Ask again with the edit"


@pytest.fixture
async def quoth(
    tmp_path: Path, discord: DiscordSandbox, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth that waits a little for a further edit."""
    monkeypatch.setattr(asks, "_EDITED", 0.2)
    async with quoth_in_sandbox(tmp_path, discord) as made:
        yield made


def edit(quoth: QuothInSandbox, message: Message, content: str) -> None:
    """Have alice edit her message."""
    me = quoth.discord.world.bot.id
    quoth.discord.people.edit(quoth.discord.world.users.alice, message, f"<@{me}> {content}")


def preview(quoth: QuothInSandbox, message: Message) -> None:
    """Have Discord add a preview of a link, which comes as an edit too."""
    message.embeds = [{"type": "link", "url": "https://example.org"}]
    quoth.discord.world.events.publish(MessageEdited(message))


async def reply_to(quoth: QuothInSandbox, asked: Message, *parts: str) -> Message:
    """Wait until the first reply after a message says all of these."""
    await quoth.discord.wait(lambda: posts(quoth.discord, asked.channel, asked))
    return await quoth.shown(posts(quoth.discord, asked.channel, asked)[0], *parts)


async def test_a_running_answer_is_stopped_and_asked_anew(quoth: QuothInSandbox) -> None:
    """The same reply shows the answer to the edited question; twenty edits ask it once, a preview never."""
    notes = File("notes.txt", b"eleven lemons")
    asked, first = await quoth.say("alice", "general", "How menny?", mention=True, files=[notes])
    first.say("Menny is a name\n" * 200)
    reply = await reply_to(quoth, asked, "Menny is")
    preview(quoth, asked)
    for number in range(20):
        edit(quoth, asked, f"How many {number}?")
    second = await quoth.asked(1)
    assert first.left
    assert second.prompt.endswith("How many 19?")
    assert "eleven lemons" in second.prompt
    second.say("Eleven")
    await quoth.shown(reply, "Eleven", "is writing")
    await quoth.discord.wait(lambda: posts(quoth.discord, "general", asked) == [reply])
    second.end("Eleven.")
    await quoth.shown(reply, "Eleven.", "done")
    assert len(quoth.poe.answers) == 2
    assert AGAIN not in buttons(reply)
    row = await quoth.bot.stores.asks.find(asked.id)
    assert row is not None
    assert row.question == "How many 19?"
    assert (await quoth.bot.stores.usage.recent(asked.author.id)) == ("GPT-4",)


async def test_stop_beats_an_edit(quoth: QuothInSandbox) -> None:
    """If a question is stopped right after its edit, it is not asked anew; the reply offers that."""
    asked, first = await quoth.say("alice", "general", "How menny?", mention=True)
    first.say("Menny is")
    reply = await reply_to(quoth, asked, "Menny is")
    edit(quoth, asked, "How many?")
    await quoth.discord.press("alice", reply, buttons(reply)["Stop"])
    await quoth.shown(reply, "stopped")
    await quoth.discord.wait(lambda: AGAIN in buttons(reply))
    assert len(quoth.poe.answers) == 1


@pytest.mark.parametrize("more", [True, False], ids=["Poe may add something", "over"])
async def test_an_answer_that_has_ended_can_be_asked_again(quoth: QuothInSandbox, more: bool) -> None:
    """Below it a button asks what the message says when it is pressed; it comes once, and not for a preview."""
    asked, first = await quoth.say("alice", "general", "How menny?", mention=True)
    first.open = more
    first.end("Menny is a name.")
    reply = await reply_to(quoth, asked, "done")
    if not more:
        await until(lambda: not quoth.bot.asks.askers_of(asked.id))
    preview(quoth, asked)
    edit(quoth, asked, "How meny?")
    await quoth.discord.wait(lambda: AGAIN in buttons(reply))
    assert list(buttons(reply)) == ["Retry", "Ask another model", "What was read?", AGAIN]
    edit(quoth, asked, "How many?")
    refused = await quoth.discord.press("bob", reply, buttons(reply)[AGAIN])
    assert refused.response.ephemeral
    pressed = await quoth.discord.press("alice", reply, buttons(reply)[AGAIN])
    second = await quoth.asked(1)
    assert second.prompt.endswith("How many?")
    assert "menny" not in second.prompt
    second.end("Eleven.")
    await quoth.shown(pressed.response, "Eleven.", "done")
    assert list(buttons(reply)).count(AGAIN) == 1
    quoth.discord.people.delete(quoth.discord.world.users.alice, asked)
    gone = await quoth.discord.press("alice", reply, buttons(reply)[AGAIN])
    await quoth.discord.wait(
        lambda: [each for each in gone.replies if not each.deleted and "no longer remembers" in each.content]
    )


async def test_the_question_of_a_command_can_be_edited(quoth: QuothInSandbox) -> None:
    """A button opens a form with the old words; the new ones are asked in a new reply, as the presser's."""
    interaction, first = await quoth.ask("alice", prompt="How menny?")
    first.end("Menny is a name.")
    reply = await quoth.shown(interaction.response, "done")
    form = await quoth.discord.press("alice", reply, buttons(reply)["Edit question"])
    assert form.modal is not None
    (field,) = (label["component"] for label in form.modal["components"])
    assert field["value"] == "How menny?"
    pressed = await quoth.discord.submit("alice", form, {field["custom_id"]: "How many?"})
    second = await quoth.asked(1)
    assert second.prompt == "How many?"
    second.end("Eleven.")
    await quoth.shown(pressed.response, "Eleven.", "done")
    assert separate(pressed.response.content).question == "How many?"
    refused = await quoth.discord.press("bob", reply, buttons(reply)["Edit question"])
    assert (refused.modal, refused.response.ephemeral) == (None, True)
