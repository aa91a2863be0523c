"""Whose turn it is: fair, gentle with the account, bounded, and nobody is forgotten."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import Asker
from bot.errors import AnswerFailed, BrowserFailed, ChallengeShown, PoeError, QueueFull
from bot.poe.queue import Queue
from bot.poe.schedule import Line, Place, Rules
from bot.poe.web.page.obstacles import limit_reached

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


def test_what_concerns_everybody_holds_the_line() -> None:
    """After a challenge nobody goes for a while, then one alone; each time it is still there the while doubles."""
    line = Line(replace(FAST, concurrency=3))
    holds: list[float] = []
    now = 0.0
    for _ in range(7):
        places = [line.join(Asker(1, user)) for user in range(2)]
        line.begin(places[0], now, 0.0)
        assert line.delay(places[1], now) == (None if line.held else 0.0)
        holds.append(line.hold(ChallengeShown(), now))
        line.leave(places[0], now)
        assert line.delay(places[1], now) == holds[-1] == line.estimate(places[1], now)
        line.leave(places[1], now)
        now += holds[-1]
    assert holds == [10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0]
    assert line.release()
    assert line.delay(line.join(Asker(1, 1)), now) == 0.0


def test_what_several_meet_at_once_counts_once() -> None:
    """Eight asks that lose one browser hold the line for one second, not for eight times as long."""
    line = Line(FAST)
    assert [line.hold(BrowserFailed(), 5.0) for _ in range(8)] == [1.0] + [0.0] * 7
    assert line.hold(AnswerFailed(), 5.0) == 0.0  # Poe answered: it is well
    assert line.held is None


def test_a_limit_holds_for_as_long_as_poe_says() -> None:
    """Where Poe says when a limit ends, the line is held until then; who would wait too long is told why at once."""
    line = Line(FAST)
    assert line.hold(limit_reached("You are out of points. They reset in 2 hours."), 0.0) == 7200.0
    late = line.join(Asker(1, 1), 7000.0)
    assert not line.hopeless(late, 7000.0)
    assert line.hopeless(line.join(Asker(1, 1), 6000.0), 6000.0)
    assert line.held is not None
    assert line.held.user_message.endswith("Poe says: “They reset in 2 hours”.")


async def test_a_held_line_goes_on() -> None:
    """What one ask meets is told to those that wait; when the while is over they go by themselves."""
    queue = Queue(replace(FAST, concurrency=2))
    challenge = ChallengeShown()
    challenge.lasts = 0.1
    with pytest.raises(ChallengeShown):
        async with queue.turn(Asker(1, 1), ignored):
            raise challenge
    heard: asyncio.Queue[str] = asyncio.Queue()
    went: list[int] = []

    async def ask(number: int) -> None:
        async with queue.turn(Asker(1, number), lambda _ahead, _wait, held: heard.put_nowait(held)):
            went.append(number)

    async with asyncio.timeout(20.0):
        await asyncio.gather(ask(1), ask(2))
    assert heard.get_nowait() == heard.get_nowait() == ChallengeShown().user_message
    assert sorted(went) == [1, 2]


async def test_what_holds_the_line_can_be_followed() -> None:
    """Whoever watches hears at once how it is, then of each trouble and of its end; figures tell the rest."""
    queue = Queue(replace(FAST, hourly=60))
    challenge, failed = ChallengeShown(), AnswerFailed()
    challenge.lasts = 0.01
    async with asyncio.timeout(20.0), aclosing(queue.troubles()) as troubles:
        assert await anext(troubles) is None
        for error in (failed, challenge):
            with pytest.raises(type(error)):
                await _turn(queue, error)
        assert await anext(troubles) is challenge
        async with queue.turn(Asker(1, 1), ignored):
            waits = asyncio.Event()
            waiting = asyncio.create_task(_turn(queue, waits=lambda _ahead, _wait, _held: waits.set()))
            await waits.wait()
            figures = queue.figures(browser=True)
            assert (figures.waiting, figures.running, figures.browser) == (1, 1, True)
        assert await anext(troubles) is None
        await waiting
    figures = queue.figures(browser=False)
    assert (figures.waiting, figures.running, figures.sent, figures.hourly, figures.browser) == (0, 0, 4, 60, False)
    assert [error for _, error in figures.errors] == [failed, challenge]


def ignored(ahead: int, wait: float, held: str) -> None:
    """Hear nothing of one's place in the line."""


async def _turn(
    queue: Queue, error: PoeError | None = None, waits: Callable[[int, float, str], None] = ignored
) -> None:
    async with queue.turn(Asker(2, 2), waits):
        if error:
            raise error


async def test_turns_are_held_one_at_a_time_and_given_up_when_cancelled() -> None:
    """A turn lasts as long as its block; who is cancelled while waiting is skipped, and the next hears of it."""
    queue = Queue(FAST)
    went: list[int] = []
    heard: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
    over = asyncio.Event()

    async def ask(number: int) -> None:
        async with queue.turn(Asker(number, number), lambda ahead, _wait, _held: heard.put_nowait((number, ahead))):
            went.append(number)
            await over.wait()

    asks = [asyncio.create_task(ask(number)) for number in (1, 2, 3)]
    async with asyncio.timeout(20.0):
        assert [await heard.get(), await heard.get()] == [(2, 1), (3, 2)]
        asks[1].cancel()
        assert await heard.get() == (3, 1)
        over.set()
        await asyncio.wait(asks)
    assert went == [1, 3]
    assert asks[1].cancelled()
