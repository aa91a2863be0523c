"""The demo as people use it: its page in a real browser, with the unmodified bot and both stand-ins behind it."""

import asyncio
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from bot.markdown.convert import convert
from bot.markdown.own_lines import separate
from sandbox.discord.world.command_options import File
from tests.support.page_person import Person, chromium
from tests.support.replies import posts
from tests.support.whole_bot import WholeBot

pytestmark = pytest.mark.asyncio(loop_scope="package")
PICTURES = os.environ.get("QUOTH_PICTURES")  # `make pictures` keeps what the first test sees in this folder
LETTER = File("letter.txt", b"Dear Lens, the fog has teeth today.")
QUESTIONS = ("is it late?", "How late?", "and the lens?", "What is late?", "Who is it to?", "Who is this?")


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Generator[Person]:
    """Somebody with a browser."""
    with chromium(tmp_path_factory.mktemp("page-profile")) as browser:
        person = Person(browser, lambda _: None)
        person.resize(1280, 860)
        yield person


async def test_a_newcomer_asks_and_watches_the_answer_grow(walk: WholeBot, person: Person) -> None:
    """Typing /ask with a completed model shows one message that grows by edits and ends as Poe's answer, rendered."""
    walk.poe.tempo.speed = 300.0 if PICTURES else 600.0
    before = len(posts(walk.discord, "lamp-room"))
    await asyncio.to_thread(_ask, person, walk.discord.page_url)
    (sent,) = walk.sent
    assert sent.handle == "Claude-Opus-4.8"
    assert "User: Alice: What is this channel about?" in sent.text.splitlines()
    (reply,) = posts(walk.discord, "lamp-room")[before:]
    assert separate(reply.content).text == convert(walk.poe.answer(sent))


def _ask(person: Person, url: str) -> None:
    person.open(url)
    assert "no real model" in person.see("body").text.lower()
    person.become("alice")
    person.go("lamp-room")
    person.write("/as")
    person.see(".option.active", "/ask")
    person.type(Keys.TAB, "What is this channel about?", Keys.TAB, "claude-op")
    person.see(".option", "Claude-Opus-4.8")
    person.type(Keys.ENTER)
    person.miss(".option")  # the list of what was typed last may come only now
    person.type(Keys.ENTER)
    lengths: set[int] = set()
    taken: list[bool] = []

    def complete() -> bool:
        newest = person.texts(".message")[-1]
        lengths.add(len(newest))
        if PICTURES and not taken and "Turns that I received" in newest:
            taken.append(person.photograph(Path(PICTURES, "demo.png")))
        return "Claude-Opus-4.8 ·" in newest

    person.until(complete, "the final state")
    last = person.all(".message")[-1]
    assert len(lengths) > 3
    assert "(edited)" in last.text
    for selector in ("h3", "pre code.language-python", "blockquote", "li", "strong"):
        assert last.find_elements("css selector", selector), selector
    if PICTURES:
        person.resize(390, 760, scale=2)
        person.miss("#sidebar")
        code = last.find_element("css selector", "pre")
        person.script("arguments[0].scrollIntoView({ block: 'start' })", code)
        person.photograph(Path(PICTURES, "demo-phone.png"))
        person.resize(1280, 860)
    assert person.complaints() == []


async def test_a_question_is_edited(walk: WholeBot, person: Person) -> None:
    """An edited question that was answered can be asked again; names are shown, and sent as mentions."""
    await asyncio.to_thread(_edit, person, walk.discord.page_url)
    asked = [sent.text.removesuffix("\nAssistant:").rpartition(": ")[2] for sent in walk.sent]
    assert asked == ["is it lait?", "is it late?"]


def _edit(person: Person, url: str) -> None:
    person.open(url)
    person.become("bob")
    person.go("logbook")
    person.answered(lambda: person.write("@Quoth is it lait?", Keys.ENTER))
    person.point_at("@Quoth is it lait?")
    person.see('.toolbar [aria-label="Edit message"]').send_keys(Keys.ENTER)
    person.until(lambda: person.value("#modal textarea") == "@quoth is it lait?", "the old text")
    person.type(Keys.CONTROL + "a", "@quoth is it late?")
    person.press("#modal .primary")
    person.press(".message button", "Ask again with the edit")
    answered = ("is it late?", "· done")
    person.until(lambda: all(each in person.texts(".content")[-1] for each in answered), "an answer to the edit")
    assert person.complaints() == []


async def test_every_way_to_ask(walk: WholeBot, person: Person, tmp_path: Path) -> None:
    """A mention, a reply, a thread, the message menu, a file of /ask and of a DM each reach Poe with their history."""
    (tmp_path / LETTER.filename).write_bytes(LETTER.data)
    world = walk.discord.world
    await asyncio.to_thread(_ask_in_every_way, person, walk.discord.page_url, tmp_path)
    prompts = [sent.text for sent in walk.sent]
    assert len(prompts) == len(QUESTIONS)
    mention, reply, thread, menu, file, message_file = prompts
    assert "User: Alice: the fog horn woke the puffins again" in mention
    assert mention.endswith("User: Bob: is it late?\nAssistant:")
    assert "User: Bob: @ Quoth is it late?\nAssistant: ## GPT-5.4-Mini answers" in reply
    assert reply.endswith("User: How late?\nAssistant:")
    assert "User: Bob: How late?" in thread
    assert "puffins" not in thread
    assert thread.endswith("User: and the lens?\nAssistant:")
    assert 'Message by "Bob":\n  Gerald has doubled again\n\nWhat is late?' in menu
    letter = f'File "letter.txt":\n  {LETTER.data.decode()}\n\n'
    assert file == f"{letter}Who is it to?"
    assert message_file.endswith(f"{letter}Who is this?\nAssistant:") or message_file == f"{letter}Who is this?"
    (answered,) = (message for message in world.messages("lamp-room") if message.content == "How late?")
    assert world.bot not in answered.mentions
    assert answered.thread is not None
    (attached,) = world.messages(world.dm("bob"))[-2].attachments
    assert attached.data == LETTER.data


def _ask_in_every_way(person: Person, url: str, folder: Path) -> None:
    person.open(url)
    person.become("bob")
    person.go("lamp-room")

    def tool(label: str, message: str) -> None:
        person.point_at(message)
        # By key: a mouse would bring the toolbar to another message where the list moves just then.
        person.see(f'.toolbar [aria-label="{label}"]').send_keys(Keys.ENTER)

    person.write("@quo")
    person.see(".option.active", "Quoth")
    person.answered(lambda: person.type(Keys.TAB, QUESTIONS[0], Keys.ENTER))
    tool("Reply", "GPT-5.4-Mini answers")
    person.press(".ping", "ON")
    person.see(".ping", "OFF")
    person.answered(lambda: person.write(QUESTIONS[1], Keys.ENTER))
    tool("Create thread", QUESTIONS[1])
    person.see("#modal input")
    person.type(Keys.ENTER)
    person.see("#channel-name", QUESTIONS[1])
    person.answered(lambda: person.write(f"@Quoth {QUESTIONS[2]}", Keys.ENTER))
    person.go("logbook")
    person.write("Gerald has doubled again", Keys.ENTER)
    tool("Apps", "Gerald has doubled again")
    person.press(".menu button", "Ask about this")
    person.see("#modal textarea")
    person.type(QUESTIONS[3])
    person.answered(lambda: person.press("#modal .primary"))
    person.start_command("ask")
    person.type(QUESTIONS[4])
    person.press(".add", "+ file")
    person.attach("[data-file=file]", folder / LETTER.filename)
    person.see(".choose-file", LETTER.filename)
    person.press(".add", "+ fresh")
    person.see(".option", "True")
    person.type(Keys.ENTER)
    person.answered(lambda: person.type(Keys.ENTER))
    person.press('[aria-label="Direct messages"]')
    person.attach("#attach-files", folder / LETTER.filename)
    person.see(".attaching", LETTER.filename)
    person.answered(lambda: person.write(QUESTIONS[5], Keys.ENTER))
    assert person.complaints() == []


async def test_instructions_are_written_in_a_form(walk: WholeBot, person: Person) -> None:
    """The form's text is sent before the question, which can be typed at once when the form is closed."""
    await asyncio.to_thread(_instruct, person, walk.discord.page_url)
    (sent,) = await walk.poe.wait(lambda: walk.sent)
    assert sent.text.startswith("System: Be brief.\n")


def _instruct(person: Person, url: str) -> None:
    person.open(url)
    person.become("alice")
    person.start_command("instructions set")
    person.type(Keys.ENTER)
    person.see("#modal textarea").send_keys("Be brief.")
    person.press("#modal .primary")
    person.see(".message", "✓ Instructions were saved.")
    person.miss("#modal")
    person.type_blindly("@Quoth what is late?")
    person.until(lambda: person.value("#message-box") == "@Quoth what is late?", "what was typed")
    person.type(Keys.ENTER)
