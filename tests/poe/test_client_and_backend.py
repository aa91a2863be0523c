"""The client in front of any backend: turns, leaving, errors that hold the queue, slow readers."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.conversation import Asker, Messages, Snapshot, State
from bot.errors import (
    AnswerFailed,
    BrowserFailed,
    ChallengeShown,
    KeyRefused,
    LimitReached,
    LoginRequired,
    PoeError,
    PromptError,
)
from bot.poe import schedule, silence
from bot.poe.backend import Backend, Paid
from bot.poe.client import MakePrompt, PoeClient
from bot.poe.patience import Patience
from bot.poe.schedule import Rules
from tests.support.browser_asks import streamed
from tests.support.prompts import prompt_of
from tests.support.quoth_in_sandbox import until

ALICE, BOB = Asker(1, 1), Asker(2, 2)


class ScriptedBackend(Backend):
    """Gives the steps that a test puts there; an exception ends the answer."""

    def __init__(self) -> None:
        self.steps = asyncio.Queue[Snapshot | Exception]()
        self.asked: list[tuple[str, Messages]] = []
        self.stopped: list[str] = []
        self.checks = asyncio.Queue[Exception | None]()
        self.checked: list[str] = []
        self.error_on_leaving: Exception | None = None
        self.broken = False
        self.state = "new"
        self.waits: Patience | None = None
        self.open = False
        """Whether more may come after the end of an answer."""

    @property
    def rules(self) -> Rules:
        """One at a time, without a pause."""
        return Rules(concurrency=1, gap=0.0, hourly=0)

    @property
    def running(self) -> bool:
        """Whether it was started."""
        return self.state == "started"

    def patience(self, handle: str) -> Patience | None:
        """What the test says."""
        return self.waits

    async def start(self) -> None:
        """Note it."""
        self.state = "started"

    async def warm_up(self, handle: str) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Note it."""
        self.state = "closed"

    async def check(self, handle: str) -> None:
        """Note it, and fail where a test says so."""
        self.checked.append(handle)
        if isinstance(error := await self.checks.get(), Exception):
            raise error

    @asynccontextmanager
    async def stream(
        self, handle: str, messages: Messages, reserve_send: Callable[[], float], paid: Paid | None = None
    ) -> AsyncGenerator[AsyncIterator[Snapshot]]:
        """Begin an answer."""
        if self.broken:
            raise BrowserFailed
        assert reserve_send() == 0.0
        self.asked.append((handle, messages))
        try:
            yield self._answer()
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # stopping takes a moment
            self.stopped.append(handle)
            if self.error_on_leaving is not None:
                raise self.error_on_leaving from None
            raise

    async def _answer(self) -> AsyncIterator[Snapshot]:
        while not isinstance(step := await self.steps.get(), Exception):
            yield step
            self.steps.task_done()  # the client has it
            if step.state.final and not self.open:
                return
        raise step


@pytest.fixture
def backend() -> ScriptedBackend:
    """A backend that says what it is told."""
    return ScriptedBackend()


@pytest.fixture
async def client(backend: ScriptedBackend) -> AsyncGenerator[PoeClient]:
    """A client that asks through it; a test that hangs ends."""
    async with asyncio.timeout(20.0):
        async with PoeClient(backend) as client:
            assert client.figures().browser
            yield client
    assert backend.state == "closed"


async def test_an_answer_passes_through_and_a_slow_reader_gets_the_newest(
    client: PoeClient, backend: ScriptedBackend
) -> None:
    """The backend gets one user's message; of snapshots that came while nobody read, only the last is given."""
    async with client.stream(ALICE, "GPT-4", prompt_of("Well?")) as snapshots:
        assert (await anext(snapshots)).state is State.ASKING
        for text in ("a", "ab", "abc"):
            backend.steps.put_nowait(Snapshot(text, State.STREAMING))
        await backend.steps.join()
        assert (await anext(snapshots)).text == "abc"
        backend.steps.put_nowait(Snapshot("abcd", State.DONE))
        assert [snapshot async for snapshot in snapshots] == [Snapshot("abcd", State.DONE)]
    assert backend.asked == [("GPT-4", [{"role": "user", "content": "Well?"}])]
    assert backend.stopped == []


async def test_leaving_stops_the_answer_and_the_next_one_goes(client: PoeClient, backend: ScriptedBackend) -> None:
    """Leaving while waiting gives up the place; leaving an answer returns when it is stopped, and the next one goes."""
    async with contextlib.AsyncExitStack() as asking:
        first = await asking.enter_async_context(client.stream(ALICE, "Llama", prompt_of("Well?")))
        assert (await anext(first)).state is State.ASKING
        async with client.stream(BOB, "GPT-4", prompt_of("And I?")) as second:
            assert (await anext(second)).ahead == 1
        assert backend.stopped == []
        async with client.stream(BOB, "Claude", prompt_of("And I?")) as third:
            assert (await anext(third)).ahead == 1
            await asking.aclose()
            assert backend.stopped == ["Llama"]
            assert (await anext(third)).state is State.ASKING
    assert [handle for handle, _ in backend.asked] == ["Llama", "Claude"]
    assert (client.figures().running, client.figures().waiting) == (0, 0)


async def test_a_silence_is_told(client: PoeClient, backend: ScriptedBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """While there is no news, the newest snapshot comes again with the time since, then with the time that is left."""
    monkeypatch.setattr(silence, "_STEP", 0.01)
    backend.waits = Patience(first_text=0.035, silence=0.055)

    async def quiet(snapshots: AsyncIterator[Snapshot], text: str) -> list[tuple[float, float]]:
        found: list[tuple[float, float]] = []
        async for snapshot in snapshots:
            if snapshot.text == text and snapshot.quiet:
                found.append((round(snapshot.quiet, 3), round(snapshot.left, 3)))
            if snapshot.quiet > 0.065:
                break
        return found

    async with client.stream(ALICE, "GPT-4", prompt_of("Well?")) as snapshots:
        told = await quiet(snapshots, "")
        assert set(told) <= {(0.01, 0.0), (0.02, 0.015), (0.03, 0.005), *((n / 100, 0.0) for n in range(4, 8))}
        backend.steps.put_nowait(Snapshot("a", State.STREAMING))
        told = await quiet(snapshots, "a")
        assert set(told) <= {
            (0.01, 0.0),
            *((n / 100, round(0.055 - n / 100, 3)) for n in range(2, 6)),
            (0.06, 0.0),
            (0.07, 0.0),
        }
        backend.steps.put_nowait(Snapshot("ab", State.DONE))
        rest = [snapshot async for snapshot in snapshots]
        assert rest[-1] == Snapshot("ab", State.DONE)


@pytest.mark.parametrize("on_leaving", [False, True])
async def test_an_error_for_the_whole_account_holds_the_queue(
    on_leaving: bool, client: PoeClient, backend: ScriptedBackend
) -> None:
    """A challenge holds the queue, whether the answer ends with it or it is met while the answer is stopped."""
    challenge = ChallengeShown()
    async with client.stream(ALICE, "GPT-4", prompt_of("Well?")) as snapshots:
        if on_leaving:
            backend.error_on_leaving = challenge
            backend.steps.put_nowait(Snapshot("a", State.STREAMING))
            while (await anext(snapshots)).text != "a":
                pass
        else:
            backend.steps.put_nowait(challenge)
            with pytest.raises(ChallengeShown):
                _ = [snapshot async for snapshot in snapshots]
    assert await anext(client.holds()) is challenge
    async with client.stream(BOB, "GPT-4", prompt_of("And I?")) as snapshots:
        assert (await anext(snapshots)).held == challenge.user_message


async def test_a_prompt_is_made_when_its_turn_has_come(client: PoeClient, backend: ScriptedBackend) -> None:
    """While an ask waits its place is given and nothing is read for it, and never if it is left meanwhile."""
    made: list[str] = []

    def noted(text: str) -> MakePrompt:
        async def make() -> Messages:
            made.append(text)
            return await prompt_of(text)()

        return make

    async with client.stream(ALICE, "GPT-4", noted("first")) as first:
        assert (await anext(first)).state is State.ASKING
        async with client.stream(BOB, "GPT-4", noted("left")) as left:
            assert (await anext(left)).ahead == 1
            backend.steps.put_nowait(Snapshot("a", State.STREAMING))
            await backend.steps.join()
            assert made == ["first"]
        async with client.stream(BOB, "GPT-4", noted("last")) as last:
            assert (await anext(last)).ahead == 1
            backend.steps.put_nowait(Snapshot("a", State.DONE))
            backend.steps.put_nowait(Snapshot("b", State.DONE))
            assert [snapshot async for snapshot in last][-1].text == "b"
    assert made == ["first", "last"]


@pytest.mark.parametrize("error", [PromptError(), KeyError("a bug")], ids=repr)
async def test_a_prompt_that_can_not_be_made_ends_one_ask(
    error: Exception, client: PoeClient, backend: ScriptedBackend
) -> None:
    """What the making of a prompt raises reaches the reader as it is; nothing is sent, and the next ask goes."""

    async def fail() -> Messages:
        raise error

    async with client.stream(ALICE, "GPT-4", fail) as snapshots:
        with pytest.raises(type(error)) as raised:
            assert [snapshot.state async for snapshot in snapshots] == [State.READING]
    assert raised.value is error
    assert backend.asked == []
    backend.steps.put_nowait(Snapshot("Yes.", State.DONE))
    async with client.stream(ALICE, "GPT-4", prompt_of("Well?")) as snapshots:
        assert [snapshot async for snapshot in snapshots][-1].text == "Yes."


@pytest.mark.parametrize("error", [AnswerFailed(), KeyError("a bug")], ids=repr)
async def test_an_error_of_one_ask_holds_nobody(error: Exception, client: PoeClient, backend: ScriptedBackend) -> None:
    """What concerns one ask alone ends that one with the error, even a bug, and the next one goes."""
    backend.steps.put_nowait(error)
    async with client.stream(ALICE, "GPT-4", prompt_of("Well?")) as snapshots:
        with pytest.raises(type(error)):
            _ = [snapshot async for snapshot in snapshots]
    backend.steps.put_nowait(Snapshot("Yes.", State.DONE))
    async with client.stream(ALICE, "GPT-4", prompt_of("Well?")) as snapshots:
        assert [snapshot async for snapshot in snapshots][-1].text == "Yes."


@pytest.fixture
def other() -> ScriptedBackend:
    """A second way to Poe."""
    return ScriptedBackend()


@pytest.fixture
async def both(backend: ScriptedBackend, other: ScriptedBackend) -> AsyncGenerator[PoeClient]:
    """A client with a fallback; a test that hangs ends."""
    async with asyncio.timeout(20.0):
        async with PoeClient(backend, other) as client:
            yield client
    assert (backend.state, other.state) == ("closed", "closed")


async def hold(client: PoeClient, backend: ScriptedBackend, error: PoeError) -> None:
    """Let one ask meet an error that holds the queue."""
    backend.steps.put_nowait(error)
    taken, met = await streamed(client, "Well?")
    assert (met, any(snapshot.fallback for snapshot in taken)) == (error, False)


async def test_while_the_usual_way_is_held_new_asks_fall_back(
    both: PoeClient, backend: ScriptedBackend, other: ScriptedBackend
) -> None:
    """They are answered by the other way, as a whole, and say so; the one that met the trouble is asked only once."""
    await hold(both, backend, LoginRequired())
    assert both.figures().falls_back
    assert type(await anext(both.holds())) is LoginRequired
    other.steps.put_nowait(Snapshot("a", State.STREAMING))
    other.steps.put_nowait(Snapshot("ab", State.DONE))
    taken, error = await streamed(both, "And I?")
    assert (taken[-1], error) == (Snapshot("ab", State.DONE, fallback=True), None)
    assert all(snapshot.fallback for snapshot in taken)
    assert (len(backend.asked), len(other.asked)) == (1, 1)


async def test_the_usual_way_comes_back_without_an_ask_that_fails(
    both: PoeClient, backend: ScriptedBackend, other: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What holds it is looked at without a question, as often as a hold allows; asks go there again once it is over."""
    monkeypatch.setitem(schedule._HOLDS, LoginRequired, (0.01, 0.01))  # pyright: ignore[reportPrivateUsage]
    await hold(both, backend, LoginRequired())
    for outcome in (LoginRequired(), None):
        other.steps.put_nowait(Snapshot("b", State.DONE))
        backend.checks.put_nowait(outcome)
        assert (await streamed(both, "And I?"))[0][-1].text == "b"
        await until(backend.checks.empty)
    await until(lambda: not both.figures().falls_back)
    assert backend.checked == ["GPT-4", "GPT-4"]
    backend.steps.put_nowait(Snapshot("c", State.DONE))
    assert (await streamed(both, "And now?"))[0][-1] == Snapshot("c", State.DONE)
    assert (len(backend.asked), len(other.asked)) == (2, 2)


async def test_used_up_points_are_tried_by_a_question(
    both: PoeClient, backend: ScriptedBackend, other: ScriptedBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No look at a page shows whether a limit is over, so that after the hold one question goes there to try."""
    monkeypatch.setitem(schedule._HOLDS, LimitReached, (0.05, 0.05))  # pyright: ignore[reportPrivateUsage]
    await hold(both, backend, LimitReached())
    backend.steps.put_nowait(Snapshot("a", State.DONE))
    last = Snapshot(fallback=True)
    while last.fallback:
        other.steps.put_nowait(Snapshot("b", State.DONE))
        last = (await streamed(both, "And I?"))[0][-1]
    assert last == Snapshot("a", State.DONE)
    assert other.asked
    assert backend.checked == []


async def test_where_both_are_held_asks_wait_for_the_usual_way(
    both: PoeClient, backend: ScriptedBackend, other: ScriptedBackend
) -> None:
    """A fallback that is held, too, takes nothing."""
    await hold(both, backend, ChallengeShown())
    other.steps.put_nowait(KeyRefused())
    assert type((await streamed(both, "And I?"))[1]) is KeyRefused
    assert not both.figures().falls_back
    async with both.stream(ALICE, "GPT-4", prompt_of("And now?")) as snapshots:
        waiting = await anext(snapshots)
    assert (waiting.state, waiting.fallback) == (State.QUEUED, False)
    assert waiting.held == ChallengeShown().user_message
    assert (len(backend.asked), len(other.asked)) == (1, 1)


async def test_what_follows_an_answer_holds_nobody_up(client: PoeClient, backend: ScriptedBackend) -> None:
    """After the end of an answer the next one is asked, although Poe may still add something to the first."""
    backend.open = True
    async with client.stream(ALICE, "GPT-4", prompt_of("one")) as first:
        backend.steps.put_nowait(Snapshot("Yes", State.DONE))
        async for snapshot in first:
            if snapshot.state.final:
                break
        async with client.stream(BOB, "GPT-4", prompt_of("two")) as second:
            async for snapshot in second:
                if snapshot.state is State.ASKING:
                    break
        assert backend.stopped == ["GPT-4"]
        backend.steps.put_nowait(Snapshot("Yes", State.DONE, suggestions=("Why?",)))
        assert (await anext(first)).suggestions == ("Why?",)
    assert len(backend.asked) == 2


@pytest.fixture
async def accounts(backend: ScriptedBackend, other: ScriptedBackend) -> AsyncGenerator[PoeClient]:
    """A client with two accounts; a test that hangs ends."""
    async with asyncio.timeout(20.0):
        async with PoeClient({"main": backend, "second": other}) as client:
            yield client
    assert (backend.state, other.state) == ("closed", "closed")


async def test_the_account_that_has_the_chat_is_asked(
    accounts: PoeClient, backend: ScriptedBackend, other: ScriptedBackend
) -> None:
    """An ask may name the account that it goes to, however much that was asked before."""
    for words in ("one", "two"):
        other.steps.put_nowait(Snapshot("ab", State.DONE))
        async with accounts.stream(ALICE, "GPT-4", prompt_of(words), None, "second") as snapshots:
            async for snapshot in snapshots:
                if snapshot.state.final:
                    break
    assert (len(backend.asked), len(other.asked)) == (0, 2)


async def test_asks_are_spread_over_accounts(
    accounts: PoeClient, backend: ScriptedBackend, other: ScriptedBackend
) -> None:
    """Each account answers at its own pace: a second ask goes to the one that is idle."""
    for each in (backend, other):
        each.steps.put_nowait(Snapshot("a", State.STREAMING))
    async with (
        accounts.stream(ALICE, "GPT-4", prompt_of("first")) as first,
        accounts.stream(BOB, "GPT-4", prompt_of("second")) as second,
    ):
        for snapshots in (first, second):
            while (await anext(snapshots)).text != "a":
                pass
        assert accounts.figures().running == 2
        for each in (backend, other):
            each.steps.put_nowait(Snapshot("ab", State.DONE))
        for snapshots in (first, second):
            assert [snapshot async for snapshot in snapshots][-1].text == "ab"
    assert (len(backend.asked), len(other.asked)) == (1, 1)


async def test_a_held_account_holds_no_other(
    accounts: PoeClient, backend: ScriptedBackend, other: ScriptedBackend
) -> None:
    """Who waits for an account that becomes held goes to the other one, which takes every new ask too."""
    async with contextlib.AsyncExitStack() as asks:
        streams = [
            await asks.enter_async_context(accounts.stream(ALICE, "GPT-4", prompt_of(str(number))))
            for number in range(4)
        ]
        await until(lambda: (accounts.figures().running, accounts.figures().waiting) == (2, 2))
        lost = LoginRequired()
        backend.steps.put_nowait(lost)
        await until(lambda: accounts.figures().other_accounts)
        held = await anext(accounts.holds())
        assert (held, held and held.account) == (lost, "main")
        for _ in range(3):
            other.steps.put_nowait(Snapshot("b", State.DONE))
        ends: list[str] = []
        for stream in streams:
            with contextlib.suppress(LoginRequired):
                ends.append([snapshot async for snapshot in stream][-1].text)
    assert ends == ["b", "b", "b"]
    assert (len(backend.asked), len(other.asked)) == (1, 3)
    other.steps.put_nowait(Snapshot("c", State.DONE))
    assert (await streamed(accounts, "And I?"))[0][-1].text == "c"
    assert not accounts.figures().falls_back


async def test_a_browser_that_fails_before_the_send_costs_no_ask(
    accounts: PoeClient, backend: ScriptedBackend, other: ScriptedBackend
) -> None:
    """What was not sent yet goes to another account, with the prompt that was read for it."""
    backend.broken = True
    other.steps.put_nowait(Snapshot("a", State.DONE))
    assert (await streamed(accounts, "Well?"))[0][-1].text == "a"
    assert (len(backend.asked), len(other.asked)) == (0, 1)
