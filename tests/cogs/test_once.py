"""Once, and only once: repeated and reordered events, and acknowledgements that get lost."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sandbox.discord import NO_ANSWER, DiscordSandbox
from tests.support.quoth_in_sandbox import QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import buttons, posts


@pytest.fixture
async def quoth(tmp_path: Path, discord: DiscordSandbox) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth that is logged in."""
    async with quoth_in_sandbox(tmp_path, discord) as running:
        yield running


async def heard(quoth: QuothInSandbox) -> None:
    """Wait until all events so far have reached Quoth, by having a later DM answered."""
    _, answer = await quoth.say("bob", "dm", "Are you there?")
    answer.end("Yes")


@pytest.mark.parametrize("running", [True, False], ids=["running", "ended"])
async def test_a_message_that_comes_twice_is_one_question(quoth: QuothInSandbox, running: bool) -> None:
    """A repeated message asks nothing, whether the first is being answered or was; Stop stops the one that runs."""
    discord = quoth.discord
    asked, answer = await quoth.say("alice", "general", "Is it foggy?", mention=True)
    if running:
        answer.say("It is")
        reply = (await discord.wait(lambda: posts(discord, "general", asked)))[0]
        await quoth.shown(reply, "It is")
        discord.repeat("MESSAGE_CREATE", asked.id)
        await heard(quoth)
        await discord.press("alice", reply, buttons(reply)["Stop"])
        await quoth.shown(reply, "It is", "stopped")
        await until(lambda: answer.left)
    else:
        answer.end("It is foggy")
        await discord.wait(lambda: any("done" in post.content for post in posts(discord, "general", asked)))
        discord.repeat("MESSAGE_CREATE", asked.id)
        await heard(quoth)
    assert [each.prompt for each in quoth.poe.answers if "foggy" in each.prompt] == [answer.prompt]
    assert len(posts(discord, "general", asked)) == 1


async def test_a_command_that_comes_twice_is_one_question(quoth: QuothInSandbox) -> None:
    """A repeated interaction asks nothing and is not acknowledged a second time."""
    interaction, answer = await quoth.ask()
    quoth.discord.repeat("INTERACTION_CREATE")
    await heard(quoth)
    answer.end("Well.")
    await quoth.shown(interaction.response, "Well.", "done")
    quoth.discord.repeat("INTERACTION_CREATE")
    await heard(quoth)
    assert len([each for each in quoth.poe.answers if each.prompt == answer.prompt]) == 1
    assert len(quoth.discord.ledger.to("POST", "/callback")) == 1


async def test_a_press_that_comes_twice_is_one_press(quoth: QuothInSandbox) -> None:
    """A repeated press of Retry asks once more, not twice."""
    interaction, answer = await quoth.ask()
    answer.end("Well.")
    await quoth.shown(interaction.response, "done")
    press = await quoth.discord.press("alice", interaction.response, buttons(interaction.response)["Retry"])
    again = await quoth.asked(1)
    quoth.discord.repeat("INTERACTION_CREATE")
    await heard(quoth)
    assert len(quoth.poe.answers) == 3
    again.end("Well again.")
    await quoth.shown(press.response, "Well again.", "done")


async def test_a_message_that_comes_after_its_deletion_is_not_answered(quoth: QuothInSandbox) -> None:
    """If the deletion of a question overtakes the question, nothing is asked."""
    discord = quoth.discord
    discord.mischief.reordered, discord.mischief.within = 1.0, 0.2
    asked = await discord.say("alice", "dm", "Is it foggy?")
    discord.mischief.reordered = 0.0
    discord.people.delete(discord.world.users.alice, asked)
    await until(lambda: discord.gateway.connected[0].newest("MESSAGE_CREATE", asked.id) is not None)
    await heard(quoth)
    assert [each.prompt for each in quoth.poe.answers] == ["Are you there?"]
    assert posts(discord, discord.world.dm("alice")) == []


@pytest.mark.parametrize("loss", [502, NO_ANSWER], ids=["server error", "broken connection"])
async def test_a_reply_is_filled_although_its_acknowledgement_got_lost(quoth: QuothInSandbox, loss: int) -> None:
    """Discord applied the deferral and its answer got lost: the next try gets 40060, and the reply is filled."""
    quoth.discord.fail_next("POST", "/callback", loss, applied=True)
    interaction, answer = await quoth.ask()
    assert 40060 in [call.code for call in quoth.discord.ledger.to("POST", "/callback")]
    answer.end("Well.")
    await quoth.shown(interaction.response, "Well.", "done")


@pytest.mark.parametrize("loss", [502, NO_ANSWER], ids=["server error", "broken connection"])
async def test_every_kind_of_first_response_may_get_lost(
    quoth: QuothInSandbox, loss: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A message, a form, suggestions and an update are there once, and nobody is told of a failure."""
    discord = quoth.discord

    async def refused(count: int) -> None:
        """Wait until so many responses were tried again, and refused because they were applied."""
        await until(lambda: len([c for c in discord.ledger.to("POST", "/callback") if c.code == 40060]) == count)

    interaction, answer = await quoth.ask()
    answer.end("Well.")
    await quoth.shown(interaction.response, "done")
    discord.fail_next("POST", "/callback", loss, applied=True)
    shown = await discord.command("alice", "general", "help")
    assert shown.response.content
    await refused(1)
    discord.fail_next("POST", "/callback", loss, applied=True)
    assert await discord.autocomplete("alice", "general", "ask", "model", model="gpt")
    await refused(2)
    discord.fail_next("POST", "/callback", loss, applied=True)
    form = await discord.press("alice", interaction.response, buttons(interaction.response)["Ask another model"])
    assert form.modal is not None
    await refused(3)
    await heard(quoth)
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
    assert posts(discord, "general", interaction.response) == [shown.response]


async def test_a_page_is_sent_once_although_the_answer_got_lost(quoth: QuothInSandbox) -> None:
    """Discord took the reply's message and its answer got lost: it is not sent a second time."""
    discord = quoth.discord
    discord.fail_next("POST", "/channels/{channel_id}/messages", 502, applied=True)
    asked, answer = await quoth.say("alice", "general", "Is it foggy?", mention=True)
    answer.end("It is foggy")
    await discord.wait(lambda: any("done" in post.content for post in posts(discord, "general", asked)))
    assert len(posts(discord, "general", asked)) == 1
