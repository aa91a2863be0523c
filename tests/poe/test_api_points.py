"""The account's points: what an ask cost, a day's ceiling, the warning, and whatever Poe says of them."""

import asyncio
import time
from collections.abc import AsyncGenerator

import pytest

from bot.conversation import Messages, State
from bot.errors import AnswerFailed, KeyRefused, LimitReached, PoeUnreachable, QuothError
from bot.poe.api.account import Account, Expense
from bot.poe.api.backend import ApiBackend
from bot.poe.api.points import Points
from bot.poe.backend import Paid
from sandbox.poe.api.balance import Charge
from sandbox.poe.sandbox import PoeSandbox
from tests.support.byte_server import ByteServer, Step, byte_server, reply
from tests.support.quoth_in_sandbox import until

QUESTION: Messages = [{"role": "user", "content": "Well?"}]


@pytest.fixture
async def server() -> AsyncGenerator[ByteServer]:
    """A server that says what a test tells it; a test that hangs ends."""
    async with asyncio.timeout(30.0), byte_server() as made:
        yield made


def points_of(poe: PoeSandbox, ceiling: int = 0, warning: int = 0) -> Points:
    """The points of the stand-in's account."""
    return Points(Account(poe.api_url, poe.api_key), ceiling, warning)


async def ask(backend: ApiBackend, handle: str, costs: list[int]) -> None:
    """Ask once, and let the cost be noted."""

    async def paid(points: int) -> None:
        costs.append(points)

    async with backend.stream(handle, QUESTION, lambda: 0.0, paid) as snapshots:
        assert [snapshot async for snapshot in snapshots][-1].state is State.DONE


async def test_each_ask_is_told_its_own_cost(poe: PoeSandbox) -> None:
    """Asks of different models at once each learn their own cost; what others spend on the page belongs to nobody."""
    points = points_of(poe)
    backend = ApiBackend(poe.api_url, poe.api_key, points=points)
    costs: dict[str, list[int]] = {handle: [] for handle in ("GPT-4o", "GPT-4o-mini", "GPT-4")}
    poe.balance.history.append(Charge("GPT-4", "Chat", 9999))
    await asyncio.gather(*(ask(backend, handle, found) for handle, found in costs.items()))
    await until(lambda: all(costs.values()))
    charged = {row.bot_name: [row.points] for row in poe.balance.history if row.usage_type == "API"}
    assert costs == charged
    await points.refresh()  # the last cost may have come in between the balance and the history
    assert points.balance == poe.balance.points
    assert points.spent_today == sum(cost for (cost,) in costs.values())
    await backend.close()


async def test_a_cost_that_comes_late_is_found(poe: PoeSandbox) -> None:
    """Where Poe's history does not have the cost yet, it is looked for again."""
    points, costs, late = points_of(poe), list[int](), Charge("gpt-4o", "API", 77)

    async def paid(cost: int) -> None:
        costs.append(cost)

    points.asked("GPT-4o", time.time() - 1, paid)
    await until(lambda: points.balance is not None)
    assert costs == []
    poe.balance.history.append(late)
    await until(lambda: costs == [77])
    await points.close()


async def test_a_cost_is_told_once(poe: PoeSandbox) -> None:
    """What one ask cost is not counted for the next one of the same model, nor is what an earlier Quoth spent."""
    poe.balance.history.append(Charge("GPT-4o", "API", 1234))
    await asyncio.sleep(0.01)  # Quoth starts later
    points = points_of(poe)
    backend, costs = ApiBackend(poe.api_url, poe.api_key, points=points), list[int]()
    for asked in (1, 2):
        await ask(backend, "GPT-4o", costs)
        await until(lambda asked=asked: len(costs) == asked)
    assert costs == [row.points for row in poe.balance.history if row.usage_type == "API"][1:]
    assert points.spent_today == 1234 + sum(costs)
    await backend.close()


async def test_a_cost_belongs_to_the_ask_of_its_time(poe: PoeSandbox) -> None:
    """An ask of the same model that cost nothing, because it was cut, takes nobody else's cost."""
    points, costs, now = points_of(poe), dict[str, int](), time.time()

    def paid(name: str) -> Paid:
        async def note(cost: int) -> None:
            costs[name] = cost

        return note

    points.asked("GPT-4o", now, paid("cut"))
    points.asked("GPT-4o", now + 20, paid("whole"))
    poe.balance.history.append(Charge("GPT-4o", "API", 9, created=round((now + 20.5) * 1e6)))
    await until(lambda: bool(costs))
    assert costs == {"whole": 9}
    await points.close()


async def test_a_cost_that_appears_below_newer_ones_is_found(poe: PoeSandbox) -> None:
    """The history has questions by their beginning: a long one appears behind those that are known already."""
    points, costs = points_of(poe), list[int]()

    async def paid(cost: int) -> None:
        costs.append(cost)

    begun = time.time()
    poe.balance.history.append(Charge("GPT-4", "API", 5))
    await points.refresh()
    poe.balance.history.insert(-1, Charge("GPT-4o", "API", 9, created=round(begun * 1e6)))
    points.asked("GPT-4o", begun, paid)
    await until(lambda: costs == [9])
    assert points.spent_today == 14
    await points.close()


async def test_the_ceiling_of_a_day_holds(poe: PoeSandbox) -> None:
    """Once the day's points are spent, no request is made, until the day is over; yesterday's don't count."""
    poe.balance.history.append(Charge("GPT-4o", "API", 5000, created=(time.time_ns() - 86_400 * 10**9) // 1000))
    poe.balance.history.append(Charge("GPT-4o", "API", 99))
    backend = ApiBackend(poe.api_url, poe.api_key, points=points_of(poe, ceiling=100))
    await ask(backend, "GPT-4o", [])
    await backend.close()
    backend = ApiBackend(poe.api_url, poe.api_key, points=points_of(poe, ceiling=100))
    with pytest.raises(LimitReached, match="API_DAILY_POINTS is 100") as caught:
        await ask(backend, "GPT-4o", [])
    assert 0 < caught.value.lasts <= 86_400
    assert len(poe.api_calls) == 1
    await backend.close()


async def test_with_a_ceiling_nothing_is_asked_blindly(poe: PoeSandbox) -> None:
    """Where Poe does not say what was spent, a ceiling lets nothing through."""
    points = Points(Account(poe.api_url, "another-key"), ceiling=100)
    backend = ApiBackend(poe.api_url, poe.api_key, points=points)
    with pytest.raises(KeyRefused):
        await ask(backend, "GPT-4o", [])
    assert poe.api_calls == []
    await backend.close()


async def test_a_low_balance_is_told_each_time_that_it_falls(poe: PoeSandbox) -> None:
    """The warning comes once for each time that the balance falls below what is worth one."""
    points, told = points_of(poe, warning=500), list[int]()

    async def follow() -> None:
        async for balance in points.low():
            told.append(balance)  # while it runs

    following = asyncio.create_task(follow())
    for balance in (501, 499, 300, 500, 10, 0):
        poe.balance.points = balance
        await points.refresh()
        await asyncio.sleep(0)
    await until(lambda: told == [499, 10])
    following.cancel()
    await asyncio.wait({following})


async def test_a_long_history_is_read_page_by_page(poe: PoeSandbox) -> None:
    """More than a page is read, back to a moment."""
    account = Account(poe.api_url, poe.api_key)
    rows = [Charge("GPT-4o", "API", number, created=number * 1_000_000) for number in range(250)]
    poe.balance.history.extend(rows)
    found = await account.expenses(0.0)
    assert [expense.points for expense in found] == list(reversed(range(250)))
    assert found[0] == Expense(rows[-1].query_id, "GPT-4o", 249.0, 249)
    assert await account.expenses(247.0) == found[:3]


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        (reply("200 OK", {"current_point_balance": "many"}), PoeUnreachable),
        (reply("200 OK", {"current_point_balance": True}), PoeUnreachable),
        (reply("200 OK", []), PoeUnreachable),
        (reply("200 OK", b'{"current_point_balance": NaN}'), PoeUnreachable),
        (reply("200 OK", b"<html>", media="text/html"), PoeUnreachable),
        (reply("200 OK", b"[" * 100_000), PoeUnreachable),
        (reply("302 Found", b"", "Location: https://poe.com/login"), PoeUnreachable),
        (reply("401 Unauthorized", {}), KeyRefused),
        (reply("500 Error", {}), AnswerFailed),
        (["close"], PoeUnreachable),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", "reset"], PoeUnreachable),
    ],
)
async def test_a_balance_that_cannot_be_read_is_a_sentence(
    steps: list[Step], kind: type[QuothError], server: ByteServer
) -> None:
    """Whatever comes instead of the balance is an error of the tree, without the key in it."""
    server.play(*steps)
    with pytest.raises(kind) as caught:
        await Account(server.url, "key-of-tests").balance()
    assert "key-of-tests" not in f"{caught.value!r}{caught.value.__cause__!r}"
    assert len({request.path for request in server.requests}) == 1


async def test_entries_that_cannot_be_read_are_skipped(server: ByteServer) -> None:
    """One odd entry of the history hides no other."""
    good = {"creation_time": 2e6, "bot_name": "GPT-4o", "query_id": "q", "usage_type": "API", "cost_points": 3}
    odd = [None, 7, {}, good | {"cost_points": "3"}, good | {"creation_time": None}, good | {"query_id": 1}, [good]]
    server.play(*reply("200 OK", {"has_more": True, "data": [*odd, good]}))
    server.play(*reply("200 OK", {"has_more": "no", "data": "none"}))
    assert await Account(server.url, "key").expenses(0.0) == [Expense("q", "GPT-4o", 2.0, 3)]
