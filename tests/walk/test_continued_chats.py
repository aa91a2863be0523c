"""Reply chains that go on in their chat on Poe, with a real browser; and what makes a question start a new one."""

from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
import pytest_asyncio

from sandbox.discord.world.entities import Message
from sandbox.poe import Sent
from storage.preferences import Preferences
from tests.support.replies import buttons, confirm
from tests.support.whole_bot import WholeBot

pytestmark = pytest.mark.asyncio(loop_scope="package")

CONTINUED = "**Continued the chat on Poe**, which has the earlier questions and answers of this reply chain."
Between = Callable[[WholeBot, Message, Message], Awaitable[None]]


@pytest_asyncio.fixture(loop_scope="package")
async def chain(walk: WholeBot) -> AsyncGenerator[WholeBot]:
    """The running bot in a server that continues chats."""
    guild = walk.discord.world.channels.oven.guild
    assert guild is not None
    store = walk.bot.stores.preferences
    await store.change("guild", guild.id, guild.id, Preferences(continue_chat=True))
    yield walk
    await store.delete("guild", guild.id)


async def asked(walk: WholeBot, who: str = "alice") -> tuple[Message, Message]:
    """Ask the first question of a chain, in a channel whose rate limits nobody has used; return it and its reply."""
    guild = walk.discord.world.channels.oven.guild
    assert guild is not None
    channel = walk.discord.world.add_channel(guild, f"chain-{len(guild.channels)}")
    question = await walk.discord.say(who, channel, "My cat is called Lens", mention=True)
    reply, _ = await walk.answer_to(question)
    return question, reply


async def replied(walk: WholeBot, reply: Message, words: str, who: str = "alice") -> tuple[Message, Sent]:
    """Reply to one of Quoth's messages; return the next reply and what Poe got."""
    question = await walk.discord.say(who, reply.channel, words, reply_to=reply)
    answer, _ = await walk.answer_to(question)
    return answer, walk.sent[-1]


async def sources(walk: WholeBot, reply: Message, who: str = "alice") -> str:
    """Return what "What was read?" tells."""
    pressed = await walk.discord.press(who, reply, buttons(reply)["What was read?"])
    await walk.discord.wait(lambda: pressed.response.content)
    return pressed.response.content


async def test_a_reply_chain_goes_on_in_one_chat(chain: WholeBot) -> None:
    """Each further question of a reply chain is sent alone, into the chat of the first one."""
    _, reply = await asked(chain)
    for words in ("What is my cat called?", "And what is yours called?"):
        reply, sent = await replied(chain, reply, words)
        assert sent.text == words
        assert CONTINUED in await sources(chain, reply)
    assert len({sent.chat_id for sent in chain.sent}) == 1
    assert len(chain.sent) == 3


async def test_without_the_preference_every_question_has_a_chat(walk: WholeBot) -> None:
    """By default the history is sent with each question, in a new chat, and nobody is told of chats."""
    _, reply = await asked(walk)
    reply, sent = await replied(walk, reply, "What is my cat called?")
    assert "My cat is called Lens" in sent.text
    assert walk.sent[0].chat_id != sent.chat_id
    assert "chat" not in await sources(walk, reply)


async def opt_out(walk: WholeBot, question: Message, reply: Message) -> None:
    """Alice opts out."""
    await walk.discord.command("alice", question.channel, "privacy opt-out")


async def delete_question(walk: WholeBot, question: Message, reply: Message) -> None:
    """The first question is deleted."""
    walk.discord.people.delete(question.author, question)


async def forget(walk: WholeBot, question: Message, reply: Message) -> None:
    """The context is cleared."""
    forgotten = await walk.discord.command("admin", question.channel, "forget")
    await confirm(walk.discord, "admin", forgotten, "Clear the context")


async def delete_data(walk: WholeBot, question: Message, reply: Message) -> None:
    """Alice deletes her data."""
    told = await walk.discord.command("alice", question.channel, "privacy delete")
    await confirm(walk.discord, "alice", told, "Delete")
    await walk.discord.wait(lambda: "Deleted" in told.response.content)


async def choose_model(walk: WholeBot, question: Message, reply: Message) -> None:
    """Alice chooses another model."""
    await walk.discord.command("alice", question.channel, "model set", model="claude-opus-4.8", where="me")


async def instruct(walk: WholeBot, question: Message, reply: Message) -> None:
    """Alice's instructions change."""
    alice = walk.discord.world.users.alice.id
    await walk.bot.stores.preferences.change("user", alice, None, Preferences(instructions="Answer in French."))


async def delete_chat(walk: WholeBot, question: Message, reply: Message) -> None:
    """The chat is deleted on Poe."""
    walk.poe.delete_chat(walk.sent[0].chat_code or "")


async def hand_over(walk: WholeBot, question: Message, reply: Message) -> None:
    """Another bot is chosen in the chat on Poe."""
    walk.poe.hand_chat_over(walk.sent[0].chat_code or "", "Claude-Opus-4.8")


@pytest.mark.parametrize(
    ("between", "why"),
    [
        (opt_out, "Someone in the chat opted out, deleted their data, or is unknown."),
        (delete_question, "An earlier message was changed or deleted, or can't be read."),
        (forget, "The context was cleared with "),
        (delete_data, "It doesn't reply to an answer that Quoth remembers."),
        (choose_model, "Another model gave the earlier answer."),
        (instruct, "The instructions have changed."),
        (delete_chat, "The earlier chat is gone, or has another model now."),
        (hand_over, "The earlier chat is gone, or has another model now."),
    ],
)
async def test_what_starts_a_new_chat(chain: WholeBot, between: Between, why: str) -> None:
    """After an opt-out, a deletion, /forget, another model, or if the chat is gone, a new chat is asked, once."""
    question, reply = await asked(chain)
    await between(chain, question, reply)
    try:
        reply, sent = await replied(chain, reply, "What is my cat called?")
        assert f"**Asked in a new chat on Poe:** {why}" in await sources(chain, reply)
    finally:
        alice = chain.discord.world.users.alice.id
        await chain.bot.stores.opt_outs.opt_in(alice)
        await chain.bot.stores.preferences.delete("user", alice)
    assert len(chain.sent) == 2
    assert chain.sent[0].chat_id != sent.chat_id


async def test_somebody_else_starts_a_new_chat(chain: WholeBot) -> None:
    """Another person's question has a chat of its own, with the history as text."""
    _, reply = await asked(chain)
    reply, sent = await replied(chain, reply, "What is her cat called?", "bob")
    assert "My cat is called Lens" in sent.text
    assert "Someone else asked the earlier question." in await sources(chain, reply, "bob")
    assert chain.sent[0].chat_id != sent.chat_id
