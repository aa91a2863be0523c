"""The whole walk from every way in: one running bot between the stand-ins, with a real browser, for all tests."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from selenium.webdriver.common.keys import Keys

from bot import bootstrap
from bot.client import QuothBot
from bot.markdown.convert import convert
from bot.markdown.own_lines import separate
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.command_options import File
from sandbox.discord.world.entities import Channel, Message
from sandbox.poe.sandbox import PoeSandbox
from sandbox.running_bot import running_bot
from storage.preferences import Preferences
from tests.support.bot_environment import bot_environment
from tests.support.page_person import Person, chromium
from tests.support.replies import LIMIT, ended, final, question_and_text

pytestmark = pytest.mark.asyncio(loop_scope="module")
LETTER = File("letter.txt", b"Dear Lens, the fog has teeth today.")


@dataclass
class Walk:
    """A running bot and the two sides that it stands between."""

    bot: QuothBot
    discord: DiscordSandbox
    poe: PoeSandbox

    def reply(self, asked: Message) -> Message | None:
        """The reply to a message, once it has ended."""
        replies = [m for m in self.discord.world.messages(asked.channel) if m.reference and m.reference.target is asked]
        return next((m for m in replies if m.author is self.discord.world.bot and final(m)), None)

    async def answered(self, asked: Message) -> str:
        """Wait for the answer to a message, see that it is Poe's own, and return the prompt that Poe got."""
        reply = await self.discord.wait(lambda: self.reply(asked), LIMIT)
        assert reply is not None
        sent = self.poe.ledger[-1]
        assert (final(reply), separate(reply.content).text) == ("done", convert(self.poe.answer(sent)))
        return sent.text

    async def say(self, who: str, where: str | Channel, content: str, **how: object) -> tuple[Message, str]:
        """Write a message, and wait for its answer; also returns the prompt."""
        asked = await self.discord.say(who, where, content, **how)  # pyright: ignore[reportArgumentType]
        return asked, await self.answered(asked)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def walk(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Walk]:
    """The unmodified bot, logged in; in the end nothing may have gone wrong unnoticed."""
    folder = tmp_path_factory.mktemp("walk")
    async with PoeSandbox(speed=3000.0, hydration=0.05) as poe, DiscordSandbox() as discord:
        settings = bootstrap.Settings.read(bot_environment(poe, discord, folder))
        async with running_bot(settings, discord) as bot:
            yield Walk(bot, discord, poe)
        assert (discord.ledger.unknown, discord.ledger.with_status(400), discord.ledger.limited) == ([], [], [])


async def test_mention(walk: Walk) -> None:
    """A mention in a channel is answered below it, with what was said before."""
    _, prompt = await walk.say("alice", "lamp-room", "is it foggy?", mention=True)
    assert "User: Alice: the fog horn woke the puffins again" in prompt
    assert prompt.endswith("User: is it foggy?\nAssistant:")


async def test_reply(walk: Walk) -> None:
    """A reply to Quoth's answer to /ask continues it, also without a ping."""
    interaction = await walk.discord.command("alice", "logbook", "ask", prompt="Who wrote the log?")
    await ended(walk.discord, interaction)
    _, prompt = await walk.say("bob", "logbook", "And who reads it?", reply_to=interaction.response, ping=False)
    assert "Alice: Who wrote the log?" in prompt
    assert prompt.endswith("User: And who reads it?\nAssistant:")


async def test_thread(walk: Walk) -> None:
    """In a thread, a mention is answered there, with what was said there."""
    world = walk.discord.world
    start = await walk.discord.say("alice", "general", "the lens has a scratch")
    thread = walk.discord.people.open_thread(world.users.alice, start, "The lens")
    await walk.discord.say("bob", thread, "it was a gull")
    asked, prompt = await walk.say("alice", thread, "can it be mended?", mention=True)
    assert asked.channel is thread
    assert "User: Bob: it was a gull" in prompt
    assert "User: Alice: the lens has a scratch" in prompt
    assert "puffins" not in prompt


async def test_every_message(walk: Walk) -> None:
    """In a channel that is switched on, one just writes."""
    oven = walk.discord.world.channels.oven
    assert oven.guild is not None
    await walk.bot.stores.preferences.change("channel", oven.id, oven.guild.id, Preferences(every_message=True))
    _, prompt = await walk.say("bob", oven, "How hot is it?")
    assert prompt == "How hot is it?"


async def test_direct_messages_take_turns(walk: Walk) -> None:
    """Two messages in a row in a DM are answered in their order, the second with the first one's answer."""
    first = await walk.discord.say("alice", "dm", "My cat is called Lens")
    second = await walk.discord.say("alice", "dm", "What is my cat called?")
    prompt = await walk.answered(second)
    assert walk.reply(first) is not None
    assert "User: Alice: My cat is called Lens" in prompt
    assert "Assistant: ## GPT-3.5-Turbo answers" in prompt
    assert prompt.endswith("User: What is my cat called?\nAssistant:")


async def test_menu(walk: Walk) -> None:
    """Apps, Ask about this on a message asks about it."""
    chosen = await walk.discord.say("bob", "starter-talk", "Gerald has doubled again")
    opened = await walk.discord.menu("alice", chosen, "Ask about this")
    assert opened.modal is not None
    question = opened.modal["components"][0]["component"]["custom_id"]
    submitted = await walk.discord.submit("alice", opened, {question: "Who is Gerald?"})
    assert await ended(walk.discord, submitted) == "done"
    assert question_and_text(submitted.response.content) == (
        "Who is Gerald?",
        convert(walk.poe.answer(walk.poe.ledger[-1])),
    )
    assert 'Message by "Bob":\n  Gerald has doubled again\n' in walk.poe.ledger[-1].text


async def test_files(walk: Walk) -> None:
    """A text file of /ask, with no history when that is not wanted, and one of a direct message."""
    interaction = await walk.discord.command(
        "alice", "lamp-room", "ask", prompt="Who is it to?", file=LETTER, fresh=True, private=True
    )
    assert await ended(walk.discord, interaction) == "done"
    assert interaction.response.ephemeral
    assert walk.poe.ledger[-1].text == f'File "letter.txt":\n  {LETTER.data.decode()}\n\nWho is it to?'
    _, prompt = await walk.say("bob", "dm", "", files=[LETTER])
    assert prompt == f'File "letter.txt":\n  {LETTER.data.decode()}'


async def test_guest(walk: Walk) -> None:
    """Where only a person brought Quoth along, /ask is answered and nothing is read."""
    world = walk.discord.world
    world.install("bob")
    elsewhere = world.add_channel(world.add_guild("Puffin Fanciers", world.users.bob, with_bot=False), "burrow")
    await walk.discord.say("bob", elsewhere, "fish, then fish")
    interaction = await walk.discord.command("bob", elsewhere, "ask", prompt="What do puffins eat?")
    assert await ended(walk.discord, interaction) == "done"
    assert walk.poe.ledger[-1].text == "What do puffins eat?"


async def test_every_way_from_the_page(walk: Walk, tmp_path: Path) -> None:
    """Everything above can be done by a person at the demo's page."""
    (tmp_path / LETTER.filename).write_bytes(LETTER.data)
    before = len(walk.poe.ledger)
    await asyncio.to_thread(_at_the_page, walk.discord.page_url, tmp_path)
    asked = [sent.text for sent in walk.poe.ledger[before:]]
    questions = ("is it late?", "How late?", "and the lens?", "What is late?", "Who is it to?", "Who is this?")
    assert len(asked) == len(questions)
    assert all(question in prompt for question, prompt in zip(questions, asked, strict=True))
    assert all("the fog has teeth today" in prompt for prompt in asked[-2:])
    messages = walk.discord.world.messages("general")
    (reply,) = (message for message in messages if message.content == "How late?")
    assert walk.discord.world.bot not in reply.mentions
    assert reply.thread is not None
    (letter,) = walk.discord.world.messages(walk.discord.world.dm("bob"))[-2].attachments
    assert letter.data == LETTER.data


def _at_the_page(url: str, folder: Path) -> None:
    with chromium(folder / "page-profile") as browser:
        person = Person(browser, lambda text: None)
        person.open(url)
        person.become("bob")
        person.go("general")

        def answered(ask: Callable[[], object]) -> None:
            before = sum("· done" in text for text in person.texts(".message"))
            ask()
            person.until(lambda: sum("· done" in text for text in person.texts(".message")) > before, "an answer")

        def tool(label: str, message: str) -> None:
            person.point_at(message)
            # By key: a mouse would bring the toolbar to another message where the list moves just then.
            person.see(f'.toolbar [aria-label="{label}"]').send_keys(Keys.ENTER)

        person.write("@quo")
        person.see(".option.active", "Quoth")
        answered(lambda: person.type(Keys.TAB, "is it late?", Keys.ENTER))
        tool("Reply", "· done")
        person.press(".ping", "ON")
        person.see(".ping", "OFF")
        answered(lambda: person.write("How late?", Keys.ENTER))
        tool("Create thread", "How late?")
        person.see("#channel-name", "How late?")
        answered(lambda: person.write("@Quoth and the lens?", Keys.ENTER))
        person.go("lamp-room")
        tool("Apps", "the lamp needs a new lens")
        person.press(".menu button", "Ask about this")
        person.see("#modal textarea")
        person.type("What is late?")
        answered(lambda: person.press("#modal .primary"))
        person.start_command("ask")
        person.type("Who is it to?")
        person.press(".add", "+ file")
        person.attach("[data-file=file]", folder / LETTER.filename)
        person.see(".choose-file", LETTER.filename)
        person.press(".add", "+ fresh")
        person.see(".option", "True")
        person.type(Keys.ENTER)
        answered(lambda: person.type(Keys.ENTER))
        person.press('[aria-label="Direct messages"]')
        person.attach("#attach-files", folder / LETTER.filename)
        person.see(".attaching", LETTER.filename)
        answered(lambda: person.write("Who is this?", Keys.ENTER))
        assert person.complaints() == []
