"""The start: what it loads, through a proxy, without a network, and with a token that Discord does not know."""

import asyncio
import itertools
import re
import signal
import ssl
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot import bootstrap, discord_connection
from bot.markdown.convert import convert
from bot.markdown.own_lines import separate
from sandbox.discord import DiscordSandbox, File
from sandbox.poe.sandbox import PoeSandbox
from sandbox.sockets import listener
from tests.support.bot_environment import by_api
from tests.support.command_line import command, output
from tests.support.http_proxy import http_proxy
from tests.support.quoth_in_sandbox import until
from tests.support.replies import LIMIT, ended

CREDENTIALS, QUOTED = "quoth:pass/word@1", "quoth:pass%2Fword%401"
FILE = File("letter.txt", b"Dear Lens, it is foggy.")
TRACED = {"PYTHONPROFILEIMPORTTIME": "1"}  # Python names every module that it imports on standard error


def imported(log: str) -> set[str]:
    """Return the modules that Python imported, by the log of a command that was `TRACED`."""
    return set(re.findall(r"^import time:[^|]*\|[^|]*\| +([\w.]+)$", log, re.MULTILINE))


async def test_a_bot_that_asks_by_the_api_loads_no_browser(
    environment: dict[str, str], discord: DiscordSandbox, poe: PoeSandbox
) -> None:
    """Nor does it load what only pictures or metrics need: all of that would stay in memory."""
    async with command(environment | by_api(poe) | TRACED, "bot", "run") as process, asyncio.timeout(LIMIT):
        await discord.ready(LIMIT)
        process.send_signal(signal.SIGTERM)
        _, log = await process.communicate()
    modules = imported(log.decode())
    assert "bot.client" in modules
    assert modules & {"selenium", "websocket", "urllib3", "psutil", "PIL", "pi_heif", "prometheus_client"} == set()


@pytest.mark.parametrize("words", [("--help",), ("health",)], ids=" ".join)
async def test_a_small_command_loads_little(environment: dict[str, str], words: tuple[str, ...]) -> None:
    """What does not run the bot loads neither it nor discord.py, which takes most of a second of CPU."""
    _, _, log = await output(environment | TRACED, "bot", *words)
    modules = imported(log)
    assert "bot.settings" in modules
    assert modules & {"discord", "aiohttp", "selenium", "babel.messages", "bot.bootstrap"} == set()


async def test_everything_of_discord_goes_through_the_proxy(
    environment: dict[str, str], discord: DiscordSandbox, poe: PoeSandbox
) -> None:
    """With DISCORD_PROXY the login, the gateway, answers and files go through the proxy, and Poe does not."""
    async with http_proxy(CREDENTIALS) as proxy:
        changes = {"DISCORD_PROXY": proxy.address(QUOTED), "LOG_LEVEL": "DEBUG"}
        async with command(environment | changes, "bot", "run") as process, asyncio.timeout(LIMIT):
            await discord.ready(LIMIT)
            asked = await discord.command("alice", "general", "ask", prompt="What does it say?", file=FILE)
            assert await ended(discord, asked) == "done"
            process.send_signal(signal.SIGTERM)
            _, log = await process.communicate()
    assert process.returncode == 0
    assert "it is foggy" in poe.ledger[-1].text
    assert separate(asked.response.content).text == convert(poe.answer(poe.ledger[-1]))
    paths = [target for _, target in proxy.requested]
    for part in ("/users/@me", "/commands", "/gateway", "/callback", "/webhooks/", "/attachments/"):
        assert any(part in path for path in paths), part
    assert not any(path.startswith(poe.url) for path in paths)
    assert len([path for path in paths if "/api/" in path]) == len(discord.ledger.calls)
    assert proxy.refused == 0
    assert b"pass" not in log
    assert b"Warning" not in log


async def test_a_proxy_that_refuses_is_told_without_its_password(environment: dict[str, str], poe: PoeSandbox) -> None:
    """If the proxy refuses the credentials, `doctor` and the start say so, and never quote them."""
    async with http_proxy(CREDENTIALS) as proxy:
        wrong = environment | by_api(poe) | {"DISCORD_PROXY": proxy.address("quoth:secret-of-mine")}
        code, out, error = await output(wrong, "bot", "doctor")
        assert code == 1
        assert "DISCORD_PROXY" in next(line for line in out.splitlines() if line.startswith("FAIL"))
        async with command(wrong, "bot", "run") as process, asyncio.timeout(LIMIT):
            assert process.stderr
            while b"Quoth tries again until it works" not in (line := await process.stderr.readline()):
                assert line
            process.send_signal(signal.SIGTERM)
            _, rest = await process.communicate()
    assert process.returncode == 0
    assert proxy.refused > 1
    assert "secret-of-mine" not in out + error + (line + rest).decode()


async def test_discord_is_reached_through_a_tunnel(environment: dict[str, str], tmp_path: Path) -> None:
    """Where Discord's addresses are https, the proxy is asked for a tunnel (CONNECT)."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    making = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await making.wait() == 0
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    app = web.Application()

    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)

    app.router.add_get("/{path:.*}", refuse)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        listening = listener(0)
        await web.SockSite(runner, listening, ssl_context=tls).start()
        port = listening.getsockname()[1]
        async with http_proxy() as proxy:
            changes = {
                "DISCORD_API_URL": f"https://127.0.0.1:{port}/api",
                "DISCORD_PROXY": proxy.address(),
                "SSL_CERT_FILE": str(certificate),
            }
            code, _, error = await output(environment | changes, "bot", "run")
    finally:
        await runner.cleanup()
    assert (code, proxy.requested) == (1, [("CONNECT", f"127.0.0.1:{port}")])
    assert "Discord rejected DISCORD_TOKEN" in error


@pytest.mark.parametrize("missing", ["DISCORD_API_URL", "DISCORD_GATEWAY_URL"])
async def test_without_a_network_it_waits(environment: dict[str, str], missing: str) -> None:
    """Where Discord can't be reached at the start, Quoth goes on trying and says so once, and SIGTERM ends it."""
    tries = 0

    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    scheme = "ws" if missing == "DISCORD_GATEWAY_URL" else "http"
    nowhere = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with command(environment | {missing: nowhere}, "bot", "run") as process, asyncio.timeout(LIMIT):
        await until(lambda: tries >= 3)
        assert process.returncode is None
        process.send_signal(signal.SIGTERM)
        _, log = await process.communicate()
    server.close()
    assert process.returncode == 0
    warnings = [line for line in log.decode().splitlines() if " INFO " not in line]
    assert len(warnings) == 1
    assert nowhere in warnings[0]
    assert "Quoth tries again until it works" in warnings[0]


async def test_it_starts_when_discord_can_be_reached(
    environment: dict[str, str],
    discord: DiscordSandbox,
    poe: PoeSandbox,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A Quoth that waited starts once Discord answers, whatever answered in its place before."""
    html = "<html>Log in to this network</html>"
    instead = [
        web.Response(text=html, content_type="text/html"),
        web.Response(text="{", content_type="application/json"),
        web.Response(text=html, status=404, content_type="text/html"),
    ]

    async def answer(request: web.Request) -> web.Response:
        if instead:
            return instead.pop()
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        url, data = f"{discord.origin}{request.path_qs}", await request.read()
        async with client.request(request.method, url, headers=headers, data=data) as told:
            return web.Response(body=await told.read(), status=told.status, content_type=told.content_type)

    place = web.Application()
    place.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(place)
    await runner.setup()
    listening = listener(0)
    await web.SockSite(runner, listening).start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/api"
    monkeypatch.setattr(discord_connection, "pauses", lambda: itertools.repeat(0.01))
    settings = bootstrap.Settings.read(environment | by_api(poe) | {"DISCORD_API_URL": address})
    async with aiohttp.ClientSession() as client, asyncio.timeout(LIMIT):
        serving = asyncio.create_task(bootstrap.run(settings))
        await discord.ready(LIMIT)
        serving.cancel()
        await serving
    await runner.cleanup()
    assert instead == []
    assert caplog.text.count("Quoth tries again until it works") == 1
    assert not any(word in caplog.text for word in ("Unclosed", "Traceback"))
