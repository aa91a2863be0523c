"""Messages that Quoth answers without a command, and a server in which it is no member."""

import pytest

from storage.preferences import Preferences
from tests.support.replies import confirm
from tests.support.whole_bot import WholeBot

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_channel_may_answer_every_message(walk: WholeBot) -> None:
    """In a channel where every message is answered, no mention is needed."""
    logbook = walk.discord.world.channels.logbook
    assert logbook.guild is not None
    channel = ("channel", logbook.id, logbook.guild.id)
    await walk.bot.stores.preferences.change(*channel, Preferences(every_message=True, history=0))
    _, prompt = await walk.say("bob", logbook, "How hot is it?")
    assert prompt == "How hot is it?"
    await walk.bot.stores.preferences.change(*channel, Preferences(every_message=False, history=20))


async def test_direct_messages_are_answered_in_turn(walk: WholeBot) -> None:
    """Two DMs in a row are answered in order by paced edits; the second prompt includes the first answer."""
    await confirm(walk.discord, "bob", await walk.discord.command("bob", "dm", "forget"), "Clear the context")
    first = await walk.discord.say("bob", "dm", "My cat is called Lens")
    second = await walk.discord.say("bob", "dm", "What is my cat called?")
    reply, prompt = await walk.answer_to(second)
    assert walk.sent[0].text == first.content
    assert "User: Bob: My cat is called Lens" in prompt
    assert "Assistant: ## GPT-5.4-Mini answers" in prompt
    assert prompt.endswith("User: What is my cat called?\nAssistant:")
    assert len(reply.revisions) > 1
    edits = walk.discord.ledger.to("PATCH", f"/channels/{reply.channel.id}/messages/")
    assert edits
    assert all(call.remaining for call in edits)


async def test_a_personal_app_answers_where_quoth_is_no_member(walk: WholeBot) -> None:
    """Where only a person installed Quoth, /ask is answered and no earlier message is read."""
    world = walk.discord.world
    world.install("bob")
    elsewhere = world.add_channel(world.add_guild("Puffin Fanciers", world.users.bob, with_bot=False), "burrow")
    await walk.discord.say("bob", elsewhere, "fish, then fish")
    _, state = await walk.ask("bob", elsewhere, "What do puffins eat?")
    assert (state, walk.sent[0].text) == ("done", "What do puffins eat?")
