"""Whose turn it is: fair, gentle with the account, bounded, and nobody is forgotten."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import Asker
from bot.errors import QueueFull
from bot.poe.queue import Line, Place, Queue, Rules

FAST = Rules(gap=0.0, hourly=0)


def serve(line: Line) -> list[Asker]:
    """Let all that wait go one after another; who went, in order."""
    served: list[Asker] = []
    while line.waiting:
        place = next(place for place in line.waiting if line.delay(place, 0.0) == 0.0)
        line.begin(place, 0.0, 0.0)
        served.append(place.asker)
        line.leave(place, 0.0)
    return served


def test_guilds_take_turns_and_in_them_their_users() -> None:
    """One guild's or one user's many asks don't keep others waiting: guilds alternate, then users within a guild."""
    line = Line(FAST)
    first = line.join(Asker(1, 1))
    line.begin(first, 0.0, 0.0)
    for asker in (Asker(1, 1), Asker(1, 1), Asker(1, 2), Asker(2, 3), Asker(2, 3), Asker(3, 4)):
        line.join(asker)
    line.leave(first, 0.0)
    assert serve(line) == [Asker(2, 3), Asker(3, 4), Asker(1, 2), Asker(2, 3), Asker(1, 1), Asker(1, 1)]


@given(st.lists(st.builds(Asker, st.integers(1, 4), st.integers(1, 4)), max_size=12))
def test_what_is_said_of_the_order_comes_true(askers: list[Asker]) -> None:
    """Each is told how many are ahead of it, and exactly so many go before it; those of one person in their order."""
    line = Line(FAST)
    places = [line.join(asker) for asker in askers]
    told = [line.ahead(place) for place in places]
    went: list[Place] = []
    while line.waiting:
        place = next(place for place in line.waiting if line.delay(place, 0.0) == 0.0)
        line.begin(place, 0.0, 0.0)
        line.leave(place, 0.0)
        went.append(place)
    assert [went.index(place) for place in places] == told


def test_the_account_is_treated_gently() -> None:
    """Between two sends lies the gap, up to half as long again, and within an hour only so many are sent."""
    line = Line(Rules(gap=3.0, hourly=2))
    delays: list[float | None] = []
    for now, jitter in ((100.0, 0.0), (110.0, 1.0)):
        place = line.join(Asker(1, 1))
        line.begin(place, now, jitter)
        line.leave(place, now)
        waiting = line.join(Asker(1, 1))
        delays.append(line.delay(waiting, now))
        line.leave(waiting, now)
    assert delays == [3.0, 3590.0]
    assert line.delay(line.join(Asker(1, 1)), 3700.0) == 0.0


def test_a_full_line_refuses() -> None:
    """Where too many wait, a further ask is refused with a plain sentence."""
    line = Line(replace(FAST, most=1))
    line.join(Asker(1, 1))
    with pytest.raises(QueueFull, match="waiting already"):
        line.join(Asker(2, 2))


async def test_turns_are_held_one_at_a_time_and_given_up_when_cancelled() -> None:
    """A turn lasts as long as its block; who is cancelled while waiting is skipped, and the next hears of it."""
    queue = Queue(FAST)
    went: list[int] = []
    heard: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
    over = asyncio.Event()

    async def ask(number: int) -> None:
        async with queue.turn(Asker(number, number), lambda ahead, _: heard.put_nowait((number, ahead))):
            went.append(number)
            await over.wait()

    asks = [asyncio.create_task(ask(number)) for number in (1, 2, 3)]
    async with asyncio.timeout(5.0):
        assert [await heard.get(), await heard.get()] == [(2, 1), (3, 2)]
        asks[1].cancel()
        assert await heard.get() == (3, 1)
        over.set()
        await asyncio.wait(asks)
    assert went == [1, 3]
    assert asks[1].cancelled()
