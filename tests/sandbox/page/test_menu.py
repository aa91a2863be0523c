"""The demo page's menu in a real browser: what a person chooses changes the simulated Poe."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from sandbox.discord import DiscordSandbox
from sandbox.mood_menu import MoodMenu
from sandbox.poe import PoeSandbox
from sandbox.poe.moods.catalogue import BY_NAME
from tests.support.page_person import Person

NOTE_BUTTON = """
window.noted = [];
const button = document.getElementById("menu-button");
const note = () => noted.push(button.querySelector("b").innerText);
new MutationObserver(note).observe(button, { childList: true, subtree: true });
"""


@pytest.fixture
async def poe() -> AsyncIterator[PoeSandbox]:
    """The Poe behind the menu."""
    async with PoeSandbox(hydration=0.0) as sandbox:
        yield sandbox


@pytest.fixture
async def discord(poe: PoeSandbox) -> AsyncIterator[DiscordSandbox]:
    """A Discord whose page has the menu."""
    async with DiscordSandbox(menu=MoodMenu(poe)) as sandbox:
        yield sandbox


@pytest.fixture
async def person(discord: DiscordSandbox, browser: webdriver.Chrome) -> AsyncIterator[Person]:
    """A person at the page; in the end the browser must not have logged warnings."""
    someone = Person(browser, lambda _: None)
    await asyncio.to_thread(someone.open, discord.page_url)
    yield someone
    complaints = someone.complaints()
    await asyncio.to_thread(someone.leave)
    assert complaints == []


async def test_a_person_chooses_moods(person: Person, poe: PoeSandbox) -> None:
    """Checking an option, with another number, changes the running Poe; the button counts; "All well" resets it."""

    def choose() -> None:
        person.press("#menu-button", "all well")
        person.press("#mood-stall")
        person.see("#menu-button.on", "1 on")
        number = person.see('[data-mood="stall"] [type=number]')
        number.clear()
        number.send_keys("50", Keys.TAB)
        person.see(".menu-now", "Answers stop after 50 characters and never go on.")
        person.press(".menu-more summary")
        person.press('[data-mood="skin-2023"] label')
        person.see("#menu-button.on", "2 on")

    await asyncio.to_thread(choose)
    assert poe.switches.current() == {"stall": 50.0, "skin-2023": 0.0}
    async with aiohttp.ClientSession(poe.url) as http:
        assert "ChatMessageSendButton_sendButton" in await (await http.get("/GPT-4")).text()
    await asyncio.to_thread(person.press, "#mood-skin-2026")
    await poe.wait(lambda: poe.switches.current() == {"stall": 50.0})
    await asyncio.to_thread(person.press, "#menu-reset")
    await asyncio.to_thread(person.see, "#menu-button", "all well")
    assert poe.switches.current() == {}


async def test_the_menu_shows_what_others_switch(person: Person, poe: PoeSandbox) -> None:
    """Every page shows at once what any page or test switches."""
    await asyncio.to_thread(person.press, "#menu-button")
    poe.switch("slow=7")
    await asyncio.to_thread(person.see, ".menu-now", "Answers begin 7 s late.")
    assert await asyncio.to_thread(lambda: person.see("#mood-slow").is_selected())
    poe.switch("slow", on=False)
    await asyncio.to_thread(person.see, "#menu-button", "all well")


async def test_the_keyboard_is_enough(person: Person, poe: PoeSandbox) -> None:
    """Enter opens the menu, typing filters it, Tab and Space choose, Escape closes it and restores the focus."""

    def walk() -> None:
        person.see("#menu-button").send_keys(Keys.ENTER)
        person.until(lambda: person.script("return document.activeElement.type") == "search", "the search field")
        person.type("long-poll", Keys.TAB, Keys.SPACE)
        person.see("#menu-button.on", "1 on")
        assert [each.text for each in person.all(".mood") if each.is_displayed()] == [BY_NAME["long-poll"].sentence]
        person.type(Keys.ESCAPE)
        person.miss("#menu-panel")
        assert person.script("return document.activeElement.id") == "menu-button"

    await asyncio.to_thread(walk)
    assert poe.switches.current() == {"long-poll": 0.0}


async def test_things_that_happen_at_once(person: Person, poe: PoeSandbox) -> None:
    """The buttons below do something once, and confirm it."""

    def use_up() -> None:
        person.press("#menu-button")
        person.press('[data-action="away"]')
        person.see(".menu-done", "Done: Take Poe offline for 5 s")

    await asyncio.to_thread(use_up)
    async with aiohttp.ClientSession(poe.url) as http:
        with pytest.raises(aiohttp.ClientConnectionError):
            await http.get("/GPT-4")
        await asyncio.to_thread(person.press, "#menu-reset")
        await poe.wait(lambda: not poe.down)
        assert (await http.get("/GPT-4")).status == 200


async def test_the_menu_begins_with_what_people_know(person: Person) -> None:
    """First five moods in plain words, each a sentence, for everyone; the rest is folded away, in groups."""

    def walk() -> None:
        person.press("#menu-button")
        person.see(".menu-now", "A mood is for everyone")
        shown = [each.text.partition(".")[0] for each in person.all(".mood") if each.is_displayed()]
        assert shown == ["Slow", "Stalls", "Connection drops", "Login lost", "Points used up"]
        person.press(".menu-more summary", "More moods")
        assert all(each.is_displayed() for each in person.all(".mood"))
        assert len(person.all(".menu-more legend")) > 3

    await asyncio.to_thread(walk)


async def test_a_lost_login_is_ended_by_a_button(person: Person, poe: PoeSandbox) -> None:
    """A button appears while Poe wants a login, whatever the reason, and lets everyone in, as `quoth login` would."""

    async def status(path: str) -> int:
        async with http.get(path, allow_redirects=False) as response:
            return response.status

    cookies = aiohttp.CookieJar(unsafe=True)  # those of an IP address
    async with aiohttp.ClientSession(poe.url, cookie_jar=cookies) as http:
        await status("/GPT-4")
        await asyncio.to_thread(person.press, "#menu-button")
        await asyncio.to_thread(person.miss, ".remedy")
        for lose in (lambda: person.press("#mood-login"), lambda: poe.switch("login-wall")):
            await asyncio.to_thread(lose)
            await poe.wait(lambda: poe.login_wanted or "login-wall" in poe.switches.current())
            assert await status("/GPT-4") == 307
            await asyncio.to_thread(person.press, ".remedy", "Log in again")
            await poe.wait(lambda: not poe.login_wanted)
            assert await status("/GPT-4") == 200
            await asyncio.to_thread(person.miss, ".remedy")


async def test_points_come_back(person: Person, poe: PoeSandbox) -> None:
    """The mood ends by itself, and the menu shows it; a button gives the points back at once."""

    def use_up(seconds: str) -> None:
        number = person.see('[data-mood="points"] [type=number]')
        number.clear()
        number.send_keys(seconds, Keys.TAB)
        person.press("#mood-points")

    await asyncio.to_thread(person.press, "#menu-button")
    await asyncio.to_thread(use_up, "900")
    await poe.wait(lambda: poe.points_used_up)
    await asyncio.to_thread(person.press, ".remedy", "Give points back")
    await poe.wait(lambda: not poe.points_used_up)
    await asyncio.to_thread(person.script, NOTE_BUTTON)  # so short a time could pass before anybody looks
    await asyncio.to_thread(use_up, "0.2")
    told = "return noted.includes('1 on') && noted.at(-1) === 'all well'"
    await asyncio.to_thread(person.until, lambda: person.script(told), "the mood on, and then off by itself")


async def test_every_mood_is_in_the_menu_and_is_labelled(person: Person) -> None:
    """Each option is labelled with its sentence, numbers too; on a small screen nothing overflows."""

    def walk() -> None:
        person.press("#menu-button")
        person.press(".menu-more summary")
        named = "return [...document.querySelectorAll('.mood > input')].map(e => [e.id.slice(5), e.ariaLabel])"
        names = dict(person.script(named))
        assert names.keys() == BY_NAME.keys() | {"login", "points"}
        assert all(name.endswith(".") and "AMOUNT" not in name for name in names.values())
        assert person.script("return [...document.querySelectorAll('.mood [type=number]')].every(e => e.ariaLabel)")
        person.resize(400, 700)
        box = person.script(
            "const b = document.querySelector('#menu-panel').getBoundingClientRect();"
            "return [b.left >= 0, b.right <= 400, b.top >= 0, b.bottom <= 700,"
            " document.documentElement.scrollWidth <= 400]"
        )
        assert box == [True] * 5

    try:
        await asyncio.to_thread(walk)
    finally:
        await asyncio.to_thread(person.resize_back)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"op": "choose", "key": "unheard-of", "on": True}, "Poe has no mood 'unheard-of'"),
        ({"op": "choose", "key": "stall", "on": True, "amount": -1}, "The amount must be a number, 0 or more"),
        ({"op": "choose", "on": True}, "operation 'choose': missing or wrong field 'key'"),
        ({"op": "act", "key": "dance"}, "Poe has no action 'dance'"),
    ],
)
async def test_nonsense_is_refused(
    fields: dict[str, object], error: str, discord: DiscordSandbox, poe: PoeSandbox
) -> None:
    """The WebSocket replies with a sentence, and nothing is switched."""
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{discord.page_url}page/socket") as socket:
        assert [(await socket.receive_json(timeout=5))["t"] for _ in range(2)] == ["WORLD", "MENU"]
        await socket.send_json({"n": 1, **fields})
        reply = (await socket.receive_json(timeout=5))["d"]
        assert (reply["ok"], reply["error"]) == (False, error)
    assert poe.switches.current() == {}
