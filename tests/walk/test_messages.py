"""Messages that Quoth answers without a command, and a server in which it is no member."""

import pytest

from bot.markdown.own_lines import separate
from sandbox.discord.world.entities import ChannelType
from storage.preferences import Preferences
from tests.support.replies import LIMIT, confirm, final, posts
from tests.support.whole_bot import WholeBot
from tests.walk.conftest import FAST

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


async def test_several_messages_are_one_question(either: WholeBot) -> None:
    """What one person adds in a DM while an answer runs is the next question, in one prompt and one reply."""
    either.poe.tempo.speed = 60.0
    first = await either.discord.say("bob", "dm", "Is it foggy?")
    await either.poe.wait(lambda: len(either.prompts) == 1, LIMIT)
    second = await either.discord.say("bob", "dm", "And how many")
    await either.discord.say("bob", "dm", "lamps are lit?")
    await either.discord.wait(
        lambda: [m for m in posts(either.discord, second.channel, second) if "2 messages" in m.content], LIMIT
    )
    either.poe.tempo.speed = FAST
    await either.poe.wait(lambda: len(either.prompts) == 2, LIMIT)
    reply, prompt = await either.answer_to(second)
    assert prompt.endswith("User: And how many\nlamps are lit?\nAssistant:")
    assert len(posts(either.discord, reply.channel, first)) == 2


async def test_an_edited_question_is_asked_anew(either: WholeBot) -> None:
    """A question that is edited while it is answered is stopped at Poe and answered anew in the same reply."""
    discord, stops = either.discord, either.left
    either.poe.tempo.speed = 40.0
    asked = await discord.say("alice", "lamp-room", f"<@{either.bot.me}> How menny lamps?")
    await discord.wait(lambda: posts(discord, "lamp-room", asked), LIMIT)
    (reply,) = posts(discord, "lamp-room", asked)
    await discord.wait(lambda: len(separate(reply.content).text) > 20, LIMIT)
    discord.people.edit(discord.world.users.alice, asked, f"<@{either.bot.me}> How many lamps?")
    await either.poe.wait(lambda: either.left == stops + 1, LIMIT)
    either.poe.tempo.speed = FAST
    await either.poe.wait(lambda: len(either.prompts) == 2, LIMIT)
    again, prompt = await either.answer_to(asked)
    assert again is reply
    assert "User: Alice: How many lamps?" in prompt
    assert "menny" not in prompt
    assert posts(discord, "lamp-room", asked) == [reply]


async def test_a_question_opens_a_thread(either: WholeBot) -> None:
    """Where a channel's admins want that, the answer is in a thread, in which the talk goes on without a mention."""
    discord = either.discord
    lamp_room = discord.world.channel("lamp-room")
    assert lamp_room.guild is not None
    channel = ("channel", lamp_room.id, lamp_room.guild.id)
    await either.bot.stores.preferences.change(*channel, Preferences(threads=True))
    asked = await discord.say("alice", "lamp-room", f"<@{either.bot.me}> Which lamp is lit?")
    thread = await discord.wait(lambda: discord.world.channels_by_id.get(asked.id), LIMIT)
    assert thread is not None
    assert thread.name == "Which lamp is lit?"
    await discord.wait(lambda: [each for each in posts(discord, thread) if final(each) == "done"], LIMIT)
    _, prompt = await either.say("alice", thread, "And which is not?")
    assert "Which lamp is lit?" in prompt
    assert prompt.endswith("And which is not?\nAssistant:")
    await either.bot.stores.preferences.change(*channel, Preferences(threads=False))


async def test_a_forum_post_and_a_voice_channel(either: WholeBot) -> None:
    """A post that mentions Quoth is answered in the post, and a mention in a voice channel's chat there."""
    discord = either.discord
    guild = discord.world.channel("lamp-room").guild
    assert guild is not None
    forum = discord.world.add_channel(guild, "help", kind=ChannelType.FORUM)
    voice = discord.world.add_channel(guild, "watch", kind=ChannelType.VOICE)
    starter = await discord.post("alice", forum, "Lens", f"<@{either.bot.me}> Which lens fits?")
    await either.answer_to(starter)
    _, prompt = await either.say("bob", starter.channel, f"<@{either.bot.me}> How large?")
    assert "Which lens fits?" in prompt
    await discord.say("bob", voice, "The horn is broken")
    _, prompt = await either.say("alice", voice, f"<@{either.bot.me}> What did Bob say?")
    assert "Bob: The horn is broken" in prompt


async def test_what_was_missed_is_answered(either: WholeBot) -> None:
    """A DM that comes while Quoth is down is answered when it is back."""
    await either.say("bob", "dm", "Are you there?")
    await either.running.aclose()
    missed = await either.discord.say("bob", "dm", "Are you still there?")
    await either.start()
    _, prompt = await either.answer_to(missed)
    assert prompt.endswith("User: Are you still there?\nAssistant:")


async def test_a_personal_app_answers_where_quoth_is_no_member(walk: WholeBot) -> None:
    """Where only a person installed Quoth, /ask is answered and no earlier message is read."""
    world = walk.discord.world
    world.install("bob")
    elsewhere = world.add_channel(world.add_guild("Puffin Fanciers", world.users.bob, with_bot=False), "burrow")
    await walk.discord.say("bob", elsewhere, "fish, then fish")
    _, state = await walk.ask("bob", elsewhere, "What do puffins eat?")
    assert (state, walk.sent[0].text) == ("done", "What do puffins eat?")
