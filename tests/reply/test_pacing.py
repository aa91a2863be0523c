"""When requests may go: edits keep their gap, a final one does not wait for it, and everybody gets a turn."""

import asyncio
import random
import time

import pytest

from bot.reply.pacing import Bucket, RateLimiter, RateLimiters, Urgency


def test_a_stream_keeps_the_gap() -> None:
    """However long a stream goes on, its requests are one gap apart."""
    bucket, now = Bucket(1.0), 100.0
    for _ in range(50):
        assert bucket.delay(now) == 0.0
        bucket.spend(now)
        assert bucket.delay(now) == pytest.approx(1.0)
        now += 1.0


def test_an_end_does_not_wait_and_the_bucket_is_never_emptied() -> None:
    """A final request goes at once; many in a row never use the bucket's last token."""
    bucket, now, tokens = Bucket(1.0), 0.0, 5.0
    bucket.spend(now)
    tokens -= 1
    for _ in range(20):
        delay = bucket.delay(now, Urgency.FINAL)
        now += delay
        tokens = min(5.0, tokens + delay) - 1
        assert tokens >= 1 - 1e-9
        bucket.spend(now, Urgency.FINAL)
    assert now == pytest.approx(17.0)  # three at once, then one a gap


def test_a_first_text_does_not_wait_for_the_gap() -> None:
    """The first text goes right after a status line, but leaves the reserve of ends alone."""
    bucket = Bucket(1.0)
    bucket.spend(0.0)
    assert bucket.delay(0.1, Urgency.FIRST) == 0.0
    bucket.spend(0.1, Urgency.FIRST)
    assert bucket.delay(0.1) == pytest.approx(1.0)  # what follows keeps the gap again
    bucket.spend(0.1, Urgency.FIRST)
    assert bucket.delay(0.1, Urgency.FIRST) > 0.0
    assert bucket.delay(0.1, Urgency.FINAL) == 0.0


def test_what_is_kept_for_an_end_is_saved_again() -> None:
    """After final requests used the reserve, a stream waits until it is back."""
    bucket = Bucket(1.0)
    for _ in range(4):
        bucket.spend(0.0, Urgency.FINAL)
    assert bucket.delay(0.0) == pytest.approx(2.0)
    assert bucket.delay(0.0, Urgency.FINAL) == pytest.approx(1.0)


def test_old_messages_cost_more() -> None:
    """A request that counts twice makes the next one wait twice as long."""
    bucket = Bucket(1.0)
    bucket.spend(0.0, cost=2.0)
    assert bucket.delay(0.0, cost=2.0) == pytest.approx(2.0)


async def test_turns_go_round() -> None:
    """Of four that want as much as they can get, nobody gets two turns before the others get one."""
    limiter, order = RateLimiter(0.01), list[int]()

    async def want(who: int) -> None:
        for _ in range(5):
            await limiter.turn(who)
            order.append(who)

    await limiter.turn("before")  # so that all of them wait when it begins
    started = time.monotonic()
    await asyncio.gather(*(want(who) for who in range(4)))
    assert time.monotonic() - started >= 0.19
    assert order == [0, 1, 2, 3] * 5


async def test_an_end_goes_first() -> None:
    """A final request overtakes those that wait, also one that became final while it waited."""
    limiter, order = RateLimiter(0.4), list[str]()

    async def want(who: str, urgency: Urgency = Urgency.GROWING) -> None:
        await limiter.turn(who, urgency)
        order.append(who)

    await limiter.turn("before")
    waiting = [asyncio.create_task(want(who)) for who in ("one", "two", "three")]
    await asyncio.sleep(0)
    limiter.hurry("two", Urgency.FINAL)
    await asyncio.gather(want("end", Urgency.FINAL), *waiting)
    assert order == ["two", "end", "one", "three"] or order == ["end", "two", "one", "three"]


async def test_a_first_text_goes_before_further_text() -> None:
    """Where replies share a limiter, a first text overtakes those that only grow, also while it waits."""
    limiter, order = RateLimiter(0.4), list[str]()

    async def want(who: str, urgency: Urgency = Urgency.GROWING) -> None:
        await limiter.turn(who, urgency)
        order.append(who)

    await limiter.turn("before")
    waiting = [asyncio.create_task(want(who)) for who in ("one", "two")]
    await asyncio.sleep(0)
    limiter.hurry("two", Urgency.FIRST)
    limiter.hurry("two", Urgency.GROWING)
    await asyncio.gather(want("first", Urgency.FIRST), *waiting)
    assert order == ["two", "first", "one"]


async def test_who_gives_up_waiting_costs_nothing() -> None:
    """A cancelled wait lets the next one go, and an unused limiter has no timer."""
    limiter = RateLimiter(0.4)
    await limiter.turn("before")
    cancelled = asyncio.create_task(limiter.turn("cancelled"))
    after = asyncio.create_task(limiter.turn("after"))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.wait_for(after, 10.0)
    assert limiter.bucket.delay(time.monotonic()) > 0.0


async def test_two_lanes_for_each_channel() -> None:
    """All replies of a channel share a limiter for edits and one for new messages; each interaction has its own."""
    limiters = RateLimiters()
    edits = limiters.channel(1, new=False)
    await edits.turn("somebody")
    others = {
        limiters.channel(1, new=True),
        limiters.channel(2, new=False),
        limiters.interaction(),
        limiters.interaction(),
    }
    assert len(others - {edits}) == 4
    assert limiters.channel(1, new=False) is edits


@pytest.mark.parametrize("way", [0.0, 0.02, 0.15])
@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize(("limit", "per"), [(5, 2.0), (5, 5.0), (5, 1.0), (10, 10.0)])
def test_headers_slow_a_stream_down(fixed: bool, limit: int, per: float, way: float) -> None:
    """Whatever a bucket allows, sliding or by windows, a stream that hears its headers never empties it.

    A request is on its way for up to ``way`` seconds, and its answer likewise: one may overtake the end of a window.
    """
    bucket, rng = Bucket(0.45), random.Random(limit * per)  # noqa: S311 - no secret
    now, there, tokens, ends = 0.0, 0.0, float(limit), 0.0
    for number in range(400):
        now += bucket.delay(now)
        bucket.spend(now)
        before, there = there, now + rng.uniform(0.0, way)
        if not fixed:
            tokens = min(float(limit), tokens + (there - before) * limit / per)
        elif there >= ends:
            tokens, ends = float(limit), there + per
        tokens -= 1
        assert tokens >= 0.999, (number, there)
        now = there + rng.uniform(0.0, way)
        bucket.observe(now, limit, int(tokens + 1e-6), ends - there if fixed else (limit - tokens) * per / limit)
    assert 400 / now >= 0.7 * min(limit / per, 1 / 0.45)


def test_followups_of_a_channel_are_counted() -> None:
    """Discord's undocumented limit of 25 followups a minute in a channel is kept."""
    now = 0.0
    limiters = RateLimiters(lambda: now)
    for _ in range(25):
        assert limiters.can_follow_up(1)
        limiters.note_followup(1)
    assert not limiters.can_follow_up(1)
    assert limiters.can_follow_up(2)
    now = 61.0
    assert limiters.can_follow_up(1)
