"""A running Quoth tells how it is: over HTTP, to systemd, and by `quoth health`."""

import asyncio
import contextlib
import json
import re
import signal
import socket
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import discord as discord_py
import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from bot.conversation import Snapshot, State
from bot.errors import LoginRequired, RateLimited
from bot.ops.gateway_watch import GatewayWatch
from bot.ops.health import Health
from bot.ops.metrics import Metrics
from bot.ops.poe_notices import PoeNotices
from bot.ops.systemd import Notifier
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.poe.sandbox import PoeSandbox
from sandbox.sockets import listener
from tests.support.bot_environment import by_api
from tests.support.command_line import ROOT, command, output
from tests.support.quoth_in_sandbox import FakePoe, QuothInSandbox, quoth_in_sandbox, until
from tests.support.replies import LIMIT, ended

T = TypeVar("T")


class Manager:
    """In place of systemd: the socket to which Quoth reports."""

    def __init__(self, address: str) -> None:
        self.messages = asyncio.Queue[list[str]]()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.setblocking(False)
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def _read(self) -> None:
        self.messages.put_nowait(self._socket.recv(10_000).decode().split("\n"))

    def close(self) -> None:
        """Stop listening."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    async def told(self, *lines: str) -> list[str]:
        """Wait for the next message with these lines."""
        async with asyncio.timeout(LIMIT):
            while True:
                message = await self.messages.get()
                if set(lines) <= set(message):
                    return message


@pytest.fixture(params=["path", "abstract"])
async def manager(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[tuple[str, Manager]]:
    """A service manager and its address, in both forms that systemd uses."""
    address = str(tmp_path / "notify") if request.param == "path" else f"@quoth-{tmp_path.name}-{tmp_path.parent.name}"
    listening = Manager(address)
    yield address, listening
    listening.close()


def free_address() -> str:
    """Return an address on which nothing listens."""
    with contextlib.closing(listener(0)) as found:
        return f"127.0.0.1:{found.getsockname()[1]}"


async def get(address: str, path: str) -> tuple[int, str]:
    """Return status and body of a page."""
    async with aiohttp.ClientSession() as session, session.get(f"http://{address}{path}") as response:
        return response.status, await response.text()


async def state(address: str, path: str = "/readyz") -> tuple[int, dict[str, Any]]:
    """Return status and content of a page in JSON."""
    status, body = await get(address, path)
    return status, json.loads(body)


async def when(read: Callable[[], Awaitable[T]], true: Callable[[T], bool]) -> T:
    """Read until it is as expected."""
    async with asyncio.timeout(LIMIT):
        while True:
            value = await read()
            if true(value):
                return value
            await asyncio.sleep(0.05)


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Return every figure by its name and the values of its labels, which are in the order of their names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def served(environment: dict[str, str], poe: PoeSandbox) -> dict[str, str]:
    """The environment of a bot that asks by the API and tells how it is."""
    return (
        environment
        | by_api(poe)
        | {
            "HEALTH_ADDRESS": free_address(),
            "LOG_FORMAT": "json",
        }
    )


async def test_a_running_quoth_tells_how_it_is(
    served: dict[str, str], discord: DiscordSandbox, manager: tuple[str, Manager]
) -> None:
    """It is ready when Discord is there, counts an ask without a word or an id of anybody, and says when it stops."""
    told_to, systemd = manager
    address = served["HEALTH_ADDRESS"]
    watched = {"NOTIFY_SOCKET": told_to, "WATCHDOG_USEC": "3000000"}
    async with command(served | watched, "bot", "run") as process, asyncio.timeout(LIMIT):
        message = await systemd.told("READY=1", "WATCHDOG=1")
        assert [line for line in message if line.startswith("STATUS=connected, in ")]
        assert await state(address, "/livez") == (200, {"status": "ok", "reasons": []})
        assert await state(address) == (200, {"status": "ok", "reasons": []})
        assert await output(served, "bot", "health") == (0, "ok\n", "")
        assert await output(served, "bot.cli.health") == (0, "ok\n", "")

        asked = await discord.command("alice", "lamp-room", "ask", prompt="a secret of mine")
        assert await ended(discord, asked) == "done"
        _, text = await when(lambda: get(address, "/metrics"), lambda got: 'outcome="done"' in got[1])
        found = figures(text)
        await systemd.told("WATCHDOG=1")

        process.send_signal(signal.SIGTERM)
        _, log = await process.communicate()
        await systemd.told("STOPPING=1")
    assert process.returncode == 0
    assert found["quoth_asks_total", "api", "done"] == found["quoth_ask_seconds_count",] == 1
    assert found["quoth_first_text_seconds_count",] == 1
    assert found["quoth_edits_total", "ok", "interaction"] >= 1
    assert found["quoth_edit_age_seconds_count",] >= 1
    assert found["quoth_guilds",] == len(list(discord.world.guilds))
    assert (found["quoth_queue_waiting",], found["quoth_queue_running",]) == (0, 0)
    assert (found["quoth_browser_up", "0"], found["quoth_tabs",], found["quoth_browser_restarts_total", "failed"]) == (
        0,
        0,
        0,
    )
    assert (found["quoth_shard_up", "0"], found["quoth_held", "login"]) == (1, 0)
    assert 0 < found["quoth_gateway_latency_seconds", "0"] < 10
    assert 0 < found["quoth_db_seconds",] < 2
    assert found["quoth_points_balance",] > 0
    assert found["process_resident_memory_bytes",] > 0
    assert found["quoth_loop_lag_seconds_count",] >= 1
    shown = str(sorted(found))
    private = [asked.id, asked.channel.id, asked.user.id, discord.token, "secret", "alice", *discord.world.guilds]
    assert not [each for each in private if str(getattr(each, "id", each)) in shown]
    lines = [json.loads(line) for line in log.splitlines()]
    assert str(asked.id) in {line.get("ask") for line in lines}


async def test_without_discord_quoth_is_alive_but_not_ready(served: dict[str, str]) -> None:
    """A new start would not bring Discord back, so that only /readyz and `quoth health` fail."""
    address = served["HEALTH_ADDRESS"]
    async with contextlib.AsyncExitStack() as stack:
        async with DiscordSandbox() as discord:
            towards = {"DISCORD_API_URL": discord.api_url, "DISCORD_GATEWAY_URL": discord.gateway_url}
            running = command(served | towards | {"DISCORD_TOKEN": discord.token}, "bot", "run")
            await stack.enter_async_context(running)
            await discord.ready(LIMIT)
        await when(lambda: state(address), lambda got: got[0] != 200)
        gone = {"status": "failing", "reasons": ["Discord is not connected"]}
        assert await state(address) == (503, gone)
        assert (await state(address, "/livez"))[0] == 200
        assert figures((await get(address, "/metrics"))[1])["quoth_shard_up", "0"] == 0
        assert await output(served, "bot", "health") == (1, "failing: Discord is not connected\n", "")
    code, out, error = await output(served, "bot", "health")
    assert (code, out) == (1, "")
    assert error.startswith(f"No Quoth answers at {address} (")
    assert await output(served | {"HEALTH_ADDRESS": "", "LOG_FORMAT": "text"}, "bot", "health") == (
        1,
        "",
        "quoth: HEALTH_ADDRESS is not set. Set it, such as 127.0.0.1:9464, and start Quoth again.\n",
    )


async def test_an_address_in_use_is_one_line(served: dict[str, str]) -> None:
    """If something else listens there, Quoth does not start and says why."""
    with contextlib.closing(listener(0)) as other:
        changed = {"HEALTH_ADDRESS": f"127.0.0.1:{other.getsockname()[1]}", "LOG_FORMAT": "text"}
        code, _, error = await output(served | changed, "bot", "run")
        sentence = f"quoth: HEALTH_ADDRESS {changed['HEALTH_ADDRESS']} can't be used: Address already in use."
        assert (code, error.splitlines()[-1]) == (1, sentence)


def test_the_dashboard_shows_figures_that_exist() -> None:
    """Every figure in docs/grafana.json is one of Quoth's, and every one of Quoth's is in it."""
    client = discord_py.Client(intents=discord_py.Intents.none())
    poe = FakePoe()
    metrics = Metrics(client, poe, PoeNotices(client, list, poe.figures), "1", "api")
    exist = {sample for family in metrics.registry.collect() for sample in _samples(family)}
    queries = [
        target["expr"]
        for panel in json.loads((ROOT / "docs" / "grafana.json").read_text(encoding="utf-8"))["panels"]
        for target in panel["targets"]
    ]
    shown = {name for query in queries for name in re.findall(r"\b(?:quoth|process)_\w+", query)}
    assert shown <= exist
    bases = {re.sub("_(bucket|total|created|count|sum)$", "", name) for name in exist if name.startswith("quoth_")}
    assert bases - {re.sub("_(bucket|total)$", "", name) for name in shown} == {"quoth_build_info"}


def test_an_ask_counts_for_the_way_that_it_went() -> None:
    """What the fallback answered is no ask of the browser."""
    client = discord_py.Client(intents=discord_py.Intents.none())
    poe = FakePoe()
    metrics = Metrics(client, poe, PoeNotices(client, list, poe.figures), "1", "browser")
    for fallback in (True, True, False):
        metrics.ended(Snapshot("Hi", State.DONE, fallback=fallback), 1.0, 0.5)
    counted = {
        sample.labels["backend"]: sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "quoth_asks_total"
    }
    assert counted == {"api": 2, "browser": 1}


def _samples(family: Metric) -> set[str]:
    """Return the names under which a family's samples are, also of a family that has none yet."""
    endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
    return {f"{family.name}{ending}" for ending in endings.get(family.type, [""])}


Passing = Callable[[int], list[str]]


@dataclass
class Clock:
    """A clock that a test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@asynccontextmanager
async def watched(
    folder: Path, discord: DiscordSandbox, poe: FakePoe | None = None
) -> AsyncGenerator[tuple[QuothInSandbox, Health, Passing]]:
    """A Quoth in the sandbox, its health, and a way to let seconds pass in which nothing comes from Discord."""
    clock = Clock()
    async with quoth_in_sandbox(folder, discord, poe=poe) as quoth:
        watch = GatewayWatch(quoth.bot, clock)
        bot = quoth.bot
        health = Health(bot, watch, bot.poe_notices, bot.stores.maintenance.size, lambda: bot.warmed_up)

        def passing(seconds: int) -> list[str]:
            for _ in range(seconds):
                clock.now += 1
                watch.look()
            return watch.deaf()

        await until(lambda: bool(bot.is_ready() and bot.latency != float("inf") and quoth.poe.warm))
        assert passing(1) == []
        watching = asyncio.create_task(health.watch())
        yield quoth, health, passing
        watching.cancel()
        await asyncio.wait({watching})


async def test_a_gateway_that_acknowledges_nothing_is_deaf(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Without an acknowledged heartbeat for over two minutes of connection Quoth is dead, until there is one."""
    async with watched(tmp_path, discord) as (quoth, health, passing):
        assert passing(100) == []
        (reason,) = passing(40)
        assert reason == "Discord acknowledged no heartbeat of shard 0 for 140 s"
        assert (health.dead(), (await health.unready())[0]) == ([reason], reason)
        (session,) = discord.gateway.sessions.values()
        await discord.gateway.drop(4000)
        await until(lambda: session.resumed == 1 and quoth.bot.latency != float("inf"))
        await until(lambda: passing(1) == health.dead() == [])


async def test_a_gateway_that_never_acknowledges_is_deaf_over_its_connections(
    tmp_path: Path, discord: DiscordSandbox
) -> None:
    """That discord.py connects again each minute does not hide it."""
    async with watched(tmp_path, discord) as (quoth, _, passing):
        (session,) = discord.gateway.sessions.values()
        for times in (1, 2, 3):
            assert passing(40) == []
            with_acks = quoth.bot.ws
            await discord.gateway.drop(4000)
            await until(lambda before=with_acks: quoth.bot.ws is not before)
            await until(lambda times=times: session.resumed == times)
            parts: dict[str, Any] = vars(quoth.bot.ws)
            parts["_keep_alive"].stop()
            parts["_keep_alive"] = None  # as before its first acknowledgement
        assert passing(40)


async def test_a_quiet_gateway_is_asked_for_an_event(tmp_path: Path, discord: DiscordSandbox) -> None:
    """After a quarter of an hour without any event Quoth resumes its session, which brings one if Discord hears."""
    async with watched(tmp_path, discord) as (_, _, passing):
        (session,) = discord.gateway.sessions.values()
        passing(901)
        await until(lambda: session.resumed == 1)
        await until(lambda: passing(1) == [])
        reasons = passing(1021)  # nothing else runs meanwhile, so that no event can come
        assert "Discord sent shard 0 no event for 1021 s" in reasons
        await until(lambda: session.resumed == 2)
        await until(lambda: passing(1) == [])


async def test_an_outage_is_not_deafness(tmp_path: Path) -> None:
    """Time without a connection does not count: a new start would not bring Discord back."""
    async with DiscordSandbox() as discord, watched(tmp_path, discord) as (quoth, health, passing):
        await discord.gateway.close()
        discord.gateway.url = "ws://127.0.0.1:1"
        await until(lambda: not quoth.bot.ws.open)
        assert passing(5000) == health.dead() == []


async def test_the_watchdog_hears_nothing_of_a_deaf_quoth(
    tmp_path: Path, discord: DiscordSandbox, manager: tuple[str, Manager]
) -> None:
    """What systemd is told last is why."""
    told_to, systemd = manager
    async with watched(tmp_path, discord) as (_, health, passing):
        notifier = Notifier({"NOTIFY_SOCKET": told_to, "WATCHDOG_USEC": "30000"})
        reporting = asyncio.create_task(notifier.report(health))
        await systemd.told("READY=1", "WATCHDOG=1")
        passing(140)
        assert await systemd.told("STATUS=Discord acknowledged no heartbeat of shard 0 for 140 s") == [
            "STATUS=Discord acknowledged no heartbeat of shard 0 for 140 s"
        ]
        reporting.cancel()
        await asyncio.wait({reporting})


async def test_a_start_that_waits_for_discord_is_not_ended(tmp_path: Path, manager: tuple[str, Manager]) -> None:
    """Until Discord can be reached, systemd is asked for more time."""
    told_to, systemd = manager
    environment = {
        "DISCORD_TOKEN": "x",
        "DISCORD_API_URL": "http://127.0.0.1:1/api",
        "DATABASE_PATH": str(tmp_path / "quoth.sqlite3"),
        "POE_PROFILE_DIR": str(tmp_path / "profile"),
        "NOTIFY_SOCKET": told_to,
    }
    async with command(environment, "bot", "run"):
        message = await systemd.told("STATUS=not connected to Discord", "EXTEND_TIMEOUT_USEC=60000000")
        assert "READY=1" not in message


@pytest.mark.parametrize(("trouble", "reason"), [(LoginRequired(), "login"), (RateLimited(), "other"), (None, None)])
async def test_what_only_keeps_asks_waiting_is_no_failure(
    trouble: LoginRequired | None, reason: str | None, tmp_path: Path, discord: DiscordSandbox
) -> None:
    """A held queue and maintenance are named, and Quoth stays ready."""
    async with watched(tmp_path, discord) as (quoth, health, _):
        await until(lambda: quoth.bot.warmed_up)
        quoth.bot.poe_notices.trouble = trouble
        quoth.bot.poe_notices.maintenance = True
        assert health.degraded() == [*([f"Poe: {reason}"] if reason else []), "maintenance"]
        assert await health.unready() == []


async def test_a_browser_that_starts_keeps_asks_waiting(tmp_path: Path, discord: DiscordSandbox) -> None:
    """Until a page of Poe is ready, that is named."""
    poe = FakePoe()
    poe.warms_up.clear()
    async with watched(tmp_path, discord, poe) as (quoth, health, _):
        assert health.degraded() == ["Poe: starting"]
        assert await health.unready() == []
        poe.warms_up.set()
        await until(lambda: quoth.bot.warmed_up)
        assert health.degraded() == []


@pytest.mark.parametrize("failure", [sqlite3.OperationalError("disk I/O error"), ValueError("no active connection")])
async def test_a_database_that_fails_makes_quoth_unready(
    failure: Exception, tmp_path: Path, discord: DiscordSandbox
) -> None:
    """Quoth can't answer without its database; a new start is not asked for."""

    async def fail() -> None:
        raise failure

    async with watched(tmp_path, discord) as (quoth, _, _):
        health = Health(quoth.bot, GatewayWatch(quoth.bot), quoth.bot.poe_notices, fail, lambda: True)
        assert await health.unready() == ["the database does not answer"]
        assert health.dead() == []
