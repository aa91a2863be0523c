"""The page in the language of its person's Discord."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from sandbox.discord import DiscordSandbox
from sandbox.mood_menu import MoodMenu
from sandbox.poe.sandbox import PoeSandbox
from sandbox.running_bot import Backend
from tests.support.page_person import Person

ASSETS = Path(__file__).parents[3] / "sandbox" / "discord" / "page" / "assets"
CALL = re.compile(r'\b(?:t|label)\(\s*"((?:[^"\\]|\\.)*)"')
CHOICE = re.compile(r'\bt\([^()"]*\? "([^"]*)" : "([^"]*)"')
ATTRIBUTE = re.compile(r'data-(?:words|label)="([^"]*)"')
ENTRY = re.compile(r"""^  (?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\w+)):\s+"((?:[^"\\]|\\.)*)\"""", re.MULTILINE)
VALUES = re.compile(r"\{\w+\}|AMOUNT")


class Quoth:
    """A bot for the menu to control, by name only."""

    def __init__(self, backend: Backend) -> None:
        self.backend: Backend = backend

    def go_on(self) -> None:
        """Do nothing."""

    async def restart(self) -> None:
        """Do nothing."""

    async def use(self, backend: Backend) -> None:
        """Change the backend."""
        self.backend = backend


def written(poe: PoeSandbox) -> Iterator[str]:
    """Yield every sentence of the page's code and of the demo's menu."""
    for path in ASSETS.glob("*.js"):
        code = path.read_text(encoding="utf-8")
        yield from CALL.findall(code)
        yield from (choice for found in CHOICE.findall(code) for choice in found)
    yield from ATTRIBUTE.findall((ASSETS / "index.html").read_text(encoding="utf-8"))
    menu = MoodMenu(poe)
    backends: tuple[Backend, ...] = ("browser", "api")
    for menu.quoth in map(Quoth, backends):
        yield from (menu.title, *menu.actions().values(), *menu.links())
    for option in menu.options():
        yield from filter(None, (option.group, option.sentence, option.title, option.remedy))


async def test_every_sentence_of_the_page_has_its_russian(poe: PoeSandbox) -> None:
    """What the page and the menu of the demo say is translated, with the same values to fill in."""
    dictionary = "".join((ASSETS / name).read_text("utf-8") for name in ("russian.js", "russian-moods.js"))
    russian = {"".join(english): text for *english, text in ENTRY.findall(dictionary.replace(":\n    ", ": "))}
    assert sorted(set(written(poe)) - russian.keys()) == []
    assert [en for en, ru in russian.items() if set(VALUES.findall(en)) != set(VALUES.findall(ru))] == []


async def test_the_page_speaks_the_language_that_is_chosen(person: Person, sandbox: DiscordSandbox) -> None:
    """Words, times and the document's language follow the switch, also after a reload, and come back."""
    said = await sandbox.say("bob", "general", "at <t:0:F>, <t:86400:R>")

    def walk() -> None:
        person.see(".when", "Today at")
        person.see(".content", "January 1, 1970")
        person.write("draft")
        Select(person.see(".language")).select_by_value("ru")
        person.see(".when", "Сегодня, ")
        person.see(".content", "1970 г.")
        person.see(".content", "лет назад")
        assert person.script("return document.documentElement.lang") == "ru"
        assert person.see("#message-box").get_attribute("aria-label") == "Написать в #general"
        assert person.value("#message-box") == "draft"
        assert "настоящие модели не отвечают" in person.browser.title.lower()
        person.reload()
        person.see(".when", "Сегодня, ")
        person.write(Keys.CONTROL + "a", Keys.BACKSPACE)
        assert person.texts(".tip-text")[0] == "/ask prompt: Объясни приливы model: GPT-3.5-Turbo"
        Select(person.see(".language")).select_by_value("en-US")
        person.see(".when", "Today at")
        assert person.script("return document.documentElement.lang") == "en"
        assert person.see("#toggle-members").get_attribute("aria-label") == "Member list"

    await asyncio.to_thread(walk)
    assert said.created_at
