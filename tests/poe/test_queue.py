"""The queue's order, pace, limits and holds."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import Asker, Snapshot, State
from bot.errors import (
    AnswerFailed,
    BrowserFailed,
    ChallengeShown,
    KeyRefused,
    LimitReached,
    LoginRequired,
    PoeError,
    PoeUnreachable,
    QueueFull,
    RateLimited,
)
from bot.poe.queue import Queue, holds
from bot.poe.schedule import Rules, Schedule, Ticket
from bot.poe.web.page.obstacles import limit_reached
from bot.reply.status_line import status_lines

FAST = Rules(gap=0.0, hourly=0)


def serve(schedule: Schedule) -> list[Asker]:
    """Let all that wait go one after another, and return who went in which order."""
    served: list[Asker] = []
    while schedule.waiting:
        ticket = next(ticket for ticket in schedule.waiting if schedule.delay(ticket, 0.0) == 0.0)
        schedule.begin(ticket, 0.0, 0.0)
        served.append(ticket.asker)
        schedule.leave(ticket, 0.0)
    return served


def test_guilds_take_turns_and_in_them_their_users() -> None:
    """Servers take turns, and in a server its people, however many asks one of them has."""
    schedule = Schedule(FAST)
    first = schedule.join(Asker(1, 1))
    schedule.begin(first, 0.0, 0.0)
    for asker in (Asker(1, 1), Asker(1, 1), Asker(1, 2), Asker(2, 3), Asker(2, 3), Asker(3, 4)):
        schedule.join(asker)
    schedule.leave(first, 0.0)
    assert serve(schedule) == [Asker(2, 3), Asker(3, 4), Asker(1, 2), Asker(2, 3), Asker(1, 1), Asker(1, 1)]


@given(st.lists(st.builds(Asker, st.integers(1, 4), st.integers(1, 4)), max_size=12))
def test_the_shown_place_in_the_queue_is_right(askers: list[Asker]) -> None:
    """Exactly as many asks go first as were shown to be ahead; those of one person keep their order."""
    schedule = Schedule(FAST)
    tickets = [schedule.join(asker) for asker in askers]
    told = [schedule.ahead(ticket) for ticket in tickets]
    went: list[Ticket] = []
    while schedule.waiting:
        ticket = next(ticket for ticket in schedule.waiting if schedule.delay(ticket, 0.0) == 0.0)
        schedule.begin(ticket, 0.0, 0.0)
        schedule.leave(ticket, 0.0)
        went.append(ticket)
    assert [went.index(ticket) for ticket in tickets] == told


def naive_order(waiting: list[Ticket], last_turns: dict[Asker | int, int]) -> list[Ticket]:
    """Return the order that the rule gives, found by applying it again and again."""
    waiting, last_turns, order = list(waiting), dict(last_turns), list[Ticket]()
    while waiting:
        turn = max(last_turns.values(), default=0) + 1
        ticket = min(waiting, key=lambda t: (last_turns.get(t.asker.guild, 0), last_turns.get(t.asker, 0)))
        waiting.remove(ticket)
        order.append(ticket)
        last_turns |= {ticket.asker: turn, ticket.asker.guild: turn}
    return order


STEPS = st.lists(st.builds(Asker, st.integers(1, 4), st.integers(1, 4)) | st.sampled_from(["begin", "end", "give up"]))


@given(STEPS, st.randoms(use_true_random=False))
def test_the_order_is_the_rule_s_after_every_move(steps: list[Asker | str], random: Random) -> None:
    """The order that is computed once is the rule's, no matter who joins, goes or leaves."""
    schedule = Schedule(replace(FAST, concurrency=100))
    last_turns: dict[Asker | int, int] = {}
    running: list[Ticket] = []
    for step in steps:
        if isinstance(step, Asker):
            schedule.join(step)
        elif step == "begin" and schedule.waiting:
            first = next(iter(schedule.places))
            schedule.begin(first, 0.0, 0.0)
            running.append(first)
            turn = max(last_turns.values(), default=0) + 1
            last_turns |= {first.asker: turn, first.asker.guild: turn}
        elif step == "end" and running:
            schedule.leave(running.pop(random.randrange(len(running))), 0.0)
        elif step == "give up" and schedule.waiting:
            schedule.leave(random.choice(schedule.waiting), 0.0)
        if not schedule.waiting and not schedule.running:
            last_turns.clear()
        assert list(schedule.places.items()) == [
            (ticket, place) for place, ticket in enumerate(naive_order(schedule.waiting, last_turns))
        ]


def test_the_account_is_treated_gently() -> None:
    """Two sends are one gap apart, up to half as long again, and an hour has only so many."""
    schedule = Schedule(Rules(gap=3.0, hourly=2))
    delays: list[float | None] = []
    for now, jitter in ((100.0, 0.0), (110.0, 1.0)):
        ticket = schedule.join(Asker(1, 1))
        schedule.begin(ticket, now, jitter)
        schedule.leave(ticket, now)
        waiting = schedule.join(Asker(1, 1))
        delays.append(schedule.delay(waiting, now))
        schedule.leave(waiting, now)
    assert delays == [3.0, 3590.0]
    assert schedule.delay(schedule.join(Asker(1, 1)), 3700.0) == 0.0


def test_a_full_line_refuses() -> None:
    """When too many asks wait, a further one is refused with a sentence."""
    schedule = Schedule(replace(FAST, most=1))
    schedule.join(Asker(1, 1))
    with pytest.raises(QueueFull, match="already waiting"):
        schedule.join(Asker(2, 2))


def waiting(schedule: Schedule) -> Counter[Asker]:
    """Count the asks that wait, by who asks."""
    return Counter(ticket.asker for ticket in schedule.waiting)


def test_one_person_leaves_room_for_all_others() -> None:
    """Of 101 asks by one person, in whatever servers, ten wait; everybody else still gets in."""
    schedule = Schedule(FAST)
    for number in range(101):
        join(schedule, Asker(number % 3, 1))
    assert waiting(schedule).total() == 10
    with pytest.raises(QueueFull) as caught:
        schedule.join(Asker(1, 1))
    assert caught.value.user_message == "You already have 10 questions waiting. Ask again when one is answered."
    assert all(join(schedule, Asker(guild, 2 + guild)) for guild in range(50))


def test_one_server_leaves_room_for_all_others() -> None:
    """Of 100 asks by the members of one server 50 wait; a further member gets in for one who has more."""
    schedule = Schedule(FAST)
    for user in range(100):
        join(schedule, Asker(1, user % 25))
    assert set(waiting(schedule).values()) == {2}
    assert not join(schedule, Asker(1, 24))
    assert join(schedule, Asker(1, 99))
    assert waiting(schedule).total() == 50
    with pytest.raises(QueueFull) as caught:
        schedule.join(Asker(1, 99))
    assert caught.value.user_message.startswith("50 questions from this server are already waiting.")
    assert all(join(schedule, Asker(guild, 2 + guild)) for guild in range(2, 52))


def test_a_full_line_makes_room_for_who_has_least() -> None:
    """The newest ask of the busiest person in the busiest server gives way; between equals nobody does."""
    schedule = Schedule(replace(FAST, most=5))
    tickets = [schedule.join(Asker(*who)) for who in ((1, 1), (1, 2), (1, 2), (2, 3), (2, 3))]
    assert join(schedule, Asker(3, 4))
    assert [ticket.displaced for ticket in tickets] == [False, False, True, False, False]
    assert join(schedule, Asker(4, 5))
    assert [ticket.displaced for ticket in tickets] == [False, False, True, False, True]
    assert join(schedule, Asker(5, 6))  # one server had two, of two people
    assert [ticket.displaced for ticket in tickets] == [False, True, True, False, True]
    assert not join(schedule, Asker(6, 7))
    assert not join(schedule, Asker(2, 3))
    schedule.leave(tickets[0], 0.0)
    assert join(schedule, Asker(9, 5))  # this person has one more than anybody, in another server
    assert join(schedule, Asker(6, 7))
    assert waiting(schedule) == dict.fromkeys([Asker(2, 3), Asker(3, 4), Asker(4, 5), Asker(5, 6), Asker(6, 7)], 1)


@given(st.lists(st.builds(Asker, st.integers(1, 4), st.integers(1, 6)), max_size=60))
def test_a_full_line_is_fair(askers: list[Asker]) -> None:
    """A person who is refused has as many waiting as anybody could give up, and no cap is ever exceeded."""
    rules = replace(FAST, most=8, most_of_person=4, most_of_server=6)
    schedule = Schedule(rules)
    for asker in askers:
        before = waiting(schedule)
        joined = join(schedule, asker)
        people = Counter[int]()
        servers = Counter[int]()
        for each, number in waiting(schedule).items():
            people[each.user] += number
            servers[each.guild] += number
        assert sum(people.values()) <= rules.most
        assert max(people.values()) <= rules.most_of_person
        assert max(servers.values()) <= rules.most_of_server
        if not joined and people[asker.user] < rules.most_of_person:
            mine = people[asker.user] + 1  # if it had joined
            assert all(number <= mine for each, number in before.items() if each.guild == asker.guild)
            assert servers[asker.guild] == rules.most_of_server or max(servers.values()) <= servers[asker.guild] + 1


def join(schedule: Schedule, asker: Asker) -> bool:
    """Join the queue; returns whether that was possible."""
    try:
        schedule.join(asker)
    except QueueFull:
        return False
    return True


async def test_who_makes_room_is_told() -> None:
    """An ask that loses its place ends with a sentence, also while its turn comes; the one it made room for goes."""
    queue = Queue(replace(FAST, most=2))
    ends: asyncio.Queue[str] = asyncio.Queue()
    over = asyncio.Event()

    async def ask(asker: Asker) -> None:
        try:
            async with queue.turn(asker, ignored):
                await over.wait()
                ends.put_nowait("answered")
        except QueueFull as error:
            ends.put_nowait(error.user_message)

    async with asyncio.timeout(20.0), asyncio.TaskGroup() as group:
        for asker in (Asker(1, 1), Asker(1, 1), Asker(1, 1), Asker(2, 2)):
            group.create_task(ask(asker))
        assert "so this one lost its place" in await ends.get()
        over.set()
    assert [ends.get_nowait() for _ in range(3)] == ["answered"] * 3


def test_what_concerns_everybody_holds_the_line() -> None:
    """A challenge holds the queue, then lets one ask try; each time it is still there the hold doubles."""
    schedule = Schedule(replace(FAST, concurrency=3))
    holds: list[float] = []
    now = 0.0
    for _ in range(7):
        tickets = [schedule.join(Asker(1, user)) for user in range(2)]
        schedule.begin(tickets[0], now, 0.0)
        assert schedule.delay(tickets[1], now) == (None if schedule.held else 0.0)
        holds.append(schedule.hold(ChallengeShown(), now))
        schedule.leave(tickets[0], now)
        assert schedule.delay(tickets[1], now) == holds[-1] == schedule.estimate(tickets[1], now)
        schedule.leave(tickets[1], now)
        now += holds[-1]
    assert holds == [10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0]
    assert schedule.release()
    assert schedule.delay(schedule.join(Asker(1, 1)), now) == 0.0


def test_what_several_meet_at_once_counts_once() -> None:
    """Eight asks that lose one browser hold the queue for one second, not for eight times as long."""
    schedule = Schedule(FAST)
    assert [schedule.hold(BrowserFailed(), 5.0) for _ in range(8)] == [1.0] + [0.0] * 7
    assert schedule.hold(AnswerFailed(), 5.0) == 0.0  # Poe answered: it is well
    assert schedule.held is None


def test_a_limit_holds_for_as_long_as_poe_says() -> None:
    """When Poe says when a limit ends, the queue is held until then; asks that would wait too long fail."""
    schedule = Schedule(FAST)
    assert schedule.hold(limit_reached("You are out of points. They reset in 2 hours."), 0.0) == 7200.0
    late = schedule.join(Asker(1, 1), 7000.0)
    assert not schedule.hopeless(late, 7000.0)
    assert schedule.hopeless(schedule.join(Asker(1, 1), 6000.0), 6000.0)
    assert schedule.held is not None
    assert schedule.held.user_message.endswith("Poe says: “They reset in 2 hours”.")


async def test_a_held_line_goes_on() -> None:
    """The reason of a hold is shown to those that wait; when it is over they go by themselves."""
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


async def test_a_hold_whose_cause_is_over_is_ended() -> None:
    """An ask in a held queue goes at once when its cause is known to be over, and followers hear of the end."""
    queue, waits = Queue(FAST), asyncio.Event()
    challenge = ChallengeShown()
    challenge.lasts = 250.0
    async with asyncio.timeout(20.0), aclosing(holds([queue])) as held:
        with pytest.raises(ChallengeShown):
            await _turn(queue, challenge)
        assert await anext(held) is challenge
        waiting = asyncio.create_task(_turn(queue, waits=lambda _ahead, _wait, _held: waits.set()))
        await waits.wait()
        queue.go_on()
        assert await anext(held) is None
        await waiting


async def test_a_held_queue_is_tried_at_once_on_demand() -> None:
    """On demand the first of those that wait goes at once and alone; the others follow once Poe answered it."""
    queue = Queue(replace(FAST, concurrency=2))
    limit = LimitReached()
    limit.lasts = 250.0
    assert not queue.try_now()
    with pytest.raises(LimitReached):
        await _turn(queue, limit)
    told: list[str] = []
    running, answered = asyncio.Event(), asyncio.Event()
    went: list[int] = []

    async def ask(number: int) -> None:
        async with queue.turn(Asker(1, number), lambda _ahead, _wait, held: told.append(held)):
            went.append(number)
            running.set()
            await answered.wait()

    asks = [asyncio.create_task(ask(number)) for number in (1, 2)]
    async with asyncio.timeout(20.0):
        for _ in iter(lambda: len(told) < 2, False):
            await asyncio.sleep(0)
        assert queue.try_now()
        await running.wait()
        assert went == [1]
        answered.set()
        await asyncio.gather(*asks)
    assert went == [1, 2]
    assert set(told) == {"Quoth's Poe account is out of points."}


@pytest.mark.parametrize(
    "kind", [BrowserFailed, ChallengeShown, KeyRefused, LimitReached, LoginRequired, PoeUnreachable, RateLimited]
)
def test_who_waits_gets_no_advice_to_try_again(kind: type[PoeError]) -> None:
    """The sentence of a question that is held says why, and not that somebody should try again later."""
    assert "again" not in kind().reason
    assert "again" not in limit_reached("You are out of points. They reset in 2 hours.").reason
    held = Snapshot(state=State.QUEUED, ahead=1, wait=3600.0, held=kind().reason)
    assert status_lines(held, "gpt-4", "", 0.0).count("Retrying in") == 1


async def test_what_holds_the_line_can_be_followed() -> None:
    """Followers hear the present state at once, then each hold and its end; figures tell the rest."""
    queue = Queue(replace(FAST, hourly=60))
    challenge, failed = ChallengeShown(), AnswerFailed()
    challenge.lasts = 0.01
    async with asyncio.timeout(20.0), aclosing(holds([queue])) as held:
        assert await anext(held) is None
        for error in (failed, challenge):
            with pytest.raises(type(error)):
                await _turn(queue, error)
        assert await anext(held) is challenge
        async with queue.turn(Asker(1, 1), ignored):
            waits = asyncio.Event()
            waiting = asyncio.create_task(_turn(queue, waits=lambda _ahead, _wait, _held: waits.set()))
            await waits.wait()
            figures = queue.figures(browser=True)
            assert (figures.waiting, figures.running, figures.browser) == (1, 1, True)
        assert await anext(held) is None
        await waiting
    figures = queue.figures(browser=False)
    assert (figures.waiting, figures.running, figures.sent, figures.hourly, figures.browser) == (0, 0, 4, 60, False)
    assert [error for _, error in figures.errors] == [failed, challenge]


def ignored(ahead: int, wait: float, held: str) -> None:
    """Ignore the place in the queue."""


async def _turn(
    queue: Queue, error: PoeError | None = None, waits: Callable[[int, float, str], None] = ignored
) -> None:
    async with queue.turn(Asker(2, 2), waits):
        if error:
            raise error


async def test_turns_are_held_one_at_a_time_and_given_up_when_cancelled() -> None:
    """A turn lasts as long as its block; a cancelled wait is skipped, and the next ask hears of it."""
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
