"""axe-core looks at the demo page in its main states, on a desktop in English and on a phone in Russian."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from sandbox.discord import DiscordSandbox
from sandbox.discord.world.command_options import File
from sandbox.mood_menu import MoodMenu
from sandbox.poe import PoeSandbox
from tests.support.npm import axe_script
from tests.support.page_bot import Bot, running
from tests.support.page_person import Person

ANSWER = """# Tides
**Water** _rises_ and `falls`, see <#{channel}>, </ask:1>, ||the Moon|| and <https://example.org/tides>.
> twice a day
- spring
- neap
1. ebb
```python
def tide(hour: int) -> str:  # a comment
    return "high" if hour % 12 < 6 else "low"
```
```
no language
```
-# the end <t:0:R>"""
RUN = """
const [script, done] = arguments;
if (!window.axe) new Function(script).call(window);
const told = (id, node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`;
axe.run({ resultTypes: ["violations"] }).then(({ violations }) =>
  done(violations.map(({ id, impact, nodes }) => [impact, nodes.map((node) => told(id, node)).join("; ")])));
"""
GRAVE = ("serious", "critical")


@pytest.fixture
async def sandbox() -> AsyncIterator[DiscordSandbox]:
    """A Discord whose page has the menu of moods."""
    async with PoeSandbox() as poe, DiscordSandbox(menu=MoodMenu(poe)) as fresh:
        yield fresh


@pytest.fixture
async def person(
    sandbox: DiscordSandbox, browser: webdriver.Chrome, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Person]:
    """A person at the page, with an answer and what else a channel may hold."""
    async with running(sandbox, monkeypatch) as bot:
        await _fill(sandbox, bot)
        someone = Person(browser, lambda text: None)
        await asyncio.to_thread(someone.open, sandbox.page_url)
        yield someone
        await asyncio.to_thread(someone.leave)
        await asyncio.to_thread(someone.resize_back)


async def _fill(sandbox: DiscordSandbox, bot: Bot) -> None:
    """Let people write everything that a message can show, and leave one answer thinking."""
    world, room = sandbox.world, sandbox.world.channels["lamp-room"]
    asked = asyncio.create_task(sandbox.command("alice", room, "ask", prompt="Explain tides"))
    for text in ("Tides", ANSWER.format(channel=world.channels.logbook.id), ""):
        await bot.texts.put(text)
    reply = (await asked).response
    await sandbox.wait(lambda: reply.edited_at)
    first = await sandbox.say("bob", room, f"<@{world.users.alice.id}> and @everyone, look", files=[
        File("fog.png", b"\x89PNG"), File("notes.md", b"line\n" * 20), File("data.bin", b"0")
    ])  # fmt: skip
    sandbox.people.open_thread(world.users.bob, first, "census")
    await sandbox.say("alice", room, "why?", reply_to=first)
    await sandbox.command("alice", room, "whisper")
    await sandbox.command("alice", room, "ask", prompt="Think")


def grave(person: Person) -> list[str]:
    """Return the serious and critical violations on the page as it is now."""
    person.browser.set_script_timeout(60)
    script = None if person.script("return Boolean(window.axe)") else axe_script()  # it is large
    found = person.browser.execute_async_script(RUN, script)  # pyright: ignore[reportUnknownMemberType]
    return [told for impact, told in found if impact in GRAVE]


@pytest.mark.parametrize(("language", "width", "height"), [("en-US", 1280, 860), ("ru", 390, 844)])
async def test_nothing_keeps_anybody_from_using_the_page(
    person: Person, language: str, width: int, height: int
) -> None:
    """No serious violation: conversation, toolbar, menus, command, completion, forms, picture, moods, side bar."""
    phone = width < 600
    found: list[str] = []

    def look(state: str) -> None:
        found.extend(f"{state}: {violation}" for violation in grave(person))

    def walk() -> None:
        person.become("alice")
        person.go("general")
        person.resize(width, height)
        look("the beginning of a channel")
        Select(person.see(".language")).select_by_value(language)
        person.until(lambda: person.script("return document.documentElement.lang") == language[:2], "the language")
        if phone:
            person.press("#open-sidebar")
            person.see("[data-channel]")
            look("the side bar")
        person.go("lamp-room")
        person.see(".thinking")
        look("a conversation")
        person.point_at("why?")
        look("the toolbar")
        person.type(Keys.ENTER)
        person.see(".menu button")
        look("the menu of a message")
        person.type(Keys.ENTER)
        person.see(".replying")
        look("a reply")
        person.write("@")
        person.see(".option")
        look("names to choose from")
        person.write(Keys.BACKSPACE, "/")
        person.see(".option .usage")
        look("commands to choose from")
        person.write("ask ")
        person.see(".command")
        person.type("Explain tides", Keys.TAB)
        person.see(".listbox .option")
        look("a command")
        person.press(".drop")
        person.press('[data-custom-id="again"]')
        person.see("#modal")
        look("a form")
        person.type(Keys.ESCAPE)
        person.miss("#modal")
        person.press("#tips-button")
        person.see("#tips-panel")
        look("tips")
        person.type(Keys.ESCAPE)
        person.press("#menu-button")
        person.press("#mood-login")
        person.see(".remedy")
        person.press(".menu-more summary")
        look("moods")
        person.type(Keys.ESCAPE)
        ActionChains(person.browser).click(person.see(".mosaic .image")).perform()
        person.see("#viewer")
        look("a picture")
        person.type(Keys.ESCAPE)

    await asyncio.to_thread(walk)
    assert "\n".join(found) == ""
