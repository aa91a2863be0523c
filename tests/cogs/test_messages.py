"""Every way to ask with a message, in real discord.py on the stand-in Discord."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.reply import pacing
from sandbox.discord.rest.buckets import UNLIMITED
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import File
from sandbox.discord.world.entities import Message
from storage.preferences import Preferences
from tests.support.quoth_in_sandbox import QuothInSandbox, quoth_in_sandbox
from tests.support.replies import buttons, posts, question_and_text

WORDLESS = "What would you like to know?"
UNSEEN = "Quoth can't read messages here that don't mention it"
CROWDED = "You already have 5 questions waiting here."


@pytest.fixture
async def quoth(tmp_path: Path, discord: DiscordSandbox) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth that is logged in, with the message content intent."""
    async with quoth_in_sandbox(tmp_path, discord) as running:
        yield running


@pytest.fixture
async def unhurried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[QuothInSandbox]:
    """The same on a Discord without rate limits, so that nothing waits for a pace."""
    monkeypatch.setattr(pacing, "CHANNEL_GAP", 0.0)
    async with DiscordSandbox(limits=UNLIMITED) as discord, quoth_in_sandbox(tmp_path, discord) as running:
        yield running


async def told(quoth: QuothInSandbox, asked: Message, sentence: str) -> None:
    """Wait for the reply that says why a message was not answered."""
    await quoth.discord.wait(lambda: [p for p in posts(quoth.discord, asked.channel, asked) if sentence in p.content])


async def replied(quoth: QuothInSandbox, asked: Message, *parts: str) -> Message:
    """Wait for the reply to a message, until it says all of these."""
    found = await quoth.discord.wait(lambda: posts(quoth.discord, asked.channel, asked))
    return await quoth.shown(found[0], *parts)


async def heard(quoth: QuothInSandbox) -> None:
    """Wait until all messages so far have reached Quoth, by having a later DM answered."""
    _, answer = await quoth.say("bob", "dm", "Are you there?")
    answer.end("Yes")


async def switch_on(quoth: QuothInSandbox, where: str) -> None:
    """Have every message of a channel answered."""
    channel = quoth.discord.world.channels[where]
    assert channel.guild is not None
    await quoth.bot.stores.preferences.change("channel", channel.id, channel.guild.id, Preferences(every_message=True))


@pytest.mark.parametrize(
    ("content", "question"),
    [
        ("<@{me}> is it foggy?", "is it foggy?"),
        ("Is it <@!{me}> foggy?", "Is it foggy?"),
        ("<@&{role}> is it foggy?\nAnd <@{bob}>?", "is it foggy?\nAnd @Bob?"),
        ("Look at <#{here}>, <@{me}>", "Look at #general,"),
    ],
)
async def test_a_mention_asks(quoth: QuothInSandbox, content: str, question: str) -> None:
    """A message that mentions Quoth or its role anywhere asks the rest of it, with other mentions as names."""
    world = quoth.discord.world
    here = world.channels.general
    assert here.guild is not None
    role = next(role for role in here.guild.roles.values() if role.bot is world.bot)
    ids = {"me": world.bot.id, "role": role.id, "bob": world.users.bob.id, "here": here.id}
    asked, answer = await quoth.say("alice", "general", content.format(**ids))
    assert answer.prompt == question
    answer.end("Very")
    reply = await replied(quoth, asked, "Very", "done")
    assert reply.reference is not None
    assert reply.reference.target is asked


async def test_a_mention_without_words_is_told_what_to_do(quoth: QuothInSandbox) -> None:
    """A mention without words gets a sentence that says what to do; a reply to that sentence is a question."""
    asked = await quoth.discord.say("alice", "general", "", mention=True)
    await told(quoth, asked, WORDLESS)
    assert quoth.poe.answers == []
    (sentence,) = posts(quoth.discord, "general", asked)
    _, answer = await quoth.say("alice", "general", "Is it foggy?", reply_to=sentence)
    assert answer.prompt.endswith("Is it foggy?") or "User: Is it foggy?" in answer.prompt


@pytest.mark.parametrize("ping", [True, False])
async def test_a_reply_to_quoth_goes_on(quoth: QuothInSandbox, ping: bool) -> None:
    """A reply to one of Quoth's messages is a question, with or without ping, also to an answer to /ask."""
    interaction, answer = await quoth.ask("alice")
    answer.end("It is foggy")
    await quoth.shown(interaction.response, "done")
    _, further = await quoth.say("bob", "general", "How foggy?", reply_to=interaction.response, ping=ping)
    assert "How foggy?" in further.prompt
    assert "It is foggy" in further.prompt


async def test_what_is_not_for_quoth_is_left_alone(quoth: QuothInSandbox) -> None:
    """Messages between people, replies to people, @everyone and Discord's system messages ask nothing."""
    talk = await quoth.discord.say("alice", "general", "Nice fog")
    await quoth.discord.say("bob", "general", "Indeed @everyone", reply_to=talk)
    thread = quoth.discord.people.open_thread(quoth.discord.world.users.alice, talk, "Fog")
    await quoth.discord.say("bob", thread, "It is thick")
    await heard(quoth)
    assert [answer.prompt for answer in quoth.poe.answers] == ["Are you there?"]
    assert posts(quoth.discord, "general") == posts(quoth.discord, thread) == []


@pytest.mark.parametrize("whose", ["slash", "mention", "quoth's"])
async def test_in_a_thread_of_its_own_no_mention_is_needed(quoth: QuothInSandbox, whose: str) -> None:
    """In a thread on one of Quoth's answers, or opened by Quoth, messages are questions unless they are for others."""
    discord, world = quoth.discord, quoth.discord.world
    if whose == "slash":
        interaction, answer = await quoth.ask("alice")
        answer.end("It is foggy")
        start = await quoth.shown(interaction.response, "done")
    elif whose == "mention":
        asked, answer = await quoth.say("alice", "general", "Is it foggy?", mention=True)
        answer.end("It is foggy")
        start = await replied(quoth, asked, "done")
    else:
        start = await discord.say("alice", "general", "Nice fog")
    opener = world.bot if whose == "quoth's" else world.users.alice
    thread = discord.people.open_thread(opener, start, "Fog")
    first = await discord.say("bob", thread, f"<@{world.users.alice.id}> do you see it?")
    await discord.say("alice", thread, "Not yet", reply_to=first)
    before = len(quoth.poe.answers)
    asked, answer = await quoth.say("bob", thread, "How foggy?")
    assert len(quoth.poe.answers) == before + 1
    assert answer.prompt.rstrip(":").removesuffix("Assistant").rstrip().endswith("How foggy?")
    answer.end("Very")
    reply = await replied(quoth, asked, "Very", "done")
    assert reply.channel is thread
    pictures = await discord.say("bob", thread, "", files=[File("fog.png", b"\x89PNG")])
    await heard(quoth)
    assert posts(discord, thread, pictures) == []


async def test_in_a_channel_that_is_switched_on_every_message_asks(quoth: QuothInSandbox) -> None:
    """Where an admin switched it on, every message asks, in threads too; a person can't switch it on."""
    world = quoth.discord.world
    await switch_on(quoth, "oven")
    await quoth.bot.stores.preferences.change("user", world.users.bob.id, None, Preferences(every_message=True))
    await quoth.discord.say("bob", "starter-talk", "Not for you")
    start, answer = await quoth.say("alice", "oven", "Is it hot?")
    answer.end("Very")
    thread = quoth.discord.people.open_thread(world.users.alice, start, "Heat")
    asked, further = await quoth.say("bob", thread, "How hot?")
    assert "How hot?" in further.prompt
    further.end("230 °C")
    await quoth.discord.wait(lambda: any("230 °C" in post.content for post in posts(quoth.discord, thread, asked)))
    assert len(quoth.poe.answers) == 2


async def test_one_person_s_questions_take_turns(quoth: QuothInSandbox) -> None:
    """While an answer streams, the same person's next question waits, and then has that answer in its history."""
    discord = quoth.discord
    _, first = await quoth.say("alice", "general", "One?", mention=True)
    second = await discord.say("alice", "general", "Two?", mention=True)
    third = await discord.say("alice", "general", "Three?", mention=True)
    await discord.wait(lambda: [p for p in posts(discord, second.channel, second) if "Waiting, 1 ahead" in p.content])
    waiting = (await discord.wait(lambda: [p for p in posts(discord, second.channel) if "2 ahead" in p.content]))[0]
    discord.people.delete(discord.world.users.alice, third)
    await quoth.shown(waiting, "stopped")
    fourth = await discord.say("alice", "general", "Four?", mention=True)
    first.end("The first answer")
    answer = await quoth.asked(1)
    assert "Assistant: The first answer\n" in answer.prompt
    assert answer.prompt.endswith("User: Two?\nAssistant:")
    answer.end("The second answer")
    last = await quoth.asked(2)
    assert "Assistant: The second answer\n" in last.prompt
    assert last.prompt.endswith("User: Four?\nAssistant:")
    last.end("The last answer")
    await discord.wait(lambda: any("The last answer" in post.content for post in posts(discord, fourth.channel)))


async def test_too_many_waiting_questions_are_refused(unhurried: QuothInSandbox) -> None:
    """A message beyond the limit of waiting questions is refused with a sentence; those that wait are answered."""
    quoth, discord = unhurried, unhurried.discord
    _, first = await quoth.say("alice", "general", "Question 0?", mention=True)
    written = [await discord.say("alice", "general", f"Question {number}?", mention=True) for number in range(1, 7)]
    await told(quoth, written[-1], CROWDED)
    assert sum(CROWDED in post.content for post in posts(discord, written[0].channel)) == 1
    first.end("Answer 0")
    for number in range(1, 6):
        answer = await quoth.asked(number)
        assert f"Question {number}?" in answer.prompt
        answer.end(f"Answer {number}")
    await discord.wait(lambda: sum("done" in post.content for post in posts(discord, written[0].channel)) == 6)


async def test_different_people_do_not_wait_for_each_other(quoth: QuothInSandbox) -> None:
    """In one channel each person's messages wait for their own only; commands wait for none."""
    _, hers = await quoth.say("alice", "general", "One?", mention=True)
    _, his = await quoth.say("bob", "general", "Two?", mention=True)
    _, command = await quoth.ask("alice", "general")
    assert len({id(answer) for answer in (hers, his, command)}) == 3


async def test_without_the_intent_it_says_once_what_it_can_not_see(tmp_path: Path) -> None:
    """Without the message content intent Quoth says once that it can't read a silent reply or a channel's messages."""
    async with (
        DiscordSandbox(message_content=False) as discord,
        quoth_in_sandbox(tmp_path, discord, message_content=False) as quoth,
    ):
        interaction, answer = await quoth.ask("alice")
        answer.end("It is foggy")
        await quoth.shown(interaction.response, "done")
        unseen = await discord.say("bob", "general", "How foggy?", reply_to=interaction.response)
        await told(quoth, unseen, UNSEEN)
        await switch_on(quoth, "oven")
        await told(quoth, await discord.say("bob", "oven", "Is it hot?"), UNSEEN)
        await discord.say("bob", "oven", "Hello?")
        await discord.say("bob", "general", "Hello?", reply_to=interaction.response)
        _, seen = await quoth.say("bob", "general", "How foggy?", mention=True)
        assert "How foggy?" in seen.prompt
        seen.end("Very")
        await heard(quoth)
        told_here = [post for where in ("general", "oven") for post in posts(discord, where) if UNSEEN in post.content]
        assert len(told_here) == 2


async def test_a_text_file_goes_along(quoth: QuothInSandbox) -> None:
    """A text file of /ask or of a message is part of the prompt."""
    letter = File("letter.txt", b"Dear Lens,\nit is foggy.")
    quoted = 'File "letter.txt":\n  Dear Lens,\n  it is foggy.'
    _, answer = await quoth.ask("alice", prompt="Who is it to?", file=letter)
    assert answer.prompt == f"{quoted}\n\nWho is it to?"
    answer.end("To Lens")
    _, answer = await quoth.say("alice", "dm", "", files=[letter])
    assert answer.prompt == quoted  # a long text that is pasted becomes such a message
    answer.end("To Lens")


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (File("fog.svg", b"<svg/>"), "“fog.svg” is an SVG drawing"),
        (File("fog.zip", b"PK"), "“fog.zip” is an archive."),
        (
            File("fog.log", b"fog\n" * 30_000),
            "“fog.log” is too large. Quoth can read text files of up to 80 KB; this one has 120 KB.",
        ),
    ],
    ids=["drawing", "archive", "large"],
)
async def test_what_can_not_be_read_is_told_before_poe_is_asked(
    quoth: QuothInSandbox, file: File, sentence: str
) -> None:
    """A drawing, another binary file or too large a text is refused with a sentence before Poe is asked."""
    refused = await quoth.discord.command("alice", "general", "ask", prompt="What is it?", file=file)
    assert sentence in refused.response.content
    assert refused.response.ephemeral
    await told(quoth, await quoth.discord.say("alice", "dm", "What is it?", files=[file]), sentence)
    await told(quoth, await quoth.discord.say("alice", "general", "", files=[file], mention=True), sentence)
    assert quoth.poe.answers == []


@pytest.mark.parametrize("intent", [True, False])
async def test_ask_about_a_message(tmp_path: Path, intent: bool) -> None:
    """The message menu asks for the question and perhaps a model; the reply links the message that it is about."""
    async with (
        DiscordSandbox(message_content=intent) as discord,
        quoth_in_sandbox(tmp_path, discord, message_content=intent) as quoth,
    ):
        chosen = await discord.say("bob", "general", "Der Nebel ist dicht")
        opened = await discord.menu("alice", chosen, "Ask about this")
        assert opened.modal is not None
        question, model, _ = (each["component"]["custom_id"] for each in opened.modal["components"])
        submitted = await discord.submit("alice", opened, {question: "What does this mean?", model: "claude-opus-4.8"})
        answer = await quoth.asked(0)
        assert answer.handle == "Claude-Opus-4.8"
        assert 'Message by "Bob":\n  Der Nebel ist dicht\n\nWhat does this mean?' in answer.prompt
        answer.end("The fog is thick")
        await quoth.shown(submitted.response, "done", f"/{chosen.channel.id}/{chosen.id}>)")
        assert question_and_text(submitted.response.content) == ("What does this mean?", "The fog is thick")


async def test_a_typed_model_to_ask_about_a_message(quoth: QuothInSandbox) -> None:
    """A model's name can be typed into the form, where it beats the menu; a wrong one brings similar ones."""
    discord = quoth.discord
    chosen = await discord.say("bob", "general", "Der Nebel ist dicht")
    opened = await discord.menu("alice", chosen, "Ask about this")
    assert opened.modal is not None
    question, model, named = (each["component"]["custom_id"] for each in opened.modal["components"])
    filled = {question: "What does this mean?", model: "My-Bot", named: "clode"}
    refused = (await discord.submit("alice", opened, filled)).response
    assert refused.ephemeral
    assert "There is no model called “clode”. Did you mean `Claude-Opus-4.8`" in refused.content
    assert quoth.poe.answers == []
    pressed = await discord.press("alice", refused, buttons(refused)["Claude-Sonnet-5.5"])
    answer = await quoth.asked(0)
    assert answer.handle == "Claude-Sonnet-5.5"
    assert 'Message by "Bob":\n  Der Nebel ist dicht\n\nWhat does this mean?' in answer.prompt
    answer.end("The fog is thick")
    await quoth.shown(pressed.response, "done")
    again = await discord.press("alice", refused, buttons(refused)["Claude-Sonnet-5.5"])
    assert again.response.content == "These buttons have expired. Use the command again."
    assert len(quoth.poe.answers) == 1


async def test_nothing_to_ask_about(quoth: QuothInSandbox) -> None:
    """Asking about a message with only an archive is refused with a private sentence."""
    chosen = await quoth.discord.say("bob", "general", "", files=[File("fog.zip", b"PK")])
    refused = await quoth.discord.menu("alice", chosen, "Ask about this")
    assert refused.response.content == "That message has no text to ask about."
    assert refused.response.ephemeral
