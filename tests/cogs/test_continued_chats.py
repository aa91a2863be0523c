"""Which questions go on in the chat on Poe of the answer that they reply to: on the stand-in Discord."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.conversation import Continuation, PoeChat, State
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import File
from sandbox.discord.world.entities import Message
from storage.preferences import Preferences
from tests.support.quoth_in_sandbox import Answer, QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import LIMIT, buttons, final, posts

CHAT = PoeChat("abc", "main")


@pytest.fixture
async def quoth(tmp_path: Path, discord: DiscordSandbox) -> AsyncGenerator[QuothInSandbox]:
    """A Quoth that alice has told to continue chats."""
    async with quoth_in_sandbox(tmp_path, discord) as made:
        await made.bot.stores.preferences.change("user", alice(made), None, Preferences(continue_chat=True))
        yield made


def alice(quoth: QuothInSandbox) -> int:
    """Return alice's id."""
    return quoth.discord.world.users.alice.id


async def done(
    quoth: QuothInSandbox, question: Message, answer: Answer, chat: PoeChat = CHAT, *, continued: bool = False
) -> Message:
    """Complete the answer to a question in a chat, and return its message."""
    answer.end_in(chat, continued=continued)

    def replies() -> list[Message]:
        found = posts(quoth.discord, "oven")
        return [each for each in found if each.reference and each.reference.target is question and final(each)]

    (reply,) = await quoth.discord.wait(replies, LIMIT)
    await until(lambda: not quoth.bot.asks.askers_of(question.id))
    return reply


async def asked(quoth: QuothInSandbox, words: str = "My cat is called Lens") -> tuple[Message, Message]:
    """Have alice ask a first question; return it and its reply."""
    question, answer = await quoth.say("alice", "oven", words, mention=True)
    assert answer.continues is None
    return question, await done(quoth, question, answer)


async def test_a_chain_goes_on(quoth: QuothInSandbox) -> None:
    """Each reply to the newest answer goes on in its chat, with its own words and files alone."""
    _, reply = await asked(quoth)
    notes = File("cat.txt", b"eleven lemons")
    for words, files in (("What is it called?", [notes]), ("And yours?", [])):
        question, answer = await quoth.say("alice", "oven", words, reply_to=reply, files=files)
        assert answer.continues is not None
        assert answer.continues.chat == CHAT
        assert answer.continues.prompt.endswith(words)
        assert ("eleven lemons" in answer.continues.prompt) is bool(files)
        assert "Lens" not in answer.continues.prompt
        assert "My cat is called Lens" in answer.prompt  # for a new chat, should this one be gone
        reply = await done(quoth, question, answer, continued=True)


async def test_a_command_s_chain_goes_on(quoth: QuothInSandbox) -> None:
    """The answer to a command can be replied to as well."""
    interaction, answer = await quoth.ask("alice", "oven", prompt="My cat is called Lens")
    answer.end_in(CHAT)
    await quoth.shown(interaction.response, "done")
    _, answer = await quoth.say("alice", "oven", "What is it called?", reply_to=interaction.response)
    assert answer.continues == Continuation(CHAT, "What is it called?", ())


async def test_a_thread_s_chain_goes_on(quoth: QuothInSandbox) -> None:
    """Where the question opened a thread, a reply in that goes on too, unless the question was deleted."""
    oven = quoth.discord.world.channels.oven
    assert oven.guild
    await quoth.bot.stores.preferences.change("channel", oven.id, oven.guild.id, Preferences(threads=True))
    for deleted in (False, True):
        question, answer = await quoth.say("alice", "oven", "My cat is called Lens", mention=True)
        answer.end_in(CHAT)
        thread = quoth.discord.world.channels_by_id[question.id]
        (reply,) = await quoth.discord.wait(lambda where=thread: [m for m in posts(quoth.discord, where) if final(m)])
        if deleted:
            quoth.discord.people.delete(question.author, question)
        _, answer = await quoth.say("alice", thread, "What is it called?", reply_to=reply)
        assert bool(answer.continues) is not deleted


async def test_only_one_question_goes_on_after_an_answer(quoth: QuothInSandbox) -> None:
    """A second reply to the same answer has a chat of its own, because Poe has the first one already."""
    _, reply = await asked(quoth)
    question, answer = await quoth.say("alice", "oven", "What is it called?", reply_to=reply)
    assert answer.continues
    await done(quoth, question, answer, continued=True)
    _, answer = await quoth.say("alice", "oven", "And yours?", reply_to=reply)
    assert answer.continues is None


async def test_a_chat_that_was_gone_is_left(quoth: QuothInSandbox) -> None:
    """Where Poe could not go on, the new chat is the one that goes on later, with what it has."""
    _, reply = await asked(quoth)
    question, answer = await quoth.say("alice", "oven", "What is it called?", reply_to=reply)
    reply = await done(quoth, question, answer, PoeChat("new", "main"))
    _, answer = await quoth.say("alice", "oven", "And yours?", reply_to=reply)
    assert answer.continues
    assert answer.continues.chat == PoeChat("new", "main")


async def test_asking_again_is_a_new_chat(quoth: QuothInSandbox) -> None:
    """Retry repeats the history, although the first try went on in a chat."""
    _, reply = await asked(quoth)
    question, answer = await quoth.say("alice", "oven", "What is it called?", reply_to=reply)
    reply = await done(quoth, question, answer, continued=True)
    before = len(quoth.poe.answers)
    await quoth.discord.press("alice", reply, buttons(reply)["Retry"])
    answer = await quoth.asked(before)
    assert answer.continues is None
    assert "My cat is called Lens" in answer.prompt


async def test_an_edited_question_is_asked_in_a_new_chat(quoth: QuothInSandbox) -> None:
    """If a question is edited while its answer runs, Poe has its old words in the chat."""
    _, reply = await asked(quoth)
    question, answer = await quoth.say("alice", "oven", "What is it called?", reply_to=reply)
    assert answer.continues
    answer.say("It is")
    await quoth.discord.wait(lambda: "It is" in posts(quoth.discord, "oven")[-1].content, LIMIT)
    before = len(quoth.poe.answers)
    quoth.discord.people.edit(question.author, question, "What is she called?")
    assert (await quoth.asked(before)).continues is None


async def test_a_stopped_answer_ends_its_chat(quoth: QuothInSandbox) -> None:
    """After an answer that is not complete, a new chat is asked."""
    question, answer = await quoth.say("alice", "oven", "My cat is called Lens", mention=True)
    answer.say("A fine", State.STREAMING)
    await quoth.discord.wait(lambda: "A fine" in posts(quoth.discord, "oven")[-1].content, LIMIT)
    reply = posts(quoth.discord, "oven")[-1]
    await quoth.discord.press("alice", reply, buttons(reply)["Stop"])
    await quoth.shown(reply, "stopped")
    assert question
    _, answer = await quoth.say("alice", "oven", "What is it called?", reply_to=reply)
    assert answer.continues is None


Between = Callable[[QuothInSandbox, Message], Awaitable[None]]


async def opt_out(quoth: QuothInSandbox, said: Message) -> None:
    """Who was read opts out."""
    await quoth.bot.stores.opt_outs.opt_out(said.author.id)


async def delete_data(quoth: QuothInSandbox, said: Message) -> None:
    """Who was read deletes their data."""
    await quoth.bot.stores.personal_data.delete(said.author.id)


async def delete(quoth: QuothInSandbox, said: Message) -> None:
    """What was read is deleted."""
    quoth.discord.people.delete(said.author, said)


async def edit(quoth: QuothInSandbox, said: Message) -> None:
    """What was read is edited."""
    quoth.discord.people.edit(said.author, said, "The stove is cold")


async def forget(quoth: QuothInSandbox, said: Message) -> None:
    """The beginning of what was read is forgotten."""
    await quoth.bot.stores.watermarks.forget(said.channel.id, said.id)


async def nothing(quoth: QuothInSandbox, said: Message) -> None:
    """Nothing happens."""


@pytest.mark.parametrize(
    ("between", "continues"),
    [(nothing, True), (opt_out, False), (delete_data, False), (delete, False), (edit, False), (forget, False)],
)
async def test_what_others_said_before(quoth: QuothInSandbox, between: Between, continues: bool) -> None:
    """What somebody else said before the first question is in the chat too, which ends when it may not be read."""
    said = await quoth.discord.say("bob", "oven", "The oven is hot")
    _, reply = await asked(quoth)
    assert "The oven is hot" in quoth.poe.answers[-1].prompt
    await between(quoth, said)
    _, answer = await quoth.say("alice", "oven", "How hot is it?", reply_to=reply)
    assert bool(answer.continues) is continues


async def test_a_message_in_between(quoth: QuothInSandbox) -> None:
    """What somebody else says between, and the question replies to, Poe does not have in the chat."""
    question, _ = await asked(quoth)
    between = await quoth.discord.say("bob", "oven", "Mine is called Prism", reply_to=question)
    _, answer = await quoth.say("alice", "oven", "Whose is older?", reply_to=between, mention=True)
    assert answer.continues is None


async def test_the_code_is_deleted_with_its_owner_s_data(quoth: QuothInSandbox) -> None:
    """The chat's code is in what /privacy shows, and gone after /privacy delete."""
    await asked(quoth)
    personal = quoth.bot.stores.personal_data

    async def exported() -> str:
        return "".join([part.decode() async for part in personal.export(alice(quoth), 10**6)])

    assert '[\\"abc\\", \\"main\\"' in await exported()
    await personal.delete(alice(quoth))
    assert "abc" not in await exported()


async def test_the_code_is_not_stored_unless_it_is_wanted(quoth: QuothInSandbox) -> None:
    """Where nobody asked for that, the chat's code is not stored."""
    await quoth.bot.stores.preferences.reset("user", alice(quoth), "continue_chat")
    _, reply = await asked(quoth)
    row = (await quoth.bot.stores.asked([reply.id]))[reply.id]
    assert row.chat is None
