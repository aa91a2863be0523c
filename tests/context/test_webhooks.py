"""Webhooks, through which bots such as PluralKit let people speak: nobody can tell who, and so who opted out."""

from pathlib import Path

import pytest

from bot.context.webhook_copies import is_copy
from sandbox.discord.sandbox import DiscordSandbox
from storage.preferences import Preferences
from tests.support.channel_history import asks_about, lines, put, put_by_webhook, write_by_webhook
from tests.support.quoth_in_sandbox import quoth_in_sandbox
from tests.support.replies import buttons, final, posts


@pytest.mark.parametrize("order", ["copy first", "deletion first"])
async def test_a_question_that_is_replaced_by_its_copy_goes_on(
    tmp_path: Path, discord: DiscordSandbox, order: str
) -> None:
    """PluralKit deletes a message and writes it again by webhook: that is no Stop, and the copy is not answered."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        asked, answer = await quoth.say("bob", "oven", "L: is it hot?", mention=True)
        copy = f"<@{discord.world.bot.id}> is it hot?"
        if order == "copy first":
            write_by_webhook(discord, "oven", "Lee", copy)
        discord.people.delete(discord.world.users.bob, asked)
        if order == "deletion first":
            write_by_webhook(discord, "oven", "Lee", copy)
        await quoth.say("bob", "dm", "Are you there?")  # all of that has reached Quoth
        answer.end("Very")
        reply = (await discord.wait(lambda: posts(discord, "oven", asked)))[0]
        await quoth.shown(reply, "Very", "done")
        assert not answer.left
        assert len(quoth.poe.answers) == 2


async def test_a_question_that_is_deleted_is_stopped(tmp_path: Path, discord: DiscordSandbox) -> None:
    """A deletion that no copy follows, or only other words elsewhere, stops the answer."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        asked, answer = await quoth.say("bob", "oven", "is it hot?", mention=True)
        answer.say("Very")
        reply = (await discord.wait(lambda: posts(discord, "oven", asked)))[0]
        await quoth.shown(reply, "Very")
        write_by_webhook(discord, "oven", "News", "It rains.")
        write_by_webhook(discord, "starter-talk", "Lee", "is it hot?")
        discord.people.delete(discord.world.users.bob, asked)
        await discord.wait(lambda: final(reply) == "stopped")
        assert answer.left


@pytest.mark.parametrize(
    ("original", "copy", "expected"),
    [
        ("Hello", "Hello", True),
        ("A: Hello", "Hello", True),
        ("[Hello]", " Hello ", True),
        ("", "", True),
        ("Hello", "", False),
        ("Hello", "Hello there", False),
        ("x" * 500 + "Hello", "Hello", False),
    ],
)
def test_what_a_copy_is(original: str, copy: str, expected: bool) -> None:
    """A copy has the same words, perhaps without the few around them that choose the name."""
    assert is_copy(original, copy) is expected


async def test_webhooks_are_not_read_unless_admins_want_it(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Their messages are left out and counted; an admin's choice brings them back, a person's does not."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        world = discord.world
        guild = world.channels.oven.guild
        assert guild is not None
        put_by_webhook(discord, "oven", "Lee", "what an opted-out person said")
        last = put(discord, "bob", "oven", "I see")
        put_by_webhook(discord, "oven", "Bob", "I am no member")
        own = Preferences(read_webhooks=True)
        await quoth.bot.stores.preferences.change("user", world.users.alice.id, None, own)
        interaction, answer = await quoth.ask("alice", "oven")
        assert lines(answer) == ["User: Bob: I see"]
        answer.end("Yes")
        reply = await quoth.shown(interaction.response, "done")
        told = await discord.press("alice", reply, buttons(reply)["What was read?"])
        assert "**Left out (sent by a webhook): 2.**" in told.response.content
        await quoth.bot.stores.preferences.change("guild", guild.id, guild.id, own)
        _, answer = await quoth.ask("alice", "oven")
        told_apart = [line for line in lines(answer) if line.startswith("User: Bob")]
        assert told_apart == [f"User: Bob#{str(world.users.bob.id)[-4:]}: I see", "User: Bob#77: I am no member"]
        assert "User: Lee: what an opted-out person said" in lines(answer)
        assert "I see" in (await asks_about(quoth, last)).prompt


async def test_a_message_of_a_webhook_can_be_chosen(tmp_path: Path, discord: DiscordSandbox) -> None:
    """What somebody expressly asks about is read, also if a webhook wrote it."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        chosen = put_by_webhook(discord, "oven", "Lee", "It rises.")
        opened = await discord.menu("alice", chosen, "Ask about this")
        assert opened.modal is not None
        question = opened.modal["components"][0]["component"]["custom_id"]
        await discord.submit("alice", opened, {question: "Why?"})
        assert 'Message by "Lee":\n  It rises.' in (await quoth.asked(0)).prompt
