"""A question stays its author's, also where a moderator asks it again: the author's opt-out and deletion hold."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Interaction, Message
from sandbox.discord.world.permissions import EVERYONE, Permission
from tests.support.channel_history import asks_about, put
from tests.support.quoth_in_sandbox import QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import buttons, posts

OPTED_OUT = "The author of that message has opted out."
FORGOTTEN = "Quoth no longer remembers that question. Ask it again."


@pytest.fixture
async def quoth(tmp_path: Path, discord: DiscordSandbox) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth that is logged in."""
    async with quoth_in_sandbox(tmp_path, discord) as running:
        yield running


async def answered(quoth: QuothInSandbox) -> Message:
    """Let Bob ask something, and return the reply when it has ended."""
    interaction, answer = await quoth.ask("bob", "oven", prompt="bobs secret question")
    answer.end("bobs secret answer")
    return await quoth.shown(interaction.response, "done")


async def again(quoth: QuothInSandbox, reply: Message, how: str, who: str = "admin") -> Interaction:
    """Let a moderator ask the question of a reply again, in one of the two ways that there are."""
    await until(lambda: not quoth.bot.asks.__dict__["_repeated"])  # a press while another is at work asks nothing
    pressed = await quoth.discord.press(who, reply, buttons(reply)[how])
    if pressed.modal is not None:
        _, named = (label["component"]["custom_id"] for label in pressed.modal["components"])
        pressed = await quoth.discord.submit(who, pressed, {named: "My-Bot"})
    return pressed


def stored(folder: Path) -> int:
    """Return how many stored questions have Bob's words."""
    with closing(sqlite3.connect(folder / "quoth.sqlite3")) as database:
        sql = "SELECT count(*) FROM asks WHERE question LIKE '%secret%'"
        return int(database.execute(sql).fetchone()[0])


@pytest.mark.parametrize("how", ["Retry", "Ask another model"])
async def test_a_copy_goes_with_its_author_s_data(quoth: QuothInSandbox, tmp_path: Path, how: str) -> None:
    """What a moderator asks again is deleted with its author's data, and its reply is not read any more."""
    reply = await answered(quoth)
    pressed = await again(quoth, reply, how)
    (await quoth.asked(1)).end("the secret copy's answer")
    copy = await quoth.shown(pressed.response, "done")
    assert stored(tmp_path) == 2
    bob = quoth.discord.world.users.bob.id
    assert (await quoth.bot.stores.personal_data.counts(quoth.discord.world.users.admin.id)).get("asks") is None
    await quoth.bot.stores.personal_data.delete(bob)
    assert stored(tmp_path) == 0
    await quoth.bot.stores.opt_outs.opt_out(bob)
    for who in ("alice", "admin"):
        assert "secret" not in (await asks_about(quoth, copy, who=who)).prompt


@pytest.mark.parametrize("how", ["Retry", "Ask another model"])
async def test_an_opted_out_author_s_question_is_not_asked_again(quoth: QuothInSandbox, how: str) -> None:
    """A moderator is refused privately, also where the copy of a moderator is asked again; its author is not."""
    reply = await answered(quoth)
    pressed = await again(quoth, reply, how)
    (await quoth.asked(1)).end("another answer")
    copy = await quoth.shown(pressed.response, "done")
    await quoth.bot.stores.opt_outs.opt_out(quoth.discord.world.users.bob.id)
    for each in (reply, copy):
        refused = await again(quoth, each, how)
        await quoth.discord.wait(lambda refused=refused: [m for m in refused.replies if m.content == OPTED_OUT])
        assert all(message.ephemeral for message in refused.replies if not message.deleted)
    assert "secret" not in (await asks_about(quoth, copy)).prompt
    assert len(quoth.poe.answers) == 3
    await again(quoth, reply, how, "bob")
    assert "bobs secret question" in (await quoth.asked(3)).prompt


@pytest.mark.parametrize("how", ["Retry", "Ask another model"])
@pytest.mark.parametrize(("what", "sentence"), [("opts out", OPTED_OUT), ("deletes", FORGOTTEN)])
async def test_an_author_s_word_counts_while_a_copy_waits(
    quoth: QuothInSandbox, how: str, what: str, sentence: str
) -> None:
    """An opt-out or a deletion of the author reaches a question that a moderator asked again and that still waits."""
    reply = await answered(quoth)
    quoth.poe.turns.clear()
    pressed = await again(quoth, reply, how)
    await until(lambda: quoth.poe.waiting == 1)
    bob = quoth.discord.world.users.bob.id
    if what == "opts out":
        await quoth.bot.stores.opt_outs.opt_out(bob)
    else:
        await quoth.bot.stores.personal_data.delete(bob)
    quoth.poe.turns.set()
    await quoth.refused(pressed, sentence)
    assert len(quoth.poe.answers) == 1


@pytest.mark.parametrize("how", ["command", "mention"])
async def test_a_copy_has_its_author_s_name(quoth: QuothInSandbox, how: str) -> None:
    """Where others speak in the history, "I" in a question that a moderator asks again is its author."""
    put(quoth.discord, "alice", "lamp-room", "I am the keeper")
    before = len(quoth.poe.answers)
    if how == "command":
        reply = (await quoth.discord.command("bob", "lamp-room", "ask", prompt="Who am I?")).response
    else:
        asked = await quoth.discord.say("bob", "lamp-room", "Who am I?", mention=True)
        (reply,) = await quoth.discord.wait(lambda: posts(quoth.discord, "lamp-room", asked))
    answer = await quoth.asked(before)
    assert answer.prompt.endswith("\nUser: Bob: Who am I?\nAssistant:")
    answer.end("Bob.")
    await again(quoth, await quoth.shown(reply, "done"), "Retry")
    assert (await quoth.asked(before + 1)).prompt == answer.prompt


async def test_a_form_that_is_open_during_a_deletion_asks_nothing(quoth: QuothInSandbox, tmp_path: Path) -> None:
    """The form for another model looks the question up when it is submitted."""
    reply = await answered(quoth)
    opened = await quoth.discord.press("admin", reply, buttons(reply)["Ask another model"])
    assert opened.modal is not None
    _, named = (label["component"]["custom_id"] for label in opened.modal["components"])
    await quoth.bot.stores.personal_data.delete(quoth.discord.world.users.bob.id)
    submitted = await quoth.discord.submit("admin", opened, {named: "My-Bot"})
    await quoth.discord.wait(lambda: [m for m in submitted.replies if m.content == FORGOTTEN])
    assert len(quoth.poe.answers) == 1
    assert stored(tmp_path) == 0


async def test_a_copy_s_history_is_what_its_asker_may_read(quoth: QuothInSandbox) -> None:
    """A moderator without Read Message History asks somebody's question again without the channel's history."""
    world = quoth.discord.world
    oven = world.channels.oven
    put(quoth.discord, "alice", "oven", "a secret of the channel")
    reply = await answered(quoth)
    assert "a secret of the channel" in quoth.poe.answers[0].prompt
    assert oven.guild is not None
    helper = world.add_role(oven.guild, "Helper", EVERYONE | Permission.MANAGE_MESSAGES)
    oven.guild.members[world.users.alice.id].roles.append(helper)
    world.deny(oven, world.users.alice, Permission.READ_MESSAGE_HISTORY)
    await again(quoth, reply, "Retry", "alice")
    assert (await quoth.asked(1)).prompt == "bobs secret question"
