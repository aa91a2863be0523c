"""Where links lead, what a reload keeps, and what a file looks like."""

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from sandbox.discord import DiscordSandbox, Permission
from sandbox.discord.world.command_options import File
from sandbox.discord.world.entities import Message
from tests.support.page_bot import Bot
from tests.support.page_person import Person


def picture(name: str, size: tuple[int, int] = (60, 40)) -> File:
    """Return a picture with a name."""
    data = io.BytesIO()
    Image.new("RGB", size, "teal").save(data, "PNG")
    return File(name, data.getvalue())


async def test_links_to_messages_stay_in_the_demo(person: Person, sandbox: DiscordSandbox) -> None:
    """A link to a message leads to it, however old and in whatever channel; one that leads nowhere says so."""
    world = sandbox.world
    target = await sandbox.say("bob", "logbook", "the very first entry")
    gone = await sandbox.say("bob", "logbook", "soon gone")
    for number in range(70):
        await sandbox.say("bob", "logbook", f"entry {number}")
    hidden = await sandbox.say("bob", "oven", "hot")
    world.deny(hidden.channel, world.users.alice, Permission.VIEW_CHANNEL)

    def link(message: Message) -> str:
        assert message.channel.guild
        return f"https://discord.com/channels/{message.channel.guild.id}/{message.channel.id}/{message.id}"

    await sandbox.say("bob", "general", f"[gone]({link(gone)}) [hidden]({link(hidden)}) {link(target)}")
    sandbox.people.delete(world.users.bob, gone)

    def walk() -> None:
        person.become("alice")
        person.go("general")
        person.press(".content a", "hidden")
        person.see(".toast", "You can't see that channel")
        person.press(".content a", "gone")
        person.see(".toast", "That message was deleted")
        assert person.texts("#channel-name") == ["logbook"]
        person.go("general")
        person.press(".content a.mention", "#logbook ›")
        person.see("#channel-name", "logbook")
        person.see(".message.flash", "the very first entry")
        assert len(person.browser.window_handles) == 1
        assert person.browser.current_url == sandbox.page_url

    await asyncio.to_thread(walk)


async def test_channels_are_completed_and_lead_there(person: Person, sandbox: DiscordSandbox) -> None:
    """After a # the channels and threads of the server are offered; the mention is a link."""
    world = sandbox.world
    opened = await sandbox.say("bob", "logbook", "a thread begins here")
    sandbox.people.open_thread(world.users.bob, opened, "puffin census")

    def walk() -> None:
        person.write("see #lo")
        person.see(".option.active", "logbook")
        person.type(Keys.TAB, "and #puf")
        person.see(".option.active", "puffin census")
        person.type(Keys.TAB, Keys.ENTER)
        person.press(".content .mention", "#puffin census")
        person.see("#channel-name", "puffin census")
        person.go("general")
        person.see(".content .mention", "#logbook").send_keys(Keys.ENTER)
        person.see("#channel-name", "logbook")

    await asyncio.to_thread(walk)
    (said,) = world.messages("general")
    assert said.content == f"see <#{world.channels.logbook.id}> and <#{opened.id}>"


async def test_a_mentioned_command_is_filled_in(person: Person, sandbox: DiscordSandbox) -> None:
    """A click on a mention of a command puts the command into the composer."""
    await sandbox.say("bob", "general", "try </ask:1>")

    def walk() -> None:
        person.press(".content .mention", "/ask")
        person.see(".command-name", "/ask")

    await asyncio.to_thread(walk)


async def test_a_thread_gets_the_name_that_is_typed(person: Person, sandbox: DiscordSandbox) -> None:
    """A name is suggested from the message; another one can be typed."""
    await sandbox.say("bob", "general", "the fog **lifts**")

    def walk() -> None:
        person.point_at("the fog lifts")
        person.see('.toolbar [aria-label="Create thread"]').send_keys(Keys.ENTER)
        assert person.see("#modal input").get_attribute("value") == "the fog lifts"
        person.type("weather report", Keys.ENTER)
        person.see("#channel-name", "weather report")

    await asyncio.to_thread(walk)
    assert [c.name for c in sandbox.world.channels if c.is_thread] == ["weather report"]


async def test_a_reload_keeps_person_place_and_draft(person: Person, bot: Bot) -> None:
    """After a reload one is who and where one was, with what one was writing; nobody sees the drafts of others."""

    def walk() -> None:
        person.become("bob")
        person.go("logbook")
        person.write("half a sent")
        person.reload()
        person.see('[data-user="bob"][aria-checked="true"]')
        assert person.texts("#channel-name") == ["logbook"]
        person.until(lambda: person.value("#message-box") == "half a sent", "the draft")
        person.become("alice")
        person.until(lambda: person.value("#message-box") == "", "no draft of Alice")
        person.start_command("ask")
        person.type("Explain tides", Keys.TAB, "gpt-4o")
        person.reload()
        person.until(lambda: person.value('[data-option="prompt"] textarea') == "Explain tides", "the command")
        person.until(lambda: person.value('[data-option="model"] textarea') == "gpt-4o", "its model")
        person.see(".option.active", "GPT-4o")
        person.type(Keys.ENTER, Keys.ENTER)
        person.see(".thinking")
        person.reload()
        assert person.value("#message-box") == ""

    await asyncio.to_thread(walk)
    assert bot.asked == [("Explain tides", "gpt-4o")]


async def test_the_model_can_come_first(person: Person, bot: Bot) -> None:
    """Models are offered while the prompt is still empty."""

    def walk() -> None:
        person.start_command("ask")
        person.press(".add", "+ model")
        person.until(lambda: len(person.texts(".option")) == 3, "all models")
        person.type("gpt-4", Keys.ENTER)
        person.until(lambda: person.value('[data-option="model"] textarea') == "GPT-4o", "the picked model")
        person.type(Keys.SHIFT + Keys.TAB, "Explain tides", Keys.ENTER)
        person.see(".thinking")

    await asyncio.to_thread(walk)
    assert bot.asked == [("Explain tides", "gpt-4o")]


@pytest.mark.parametrize("count", range(1, 11))
async def test_pictures_stand_side_by_side(person: Person, sandbox: DiscordSandbox, count: int) -> None:
    """Any number of pictures fills its frame without a gap, and none is wider than the message."""
    await sandbox.say("bob", "general", "", files=[picture(f"{n}.png", (900, 600 + n)) for n in range(count)])

    def walk() -> None:
        loaded = "return [...document.querySelectorAll('.mosaic img')].every(e => e.complete && e.naturalWidth)"
        person.until(lambda: len(person.all(".mosaic img")) == count and person.script(loaded), "the pictures")
        frame, *tiles = person.script(
            "return [...document.querySelectorAll('.mosaic, .mosaic > *')].map(e => e.getBoundingClientRect().toJSON())"
        )
        assert frame["width"] <= 551
        assert frame["height"] <= 900
        covered = sum(tile["width"] * tile["height"] for tile in tiles)
        assert covered > 0.95 * frame["width"] * frame["height"]

    await asyncio.to_thread(walk)


async def test_files_look_as_in_discord(person: Person, sandbox: DiscordSandbox, tmp_path: Path) -> None:
    """Text shows its first lines and unfolds, a picture opens large, a spoiler hides, anything else is a card."""
    lines = "\n".join(f"line {number}" for number in range(1, 31))
    files = [
        File("answer.md", lines.encode()),
        picture("SPOILER_fog.png"),
        picture("lamp.png"),
        File("data.bin", bytes(3000)),
        File("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ]
    await sandbox.say("bob", "general", "", files=files)
    (tmp_path / "cat.png").write_bytes(picture("cat.png").data)

    def walk() -> None:
        text = person.see(".text-file", "line 6")
        assert "line 7" not in text.text
        person.press(".text-file [aria-expanded]", "30 lines")
        person.see(".text-file", "line 30")
        assert [card.text.split("\n")[0] for card in person.all(".file")] == ["data.bin", "drawing.svg"]
        person.see(".file", "2.93 KB")
        assert len(person.all(".mosaic img")) == 2
        person.press(".uncover", "Spoiler")
        person.miss(".uncover")
        person.press('.image:has([alt="lamp.png"])')
        person.see("#viewer img")
        person.type(Keys.ESCAPE)
        person.miss("#viewer")
        person.attach("#attach-files", tmp_path / "cat.png")
        person.see(".attaching .thumbnail")
        loaded = "return document.querySelector('.attaching .thumbnail').naturalWidth > 0"
        person.until(lambda: person.script(loaded), "the picture")

    await asyncio.to_thread(walk)


async def test_the_page_begins_in_the_browser_s_language(person: Person) -> None:
    """Each person is met in it, and a language that was chosen afterwards stays."""

    def language() -> str:
        return person.script("return document.documentElement.lang")

    def walk() -> None:
        agent = person.script("return navigator.userAgent")
        person.script("sessionStorage.clear()")
        person.command("Network.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": "ru-RU"})
        try:
            person.reload()
            person.until(lambda: language() == "ru", "Russian")
            Select(person.see(".language")).select_by_value("en-US")
            person.until(lambda: language() == "en", "English")
            person.reload()
            person.until(lambda: person.value(".language") == "en-US", "English")
            assert language() == "en"
        finally:
            person.command("Network.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": "en-US"})

    await asyncio.to_thread(walk)
