"""Forum posts and the chat of voice channels, which work like threads and channels."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.entities import Channel, ChannelType
from sandbox.discord.world.permissions import Permission
from storage.preferences import Preferences
from tests.support.quoth_in_sandbox import Answer, QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import posts

MODEL = Preferences(model="Claude-Opus-4.8")


@pytest.fixture
def forum(discord: DiscordSandbox) -> Channel:
    """A forum."""
    return discord.world.add_channel(discord.world.guilds["Lighthouse Keepers"], "help", kind=ChannelType.FORUM)


@pytest.fixture
def voice(discord: DiscordSandbox) -> Channel:
    """A voice channel."""
    return discord.world.add_channel(discord.world.guilds["Lighthouse Keepers"], "watch", kind=ChannelType.VOICE)


@pytest.fixture
async def quoth(
    tmp_path: Path, discord: DiscordSandbox, forum: Channel, voice: Channel
) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth in a server with both."""
    async with quoth_in_sandbox(tmp_path, discord) as made:
        yield made


async def choose(quoth: QuothInSandbox, channel: Channel, chosen: Preferences) -> None:
    """Store preferences of a channel."""
    assert channel.guild is not None
    await quoth.bot.stores.preferences.change("channel", channel.id, channel.guild.id, chosen)


async def asked_in_post(quoth: QuothInSandbox, forum: Channel) -> tuple[Channel, Answer]:
    """Have alice write a post that asks Quoth, and wait until Poe was asked."""
    before = len(quoth.poe.answers)
    starter = await quoth.discord.post("alice", forum, "Lens", f"<@{quoth.bot.me}> Which lens fits?")
    return starter.channel, await quoth.asked(before)


async def ended(quoth: QuothInSandbox, channel: Channel, answer: Answer, text: str) -> None:
    """End an answer with a text, and wait for its end."""
    answer.end(text)
    await quoth.discord.wait(
        lambda: [each for each in posts(quoth.discord, channel) if text in each.content and "done" in each.content]
    )


async def test_a_post_that_asks(quoth: QuothInSandbox, forum: Channel) -> None:
    """A post's first message is answered in the post, and read as history when Quoth is mentioned there again."""
    post, answer = await asked_in_post(quoth, forum)
    await ended(quoth, post, answer, "A Fresnel lens.")
    await quoth.discord.say("bob", post, "Just talk")
    _, again = await quoth.say("alice", post, "How large?", mention=True)
    assert "Which lens fits?" in again.prompt
    assert "Assistant: A Fresnel lens." in again.prompt
    await ended(quoth, post, again, "As large as you.")
    interaction, commanded = await quoth.ask("bob", post, prompt="How heavy?")
    assert "Which lens fits?" in commanded.prompt
    commanded.end("Very.")
    await quoth.shown(interaction.response, "done")


async def test_a_post_is_a_conversation_where_threads_are(quoth: QuothInSandbox, forum: Channel) -> None:
    """With a thread per question, a post that asks Quoth needs no more mentions; another post does."""
    await choose(quoth, forum, Preferences(threads=True))
    post, answer = await asked_in_post(quoth, forum)
    await ended(quoth, post, answer, "A Fresnel lens.")
    _, again = await quoth.say("alice", post, "How large?")
    assert "Assistant: A Fresnel lens." in again.prompt
    await ended(quoth, post, again, "As large as you.")
    other = (await quoth.discord.post("bob", forum, "Talk", "Is anybody here?")).channel
    await quoth.discord.say("bob", other, "Nobody?")
    _, meant = await quoth.say("bob", other, "And you?", mention=True)
    assert len(quoth.poe.answers) == 3
    meant.end("I am.")


async def test_a_post_follows_its_forum_and_server(quoth: QuothInSandbox, forum: Channel) -> None:
    """The post's preference is in effect before the forum's, and this one before the server's."""
    assert forum.guild is not None
    discord, store = quoth.discord, quoth.bot.stores.preferences
    await store.change("guild", forum.guild.id, forum.guild.id, Preferences(model="GPT-4o"))
    post, answer = await asked_in_post(quoth, forum)
    await ended(quoth, post, answer, "By the server's.")
    await choose(quoth, forum, MODEL)
    _, second = await quoth.ask("alice", post)
    second.end("By the forum's.")
    chosen = await discord.command("admin", post, "model set", model="Gemini-3.1-Pro", where="channel")
    assert "Gemini-3.1-Pro" in chosen.response.content
    _, third = await quoth.ask("alice", post)
    third.end("By the post's.")
    handles = [each.handle for each in quoth.poe.answers]
    assert handles == ["GPT-4o", "Claude-Opus-4.8", "Gemini-3.1-Pro"]
    panel = (await discord.command("admin", post, "preferences", where="channel")).response
    await discord.press("admin", panel, f"quoth:preference:channel:{post.id}:history", ["0"])
    assert (await store.of("channel", post.id)).history == 0
    assert (await store.of("channel", forum.id)).history is None


async def test_the_chat_of_a_voice_channel(quoth: QuothInSandbox, voice: Channel) -> None:
    """A mention is answered there with its history, and every message where that is on; no thread can be opened."""
    discord = quoth.discord
    await choose(quoth, voice, Preferences(threads=True))
    await discord.say("bob", voice, "The horn is broken")
    asked, answer = await quoth.say("alice", voice, "What did Bob say?", mention=True)
    assert "Bob: The horn is broken" in answer.prompt
    await ended(quoth, voice, answer, "It is broken.")
    assert asked.id not in discord.world.channels_by_id
    await choose(quoth, voice, Preferences(every_message=True))
    _, second = await quoth.say("bob", voice, "Is it still?")
    await ended(quoth, voice, second, "Yes, still.")
    interaction, third = await quoth.ask("bob", voice)
    third.end("Very.")
    await quoth.shown(interaction.response, "Very.", "done")
    assert not [each for each in posts(discord, voice) if "Create Public" in each.content]


async def test_what_was_missed_there_is_answered(
    tmp_path: Path, discord: DiscordSandbox, forum: Channel, voice: Channel
) -> None:
    """A post that asks Quoth and a mention in a voice channel are answered when it is back."""
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        await until(lambda: quoth.bot.is_ready())
    asked = await discord.say("bob", voice, "Is it foggy?", mention=True)
    starter = await discord.post("alice", forum, "Lens", f"<@{discord.world.bot.id}> Which lens fits?")
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        (await quoth.asked(0)).end("Yes.")
        (await quoth.asked(1)).end("This one.")
        for channel, message in ((voice, asked), (starter.channel, starter)):
            await discord.wait(lambda: any("done" in post.content for post in posts(discord, channel, message)))  # noqa: B023


async def test_a_forum_where_quoth_may_not_write(quoth: QuothInSandbox, forum: Channel) -> None:
    """A post in a forum whose threads it may not write in is not answered, and nothing is tried."""
    quoth.discord.world.deny(forum, quoth.discord.world.bot, Permission.SEND_MESSAGES_IN_THREADS)
    starter = await quoth.discord.post("alice", forum, "Lens", f"<@{quoth.bot.me}> Which lens fits?")
    _, answer = await quoth.say("bob", "dm", "Are you there?")
    answer.end("Yes.")
    assert len(quoth.poe.answers) == 1
    assert posts(quoth.discord, starter.channel) == []


async def test_a_post_whose_forum_is_not_known(quoth: QuothInSandbox, forum: Channel) -> None:
    """Where Discord has not told of a thread's channel, a mention is answered all the same."""
    guild = quoth.bot.get_guild(forum.guild.id if forum.guild else 0)
    assert guild is not None
    guild._channels.pop(forum.id)  # pyright: ignore[reportPrivateUsage]
    post, answer = await asked_in_post(quoth, forum)
    await ended(quoth, post, answer, "A Fresnel lens.")
