"""The demo page in a real browser, with the simulated Discord and an unmodified discord.py bot behind it."""

import asyncio
from pathlib import Path

import discord
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from sandbox.discord import DiscordSandbox
from tests.support.page_bot import Bot
from tests.support.page_person import Person


async def test_ask_with_autocomplete(person: Person, bot: Bot) -> None:
    """/ask, Tab, a prompt, Tab, part of a model's name, Enter to pick it, Enter to send: as in Discord."""

    def walk() -> None:
        person.write("/as")
        person.see(".option.active", "/ask")
        person.type(Keys.TAB, "Explain tides", Keys.TAB, "gpt")
        person.until(lambda: person.texts(".option") == ["GPT-3.5-Turbo", "GPT-4o"], "two models")
        person.type(Keys.ARROW_DOWN, Keys.ENTER)
        assert person.value('[data-option="model"] textarea') == "GPT-4o"
        assert bot.asked == []
        person.type(Keys.ENTER)
        person.see(".thinking", "Quoth is thinking…")
        assert " ".join(person.texts(".context")[0].split()) == "A Ada (admin) used /ask"

    await asyncio.to_thread(walk)
    assert bot.asked == [("Explain tides", "gpt-4o")]


async def test_answer_grows_in_one_element(person: Person) -> None:
    """Edits change the text of the message's element; what did not change keeps its nodes."""

    def walk() -> None:
        message = person.ask("Explain tides")
        person.tell("Tides **rise**")
        person.until(lambda: "Tides rise" in message.text, "the first words")
        strong = message.find_element(By.TAG_NAME, "strong")
        person.tell("Tides **rise** and fall.\n```py\nprint(1)\n```")
        person.until(lambda: "and fall." in message.text, "more words")
        person.see(".edited", "(edited)")
        assert strong.text == "rise"
        assert message.find_element(By.CSS_SELECTOR, "pre > code.language-py").text == "print(1)"
        assert len(person.all(".message")) == 1

    await asyncio.to_thread(walk)


async def test_presence_stands_below_the_bot_s_name(person: Person, bot: Bot) -> None:
    """The bot's presence is shown in the member list at once."""
    await bot.change_presence(activity=discord.CustomActivity("Not logged in to Poe"), status=discord.Status.dnd)
    await asyncio.to_thread(person.see, ".presence-dnd", "Not logged in to Poe")


async def test_required_options_are_asked_for(person: Person, bot: Bot) -> None:
    """A command without a required option is not sent; the option says that it is required."""

    def walk() -> None:
        person.start_command("ask")
        person.type(Keys.ENTER)
        person.see('[data-option="prompt"].invalid')
        person.see(".problem", "required")

    await asyncio.to_thread(walk)
    assert bot.asked == []


async def test_tip_fills_the_composer(person: Person, bot: Bot) -> None:
    """The first tip takes one click and one Enter to get an answer, and its model is recognized."""

    def walk() -> None:
        person.press(".tip", "/ask prompt: Explain tides model: GPT-3.5-Turbo")
        assert person.value('[data-option="prompt"] textarea') == "Explain tides"
        person.until(lambda: person.texts(".option") == ["GPT-3.5-Turbo"], "the model")
        person.type(Keys.ENTER, Keys.ENTER)
        person.see(".thinking")

    await asyncio.to_thread(walk)
    assert bot.asked == [("Explain tides", "gpt-3.5-turbo")]


async def test_tips_stay_within_reach(person: Person, bot: Bot) -> None:
    """After the first message a button still shows the tips, and one click and one Enter still ask."""

    def walk() -> None:
        person.write("Hello", Keys.ENTER)
        person.see(".message", "Hello")
        person.miss(".tip")
        person.press("#tips-button")
        person.press("#tips-panel .tip", "/ask prompt: Explain tides model: GPT-3.5-Turbo")
        person.miss("#tips-panel")
        person.until(lambda: person.texts(".option") == ["GPT-3.5-Turbo"], "the model")
        person.type(Keys.ENTER, Keys.ENTER)
        person.see(".thinking")

    await asyncio.to_thread(walk)
    assert bot.asked == [("Explain tides", "gpt-3.5-turbo")]


_EDITED = """
const edited = document.querySelector(".edited").getBoundingClientRect();
const content = document.querySelector(".row:last-child .content").getBoundingClientRect();
return edited.left - content.left
"""


@pytest.mark.parametrize("text", ["words", "# Heading", "- one\n- two", "1. one", "> quoted", "-# small", "a `code` b"])
async def test_edited_stands_behind_the_last_words(person: Person, text: str) -> None:
    """Whatever block a message ends with, "(edited)" is in the line of its last words."""

    def walk() -> None:
        person.ask("Anything")
        person.tell("first")
        person.see(".content", "first")
        person.tell(text)
        person.until(lambda: text.split()[-1] in person.texts(".content")[-1], "the edit")
        assert person.script(_EDITED) > 20

    await asyncio.to_thread(walk)


async def test_code_blocks_keep_their_distance(person: Person) -> None:
    """Between two blocks of code there is a space, of a line if there is one; "(edited)" stands below a block."""
    gaps = """
        const boxes = [...document.querySelectorAll(".row:last-child pre")].map(each => each.getBoundingClientRect());
        const edited = document.querySelector(".edited").getBoundingClientRect();
        return [boxes[1].top - boxes[0].bottom, boxes[2].top - boxes[1].bottom, edited.top - boxes[2].bottom]
    """

    def walk() -> None:
        person.ask("Anything")
        person.tell("first")
        person.see(".content", "first")
        person.tell("```\na\n```\n```\nb\n```\n\n```\nc\n```")
        person.until(lambda: len(person.all("pre")) == 3, "the edit")
        near, far, below = person.script(gaps)
        assert 4 <= near <= 8
        assert 20 <= far <= 34
        assert below >= 0

    await asyncio.to_thread(walk)


@pytest.mark.parametrize("width", [390, 1280])
async def test_options_of_a_command_stand_in_line(person: Person, width: int) -> None:
    """Where the options wrap, each line of them begins at the same place, and nothing is cut off."""
    edges = """
        const boxes = [...document.querySelectorAll(".field, .add")].map(each => each.getBoundingClientRect());
        const firsts = boxes.filter((box, at) => at === 0 || box.top > boxes[at - 1].top + 5);
        return [firsts.map(box => box.left), document.documentElement.scrollWidth]
    """

    def walk() -> None:
        person.resize(width, 800)
        person.start_command("ask")
        person.type("so many words " * 12, Keys.TAB, "gpt-4", Keys.ENTER)
        person.until(lambda: person.value('[data-option="model"] textarea') == "GPT-4o", "the picked model")
        lefts, page = person.script(edges)
        assert len(lefts) > 1
        assert max(lefts) - min(lefts) < 1
        assert page == width

    try:
        await asyncio.to_thread(walk)
    finally:
        await asyncio.to_thread(person.resize_back)


async def test_options_typed_by_name(person: Person, bot: Bot) -> None:
    """A name with a colon goes to its option; a model that is not on the list can be asked too."""

    def walk() -> None:
        person.write("/ask prompt: What is fog? model: Mine")
        person.until(lambda: person.value('[data-option="model"] textarea') == "Mine", "the model's own field")
        person.type(Keys.ENTER)
        person.see(".thinking")

    await asyncio.to_thread(walk)
    assert bot.asked == [("What is fog?", "Mine")]


async def test_switching_person(person: Person, sandbox: DiscordSandbox) -> None:
    """Switching the person changes who acts and what is visible."""

    def walk() -> None:
        person.go("logbook")
        person.start_command("whisper")
        person.type(Keys.ENTER)
        person.see(".message.ephemeral", "Only you can see this")
        person.become("bob")
        person.miss(".message.ephemeral")
        assert person.texts("#channel-name") == ["logbook"]
        person.write("Bob was here", Keys.ENTER)
        person.see(".message", "Bob was here")
        assert person.texts(".message .name") == ["Bob"]

    await asyncio.to_thread(walk)
    assert sandbox.world.messages("logbook")[-1].author is sandbox.world.users.bob


async def test_spoiler_is_revealed_and_stays_so(person: Person) -> None:
    """A spoiler hides its text until it is pressed; an edit of the message does not hide it again."""

    def walk() -> None:
        message = person.ask("Who did it?")
        person.tell("It was ||the puffin||")
        spoiler = person.see(".spoiler")
        colour = "return getComputedStyle(document.querySelector('.spoiler')).color"
        assert person.script(colour) == "rgba(0, 0, 0, 0)"
        spoiler.send_keys(Keys.ENTER)
        person.see(".spoiler.shown", "the puffin")
        assert person.script(colour) != "rgba(0, 0, 0, 0)"
        person.tell("It was ||the puffin|| after all")
        person.until(lambda: "after all" in message.text, "the edit")
        assert len(person.all(".spoiler.shown")) == 1

    await asyncio.to_thread(walk)


async def test_mention_reply_and_delete(person: Person, sandbox: DiscordSandbox) -> None:
    """Names after @ become mentions; messages can be replied to and deleted with their toolbar."""

    def walk() -> None:
        person.go("lamp-room")
        person.write("@quo")
        person.see(".option.active", "Quoth")
        person.type(Keys.TAB, "are you there?", Keys.ENTER)
        person.see(".message .mention", "@Quoth")
        person.point_at_last_message()
        person.press('.toolbar [aria-label="Reply"]')
        person.see(".replying", "Ada (admin)")
        person.write("It is.", Keys.ENTER)
        person.see(".message .quoted", "are you there?")
        person.point_at_last_message()
        person.press('.toolbar [aria-label="Delete"]')
        person.miss(".message .quoted")

    await asyncio.to_thread(walk)
    assert sandbox.world.messages("lamp-room")[-1].content == f"<@{sandbox.world.bot.id}> are you there?"


async def test_button_opens_a_form(person: Person) -> None:
    """A button, the modal that it opens, and the answer to what was entered."""

    def walk() -> None:
        person.ask("Anything")
        person.tell("Press it")
        person.press('[data-custom-id="again"]')
        person.see("#modal h2", "Ask again")
        person.type("And the Sun?")
        person.press("#modal .primary")
        person.see(".message", "Asked: And the Sun?")
        person.miss("#modal")

    await asyncio.to_thread(walk)


_PLACE = "const place = document.getElementById('scroller');"
_AT_BOTTOM = f"{_PLACE} return Math.abs(place.scrollHeight - place.clientHeight - place.scrollTop) < 2"
_TOP = f"{_PLACE} return place.scrollTop"
_SCROLL_UP = f"{_PLACE} place.scrollTop = 400"


async def test_reader_is_not_moved(person: Person, sandbox: DiscordSandbox) -> None:
    """A reader who has scrolled up isn't moved while an answer grows; one at the bottom stays there."""
    for number in range(60):
        await sandbox.say("bob", "logbook", f"entry {number}")

    def read_upwards() -> None:
        person.go("logbook")
        person.see(".message", "entry 59")
        message = person.ask("How long?")
        person.tell("\n".join(["Long."] * 20))
        person.until(lambda: "Long." in message.text, "the answer")
        person.until(lambda: person.script(_AT_BOTTOM), "the bottom")
        person.script(_SCROLL_UP)
        person.until(lambda: person.script(_TOP) == 400, "the middle")
        person.tell("\n".join(["Longer."] * 60))
        person.until(lambda: "Longer." in message.text, "the longer answer")
        assert person.script(_TOP) == 400

    def jump_down() -> None:
        person.see("#jump", "New messages below")
        assert person.script(_TOP) == 400
        person.press("#jump")
        person.until(lambda: person.script(_AT_BOTTOM), "the bottom again")

    await asyncio.to_thread(read_upwards)
    await sandbox.say("alice", "logbook", "mine is black")
    await asyncio.to_thread(jump_down)


async def test_narrow_window(person: Person) -> None:
    """On a phone nothing overflows, the notice stays, and a button opens the channels."""

    def walk() -> None:
        person.resize(390, 780)
        person.miss("#sidebar")
        assert person.script("return document.documentElement.scrollWidth") == 390
        person.see("#notice", "no real model answers")
        person.press("#open-sidebar")
        person.go("lamp-room")
        person.miss("#sidebar")

    try:
        await asyncio.to_thread(walk)
    finally:
        await asyncio.to_thread(person.resize_back)


async def test_lost_connection(browser: webdriver.Chrome) -> None:
    """The page says that the connection is lost, and reconnects, even to a new sandbox."""
    person = Person(browser, lambda _: None)
    async with DiscordSandbox() as first:
        port = int(first.origin.rpartition(":")[2])
        await asyncio.to_thread(person.open, first.page_url)
        await asyncio.to_thread(person.become, "alice")
    await asyncio.to_thread(person.see, "#lost", "reconnecting…")
    async with DiscordSandbox(port=port) as second:
        await asyncio.to_thread(person.miss, "#lost")
        await second.say("bob", "general", "the fog lifts")
        await asyncio.to_thread(person.see, ".message", "the fog lifts")
        await asyncio.to_thread(person.leave)
    person.complaints()  # that nobody listened was the point


async def test_title_and_notice(person: Person) -> None:
    """The page says in its notice and title that no real model answers."""
    assert "no real model answers" in person.browser.title
    assert "no real model answers" in (await asyncio.to_thread(person.see, "#notice")).text


def test_page_needs_nothing_inline() -> None:
    """The page's policy allows only files of the sandbox itself, and the page holds no inline script or style."""
    page = Path(__file__).parents[3] / "sandbox" / "discord" / "page" / "assets" / "index.html"
    html = page.read_text(encoding="utf-8")
    assert "default-src 'self'" in html
    assert not any(inline in html for inline in ("<style", " style=", "onclick", "http://", "https://"))


async def test_a_button_is_no_longer_pending_once_it_is_answered(person: Person) -> None:
    """Also where another message is the answer, so that nothing of its own message changes."""

    def walk() -> None:
        person.script("const after = setTimeout; window.setTimeout = (run, ms) => (ms === 3000 ? 0 : after(run, ms))")
        person.start_command("whisper")
        person.type(Keys.ENTER)
        person.press('[data-custom-id="louder"]')
        person.see(".message", "For all eyes")
        person.until(lambda: person.all(".pending") == [], "a button that can be pressed again")

    await asyncio.to_thread(walk)
