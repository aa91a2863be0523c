"""The start with Poe's API: the list of models, the key and the doctor, whatever the API has to say."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager

import pytest

from bot.client import QuothBot
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.poe.sandbox import PoeSandbox
from tests.support.bot_environment import by_api
from tests.support.byte_server import ByteServer, Step, byte_server, reply
from tests.support.command_line import output
from tests.support.quoth_in_sandbox import until
from tests.support.replies import LIMIT, ended, posts

Start = Callable[..., AbstractAsyncContextManager[QuothBot]]


@pytest.fixture
async def server() -> AsyncGenerator[ByteServer]:
    """A server that says what a test tells it; a test that hangs ends."""
    async with asyncio.timeout(60.0), byte_server() as made:
        yield made


@pytest.mark.parametrize(
    "steps", [["wait"], ["reset"], reply("500 Error", {}), reply("200 OK", b"<html>", media="text/html")]
)
async def test_the_start_waits_for_no_list(
    steps: Sequence[Step], server: ByteServer, start: Start, discord: DiscordSandbox
) -> None:
    """Where Poe's list of models is slow or broken, Quoth starts with the shipped one, also without a key."""
    server.play(*steps)
    async with start(POE_API_URL=server.url) as bot:
        await until(lambda: {request.path for request in server.requests} == {"/v1/models"})
        shown = await discord.command("alice", "general", "model show")
        await discord.wait(lambda: "GPT-5.4-Mini" in shown.response.content, LIMIT)
        assert bot.points is None


async def test_the_list_is_used_without_a_key(start: Start, poe: PoeSandbox) -> None:
    """With the browser, too, the models are those of Poe's own list, under the names that Poe shows."""
    poe.api_models.append({"id": "brand-new-1", "metadata": {"display_name": "Brand-New-1"}})
    async with start() as bot:
        await until(lambda: "Brand-New-1" in {model.name for model in bot.models.catalogue.models})


async def test_a_refused_key_is_told_at_the_start(start: Start, poe: PoeSandbox, discord: DiscordSandbox) -> None:
    """Before anybody asks, the operator hears that the key is refused; no model was asked to find out."""
    async with start(**by_api(poe) | {"POE_API_KEY": "a-revoked-key"}):
        (told,) = await discord.wait(lambda: posts(discord, discord.world.dm("admin")), LIMIT)
    assert told.content.startswith("Poe doesn't accept Quoth's API key")
    assert poe.api_calls == []


@pytest.mark.parametrize(
    ("points", "key", "row"),
    [
        (1234, None, "ok    API key                accepted; the account has 1,234 points"),
        (0, None, "FAIL  API key                accepted; the account has 0 points  → Add points"),
        (1234, "a-revoked-key", "FAIL  API key                Poe's API refused POE_API_KEY."),
    ],
)
async def test_the_doctor_tries_the_key(
    points: int, key: str | None, row: str, environment: dict[str, str], poe: PoeSandbox
) -> None:
    """`quoth doctor` shows the balance, which asks no model, needs no browser, and never shows the key."""
    poe.balance.points = points
    changes = by_api(poe) | ({"POE_API_KEY": key} if key else {})
    code, out, error = await output(environment | changes, "bot", "doctor")
    (found,) = [line for line in out.splitlines() if line[6:].startswith("API key ")]
    assert found.startswith(row)
    assert (code, error) == (int(row.startswith("FAIL")), "")
    assert "backend                api: POE_BACKEND says so" in out
    assert "browser starts" not in out
    assert changes["POE_API_KEY"] not in out
    assert poe.api_calls == []


async def test_the_api_answers_while_the_browser_cannot(start: Start, poe: PoeSandbox, discord: DiscordSandbox) -> None:
    """With POE_FALLBACK a lost login fails one ask; the next goes to the API, says so, and was asked only there."""
    poe.switch("logged-out-page")
    async with start(POE_FALLBACK="api", POE_API_KEY=poe.api_key, POE_BACKEND="browser") as bot:
        await until(lambda: bool(bot.points and bot.points.balance))
        first = await discord.command("alice", "general", "ask", prompt="Is it foggy?")
        assert await ended(discord, first) == "failed"
        second = await discord.command("bob", "general", "ask", prompt="And now?")
        assert await ended(discord, second) == "done"
        assert "· by Poe's API ·" in second.response.content.splitlines()[-1]
        assert "by Poe's API" not in first.response.content
        (told,) = await discord.wait(lambda: posts(discord, discord.world.dm("admin")), LIMIT)
    assert "Until then, new questions go to Poe's API." in told.content
    assert (len(poe.ledger), len(poe.api_calls)) == (0, 1)
