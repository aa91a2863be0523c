"""What a question needs is read when its turn has come: as it is then, and as far as it may be read then."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest

from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import File
from sandbox.discord.world.entities import Interaction, Message
from sandbox.discord.world.events import MessageEdited
from storage.limits import EVERYBODY, Limits
from tests.support.channel_history import READS, attach, put
from tests.support.quoth_in_sandbox import Answer, QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import buttons, final, posts

GONE = "The message you asked about can't be read anymore."


@pytest.fixture
async def quoth(tmp_path: Path, discord: DiscordSandbox) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth that is logged in, whose asks have to wait."""
    async with quoth_in_sandbox(tmp_path, discord) as running:
        running.poe.turns.clear()
        yield running


async def turn(quoth: QuothInSandbox) -> Answer:
    """Let the asks that wait have their turn, and return the first."""
    quoth.poe.turns.set()
    return await quoth.asked(0)


def edit(quoth: QuothInSandbox, message: Message, content: str) -> None:
    """Let its author edit a message."""
    message.content = content
    quoth.discord.world.events.publish(MessageEdited(message))


async def opt_out(quoth: QuothInSandbox, message: Message) -> None:
    """Its author opts out."""
    await quoth.bot.stores.opt_outs.opt_out(message.author.id)


async def forget(quoth: QuothInSandbox, message: Message) -> None:
    """An admin clears the context."""
    await quoth.bot.stores.watermarks.forget(message.channel.id, message.id)


async def delete(quoth: QuothInSandbox, message: Message) -> None:
    """Its author deletes it."""
    quoth.discord.people.delete(message.author, message)


async def change(quoth: QuothInSandbox, message: Message) -> None:
    """Its author edits it."""
    edit(quoth, message, "nothing any more")


Event = Callable[[QuothInSandbox, Message], Awaitable[None]]


@pytest.mark.parametrize("event", [opt_out, forget, delete, change])
async def test_history_is_read_when_the_turn_has_come(quoth: QuothInSandbox, event: Event) -> None:
    """What happens to a message while a question waits counts; the waiting is shown, and nothing is read before."""
    discord = quoth.discord
    secret = put(discord, "bob", "oven", "the secret")
    attach(discord, secret, "secret.txt", b"a secret file")
    discord.ledger.calls.clear()
    asked = await discord.command("alice", "oven", "ask", prompt="Well?")
    reply = await quoth.shown(asked.response, "Waiting, 1 ahead")
    assert [call for call in discord.ledger.calls if (call.method, call.route) == ("GET", READS)] == []
    await event(quoth, secret)
    if event is change:
        secret.attachments.clear()
    answer = await turn(quoth)
    assert "secret" not in answer.prompt
    assert ("User: Bob: nothing any more" in answer.prompt) == (event is change)
    answer.end("Nothing")
    await quoth.shown(reply, "done")


async def test_a_waiting_question_is_asked_as_it_was_edited(quoth: QuothInSandbox) -> None:
    """An edit of a message that waits changes its question, also that of Retry; a file that it lost is not read."""
    discord = quoth.discord
    files = [File("pw.txt", b"the password")]
    asked = await discord.say("alice", "oven", "my password is 1234, why?", files=files, mention=True)
    await until(lambda: quoth.poe.waiting == 1)
    asked.attachments.clear()
    edit(quoth, asked, f"<@{discord.world.bot.id}> why?")
    await discord.command("admin", "oven", "privacy show")  # the edit came before it
    answer = await turn(quoth)
    assert "password" not in answer.prompt
    assert answer.prompt == "why?"
    answer.end("So it is.")
    (reply,) = await discord.wait(lambda: [post for post in posts(discord, "oven", asked) if post.reference])
    await quoth.shown(reply, "done")
    answered = len(quoth.poe.answers)
    await discord.press("alice", reply, buttons(reply)["Retry"])
    assert "password" not in (await quoth.asked(answered)).prompt


@pytest.mark.parametrize("how", ["deleted", "stopped"])
async def test_a_question_that_ended_while_it_waited_is_never_read(quoth: QuothInSandbox, how: str) -> None:
    """A question that is deleted or stopped before its turn reads nothing and is not asked."""
    discord = quoth.discord
    discord.ledger.calls.clear()
    asked = await discord.say("alice", "oven", "Well?", mention=True)
    (reply,) = await discord.wait(lambda: posts(discord, "oven", asked))
    await quoth.shown(reply, "Waiting, 1 ahead")
    if how == "deleted":
        discord.people.delete(discord.world.users.alice, asked)
    else:
        await discord.press("alice", reply, buttons(reply)["Stop"])
    await discord.wait(lambda: final(reply) == "stopped")
    quoth.poe.turns.set()
    _, answer = await quoth.ask("bob", "dm", fresh=True)
    assert quoth.poe.answers == [answer]
    assert not [call for call in discord.ledger.calls if (call.method, call.route) == ("GET", READS)]


async def asked_about(quoth: QuothInSandbox, message: Message) -> Interaction:
    """Ask about a message with the message's menu, and wait until that waits for its turn."""
    opened = await quoth.discord.menu("alice", message, "Ask about this")
    assert opened.modal is not None
    question, model, _ = (label["component"]["custom_id"] for label in opened.modal["components"])
    submitted = await quoth.discord.submit("alice", opened, {question: "What of it?", model: "gpt-4"})
    await quoth.shown(submitted.response, "Waiting, 1 ahead")
    return submitted


@pytest.mark.parametrize(
    ("event", "sentence"), [(opt_out, "The author of that message has opted out."), (delete, GONE)]
)
async def test_a_chosen_message_is_read_when_the_turn_has_come(
    quoth: QuothInSandbox, event: Event, sentence: str
) -> None:
    """A message that was deleted, or whose author opted out, while a question about it waited is not read."""
    chosen = put(quoth.discord, "bob", "oven", "the secret")
    submitted = await asked_about(quoth, chosen)
    await event(quoth, chosen)
    quoth.poe.turns.set()
    await quoth.refused(submitted, sentence)
    assert quoth.poe.answers == []


async def test_a_chosen_message_is_read_as_it_was_edited(quoth: QuothInSandbox) -> None:
    """An edit of a message while a question about it waits counts."""
    chosen = put(quoth.discord, "bob", "oven", "the secret")
    await asked_about(quoth, chosen)
    edit(quoth, chosen, "nothing any more")
    assert 'Message by "Bob":\n  nothing any more\n' in (await turn(quoth)).prompt


async def test_without_the_intent_a_chosen_message_is_the_one_of_the_command(
    tmp_path: Path, discord: DiscordSandbox
) -> None:
    """Discord gives the text with the command alone, so that is asked about; a deletion is known all the same."""
    async with quoth_in_sandbox(tmp_path, discord, message_content=False) as quoth:
        quoth.poe.turns.clear()
        kept, deleted = (put(discord, "bob", "oven", content) for content in ("the news", "the secret"))
        await asked_about(quoth, kept)
        submitted = await asked_about(quoth, deleted)
        await delete(quoth, deleted)
        assert "the news" in (await turn(quoth)).prompt
        await quoth.refused(submitted, GONE)
        assert len(quoth.poe.answers) == 1


async def test_what_fails_while_the_prompt_is_made_is_told(quoth: QuothInSandbox) -> None:
    """A failure at the turn reaches the reply as a sentence, and uses up no question."""
    oven = quoth.discord.world.channels.oven
    assert oven.guild is not None
    await quoth.bot.stores.limits.change(oven.guild.id, EVERYBODY, Limits(per_person=1))
    files = [File("notes.txt", bytes(range(32)) * 50)]
    asked = await quoth.discord.say("alice", oven, "Well?", files=files, mention=True)
    await until(lambda: quoth.poe.waiting == 1)
    quoth.poe.turns.set()
    (reply,) = await quoth.discord.wait(lambda: posts(quoth.discord, "oven", asked))
    await quoth.shown(reply, "“notes.txt” can't be read as text.", "failed")
    await quoth.ask("alice", "oven")
