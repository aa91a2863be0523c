"""The demo as `make demo` composes it: the bot, both stand-ins, and the menu that controls them."""

import asyncio
import itertools
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from sandbox.demo import Demo, running_demo
from tests.support.replies import LIMIT, buttons, ended, final, posts

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["browser", "api"])
async def demo(request: pytest.FixtureRequest) -> AsyncGenerator[Demo]:
    """The running demo, by each backend, with quick answers."""
    async with running_demo(0, request.param) as running:
        running.poe.tempo.speed = 10_000.0
        yield running


PLACES = itertools.cycle(
    ["general", "lamp-room", "logbook", "starter-talk", "oven"]
)  # each has a rate limit of its own


async def ask(demo: Demo, model: str = "claude-opus-4.8", place: str = "") -> str:
    """Ask, and return the final state."""
    asked = await demo.discord.command("alice", place or next(PLACES), "ask", prompt="hi", model=model)
    return await ended(demo.discord, asked)


def asked(demo: Demo) -> int:
    """Return how many prompts Poe received."""
    return len(demo.poe.ledger) + len(demo.poe.api_calls)


@pytest.mark.parametrize(
    ("mood", "amount"),
    [
        ("login", None),
        ("points", 3600.0),
        ("login-wall", None),
        ("unavailable", None),
        ("reached-limit", None),
        ("tooltip-limit", None),
        ("price-dialog", None),
        ("not-found", None),
        ("outage", 60.0),
        ("stall", 100.0),
        ("rate-guard", 1000.0),
        ("slow", 2.0),
    ],
)
async def test_all_well_means_that_the_next_question_is_answered(demo: Demo, mood: str, amount: float | None) -> None:
    """Whatever was switched on and met, the next question after "All well" is answered, without any wait."""
    assert await ask(demo) == "done"
    before = asked(demo)
    demo.menu.choose(mood, True, amount)
    async with asyncio.timeout(LIMIT):
        met = asyncio.create_task(ask(demo))
        if mood == "outage":
            down = asyncio.create_task(demo.poe.wait(lambda: demo.poe.down, LIMIT))  # the page; the API's ask ends
            await asyncio.wait({met, down}, return_when=asyncio.FIRST_COMPLETED)
            down.cancel()
        elif mood in ("stall", "rate-guard"):  # nothing but "All well" ends what is asked now
            await demo.poe.wait(lambda: asked(demo) > before, LIMIT)
        else:
            await met
        demo.menu.reset()
        assert await ask(demo) == "done"
        await met


@pytest.mark.parametrize("demo", ["browser"], indirect=True, scope="module")
@pytest.mark.parametrize("mood", ["price-dialog", "tooltip-limit"])
async def test_a_page_that_is_open_has_the_mood_of_its_next_question(demo: Demo, mood: str) -> None:
    """A page that was ready before a mood was switched on, or off, behaves as one that is loaded afterwards."""
    for on, end in ((False, "done"), (True, "failed"), (False, "done")):
        demo.menu.choose(mood, on, None)
        visits = len(demo.poe.visits)
        assert await ask(demo) == end
        if end == "done":  # the next page gets ready; after a failure the page that is open may be good enough
            await demo.poe.wait(lambda seen=visits: len(demo.poe.visits) > seen, LIMIT)


async def test_a_login_that_a_model_asks_for_is_given_by_the_button(demo: Demo) -> None:
    """The model behind the login wall fails until somebody presses "Log in again"; then it answers as others do."""
    assert await ask(demo, "Sandbox-Login-Wall") == "failed"
    demo.menu.choose("login", False, None)
    async with asyncio.timeout(LIMIT):
        assert await ask(demo) == "done"
        assert await ask(demo, "Sandbox-Login-Wall") == "done"
    demo.menu.reset()


async def test_buttons_work_after_a_restart(demo: Demo) -> None:
    """The menu restarts the bot, and a button of an answer from before still answers."""
    assert await ask(demo, place="oven") == "done"
    old = posts(demo.discord, "oven")[-1]
    await demo.menu.act("restart")
    await demo.discord.press("alice", old, buttons(old)["Retry"])
    await demo.discord.wait(lambda: [m for m in posts(demo.discord, "oven", old) if final(m) == "done"], LIMIT)


async def test_one_switch_changes_the_backend(demo: Demo) -> None:
    """The menu restarts the bot with the other backend, which gives the same answer."""
    label = demo.menu.actions()["backend"]
    await demo.menu.act("backend")
    assert demo.menu.actions()["backend"] != label
    before = len(demo.poe.ledger), len(demo.poe.api_calls)
    assert await ask(demo) == "done"
    asked = len(demo.poe.ledger) - before[0], len(demo.poe.api_calls) - before[1]
    assert asked == ((0, 1) if label.endswith("page") else (1, 0))


async def test_diagnose_has_something_to_find(demo: Demo) -> None:
    """In one channel Quoth lacks permissions, and `/diagnose` names it."""
    found = await demo.discord.command("admin", "lamp-room", "diagnose")
    assert f"<#{demo.discord.world.channels['keepers-only'].id}>" in found.response.content
