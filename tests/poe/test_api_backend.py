"""The API backend in the queue, behind the provider's interface and on the command line."""

import asyncio
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.bootstrap import choose_backend
from bot.conversation import Asker, Messages, State
from bot.errors import KeyRefused, LimitReached, ModelUnavailable, PoeError, RateLimited, SettingsError
from bot.poe.api import backend
from bot.poe.api.account import Account
from bot.poe.api.backend import ApiBackend
from bot.poe.api.points import Points
from bot.poe.api.provider import PoeApi
from bot.poe.client import PoeClient
from bot.poe.provider import Poe
from bot.poe.schedule import Rules, Schedule
from bot.settings import Settings
from tests.support.browser_asks import streamed
from tests.support.byte_server import EVENTS, ByteServer, Step, answer, byte_server, event, reply
from tests.support.command_line import output
from tests.support.quoth_in_sandbox import until

ALICE = Asker(1, 1)
HELLO = answer(event("text", {"text": "Hel"}), event("text", {"text": "lo"}))
QUESTION: Messages = [{"role": "user", "content": "Well?"}]


@pytest.fixture
async def server() -> AsyncGenerator[ByteServer]:
    """A server that says what a test tells it; a test that hangs ends."""
    async with asyncio.timeout(30.0), byte_server() as made:
        yield made


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (reply("401 Unauthorized", {}), KeyRefused),
        (reply("402 Payment Required", {}), LimitReached),
        (reply("429 Too Many", {}, "Retry-After: 41"), RateLimited),
    ],
)
async def test_what_concerns_the_account_holds_the_queue(
    refusal: list[bytes], kind: type[PoeError], server: ByteServer
) -> None:
    """A refused key, used-up points and a rate limit are named states in which no further question is sent."""
    server.play(*refusal)
    async with PoeClient(ApiBackend(server.url, "key", Rules(gap=0.0))) as client:
        taken, error = await streamed(client, "Well?")
        assert (taken[-1].state, type(error)) == (State.ASKING, kind)
        assert type(await anext(client.holds())) is kind
        assert client.figures().browser is None
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "steps", [["wait"], reply("500 Error", {}), reply("200 OK", {}), reply("200 OK", {"current_point_balance": 0})]
)
async def test_an_unknown_balance_holds_nobody_up(
    steps: list[Step], server: ByteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever keeps the balance from Quoth at the start keeps no question from Poe."""
    monkeypatch.setattr(backend, "_CHECKING", 1.0)
    server.play(*steps)
    server.play(*HELLO)
    points = Points(Account(server.url, "key"))
    async with PoeClient(ApiBackend(server.url, "key", Rules(concurrency=1, gap=0.0), points=points)) as client:
        client.check("GPT-4")
        await until(lambda: bool(server.requests))
        assert (await streamed(client, "Well?"))[0][-1].text == "Hello"
        assert client.figures().sent == 1
    assert server.requests[0].path == "/usage/current_balance"


async def test_a_missing_model_holds_nobody_up(server: ByteServer) -> None:
    """What concerns one question does not hold the queue."""
    server.play(*reply("404 Not Found", {}))
    server.play(*HELLO)
    async with PoeClient(ApiBackend(server.url, "key", Rules(gap=0.0))) as client:
        assert type((await streamed(client, "Well?", handle="Gone"))[1]) is ModelUnavailable
        assert (await streamed(client, "Well?"))[0][-1].text == "Hello"


def test_no_more_than_so_many_are_sent_in_a_minute() -> None:
    """Asks beyond the cap of a minute wait until the oldest one of that minute is a minute old."""
    schedule = Schedule(Rules(concurrency=9, gap=0.0, hourly=0, per_minute=2))
    for now in (0.0, 10.0):
        schedule.begin(schedule.join(ALICE, now), now, 0.0)
    third = schedule.join(ALICE, 20.0)
    assert schedule.delay(third, 20.0) == 40.0
    assert schedule.delay(third, 60.0) == 0.0


async def test_the_api_has_a_provider_beside_the_contract_s(
    server: ByteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the contract's models and the same kinds of result; leaving it early closes the connection."""
    monkeypatch.setattr(PoeApi, "url", server.url)
    server.play(*HELLO)

    def complete(*, stream: bool) -> list[str]:
        return list(PoeApi.create_completion("gpt-4", QUESTION, stream, api_key="key"))

    assert await asyncio.to_thread(complete, stream=True) == ["Hel", "lo"]
    assert await asyncio.to_thread(complete, stream=False) == ["Hello"]
    assert [request.path for request in server.requests] == ["/bot/GPT-4"] * 2
    assert PoeApi.models == Poe.models

    def leave() -> str:
        asking = PoeApi.create_completion("gpt-4", QUESTION, stream=True, api_key="key")
        first = next(asking)
        del asking
        return first

    server.steps[:] = [(EVENTS, event("text", {"text": "Hel"}), "wait")]
    assert await asyncio.to_thread(leave) == "Hel"
    await server.left.wait()


def test_what_cannot_be_asked_is_a_value_error_at_once() -> None:
    """An unknown model and an empty prompt are refused as by the contract's provider."""
    with pytest.raises(ValueError, match="no-such-model"):
        PoeApi.create_completion("no-such-model", QUESTION, stream=True)
    with pytest.raises(ValueError, match="prompt is empty"):
        PoeApi.create_completion("gpt-4", [{"role": "user", "content": " "}], stream=True)
    with pytest.raises(KeyRefused):
        next(PoeApi.create_completion("gpt-4", QUESTION, stream=True))


@pytest.fixture
def environment(server: ByteServer, tmp_path: Path) -> dict[str, str]:
    """The environment of a command with an API key and no browser."""
    return {"POE_API_KEY": "key-of-tests", "POE_API_URL": server.url, "POE_PROFILE_DIR": str(tmp_path / "none")}


async def test_ask_needs_no_browser(environment: dict[str, str], server: ByteServer) -> None:
    """With a key alone, `quoth ask` prints the API's answer."""
    server.play(*HELLO)
    assert await output(environment, "bot", "ask", "--model", "gpt-4", "Well?") == (0, "Hello", "")
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer key-of-tests"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"POE_BACKEND": "api", "POE_API_KEY": ""}, "POE_BACKEND is api, but POE_API_KEY is missing."),
        ({"POE_BACKEND": "api", "POE_API_KEY": " "}, "POE_BACKEND is api, but POE_API_KEY is missing."),
        ({"POE_API_KEY": "key of tests"}, "POE_API_KEY has a character that is in no API key"),
        ({"POE_API_KEY": "key\nof"}, "POE_API_KEY has a character that is in no API key"),
        ({"POE_API_URL": "poe.com"}, "POE_API_URL must be an address"),
        ({"POE_API_URL": "http://me:key-of-tests@poe.com"}, "POE_API_URL must be an address without a user name"),
        ({"POE_BACKEND": "telepathy"}, "POE_BACKEND must be browser or api"),
        ({"POE_API_KEY_FILE": "/nowhere"}, "POE_API_KEY and POE_API_KEY_FILE are both set."),
        ({"POE_API_KEY": "", "POE_API_KEY_FILE": "/nowhere"}, "POE_API_KEY_FILE can't be read: No such file"),
        ({"POE_API_KEY": "", "POE_API_KEY_FILE": "/dev/null"}, "POE_API_KEY_FILE has no API key in it"),
        ({"POE_API_KEY": "", "POE_API_KEY_FILE": "/dev/zero"}, "POE_API_KEY_FILE has"),
        ({"POE_API_KEY": "", "POE_API_KEY_FILE": "/"}, "POE_API_KEY_FILE can't be read: Is a directory"),
    ],
)
async def test_a_bad_key_is_one_sentence(changes: dict[str, str], sentence: str, environment: dict[str, str]) -> None:
    """Whatever is wrong with the key or its address is one line without the key."""
    with pytest.raises(SettingsError) as caught:
        choose_backend(Settings.read(environment | changes, need_token=False))
    assert caught.value.operator_message.startswith(sentence)
    assert "\n" not in caught.value.operator_message
    assert "key-of-tests" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"POE_BACKEND": "api", "POE_API_KEY": ""}, "POE_BACKEND is api, but POE_API_KEY is missing."),
        ({"POE_API_URL": "http://me:key-of-tests@poe.com"}, "POE_API_URL must be an address without a user name"),
        ({}, "Poe doesn't accept Quoth's API key"),
    ],
)
async def test_the_command_line_tells_of_a_bad_key(
    changes: dict[str, str], sentence: str, environment: dict[str, str], server: ByteServer
) -> None:
    """On the command line it is one line without a traceback."""
    server.play(*reply("401 Unauthorized", {}))
    code, out, error = await output(environment | changes, "bot", "ask", "Well?")
    assert (code, out, error.count("\n")) == (1, "", 1)
    assert re.match(f"quoth: (Poe's API refused|{re.escape(sentence)})", error)
    assert "key-of-tests" not in error
