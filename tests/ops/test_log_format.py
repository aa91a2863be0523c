"""Log lines in both forms: complete, one event each, and without secrets."""

import asyncio
import json
import logging
import sys
from pathlib import Path

import pytest

from bot.conversation import ask_id
from bot.ops.log_format import LogFormat, LogFormatter, redact
from bot.settings import Settings
from sandbox.discord.sandbox import DiscordSandbox
from tests.support.command_line import output
from tests.support.linear import is_linear
from tests.support.quoth_in_sandbox import quoth_in_sandbox

TOKEN = "MTA1MjQyODYzNTk2NDY3NzE2NQ.GhTx2Q.7Yt0s0m3Th1ngTh4tL00ksL1k3AT0ken-_x"
SECRET = "kJ8-s3cr3t_W3bh00kT0ken"
LEAKS = [
    TOKEN,
    f"{TOKEN}.",
    f"Authorization: Bot {TOKEN}",
    f"Authorization: {SECRET}",
    f"Authorization: Basic dXNlcjpwYXNz/{SECRET}+x==",
    f"Proxy-Authorization: Basic {SECRET}",
    f"{{'Authorization': 'Bearer {SECRET}', 'Accept': '*/*'}}",
    f'{{"authorization":"Bearer {SECRET}"}}',
    f"<CIMultiDictProxy('Authorization': 'Bot {SECRET}')>",
    f"((b'Authorization', b'Bot {SECRET}'), (b'Host', b'discord.com'))",
    f"authorization={SECRET}",
    f"x-api-key: {SECRET}",
    f"it sent Bearer {SECRET} to somebody",
    f"GET https://discord.com/api/v10/webhooks/123456789012345678/{SECRET}/messages/@original",
    f"PATCH /webhooks/123456789012345678/{SECRET}?wait=true",
    f"POST /interactions/123456789012345678/{SECRET}/callback",
    f"{{'id': '1', 'token': '{SECRET}', 'type': 2}}",
    f'{{"id":"1","token":"aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OmFiY2Q{SECRET}"}}',
    f"of the interaction aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OmFiY2Q{SECRET}",
    f"https://cdn.discordapp.com/attachments/1/2/a.png?ex=6a&is=6b&hm={SECRET}&",
    f"https://cdn.discordapp.com/attachments/1/2/a.png?ex=6a&amp;is=6b&amp;hm={SECRET}",
    f"Cookie: p-b={SECRET}; p-lat={SECRET}",
    f"Cookie: theme=dark; session={SECRET}",
    f"set-cookie: p-b={SECRET}; Path=/",
    f"{{'name': 'p-b', 'value': '{SECRET}'}}",
    f"{{'p-b': '{SECRET}'}}",
    f"cf_clearance={SECRET}",
    f"http://operator:{SECRET}@proxy.example:3128",
    f"http://{SECRET}@proxy.example:3128",
    f"http://operator:a@{SECRET}@proxy.example:3128",
    f"ws://tch1.example/up/chan1/updates?min_seq=1&hash={SECRET}",
    f"DISCORD_TOKEN={SECRET}",
    f"POE_API_KEY={SECRET}",
    f"formkey={SECRET}",
]


def record(message: str, *, error: BaseException | None = None) -> logging.LogRecord:
    """A warning, perhaps with a traceback."""
    caught = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("bot.asks", logging.WARNING, __file__, 1, message, (), caught)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("leak", LEAKS)
def test_secrets_are_hidden(leak: str, form: LogFormat) -> None:
    """Neither a message nor an error in a traceback shows a token, a cookie, a password or a signature."""
    try:
        raise ValueError(leak)
    except ValueError as error:
        line = LogFormatter(form).format(record(f"It failed: {leak}", error=error))
    assert TOKEN not in line
    assert SECRET not in line
    assert line.count("[redacted]") >= 2


def test_the_operators_secrets_are_hidden_whatever_is_around_them() -> None:
    """The operator's own secrets are hidden wherever they stand, also where one contains another."""
    settings = Settings.read(
        {
            "DISCORD_TOKEN": "tok-9-en",
            "POE_API_KEY": "tok-9-enough",
            "DISCORD_PROXY": "http://ada:p%C3%A4ss%22w@127.0.0.1:1",
        }
    )
    for form in ("text", "json"):
        line = LogFormatter(form, settings.secrets).format(record('xtok-9-enx Xtok-9-enoughX p%C3%A4ss%22w päss"w'))
        assert "x[redacted]x X[redacted]X [redacted] [redacted]" in line


@pytest.mark.parametrize(
    "plain",
    [
        "Asking GPT-4.1, chosen by the server, with 12 turns.",
        "It holds: try https://poe.com/login or mail ada@poe.example",
        "a bot token is missing",
        "a bot of the server, a basic explanation of authorization",
        "DISCORD_TOKEN is missing. Put the bot's token into .env (see README.md).",
        "Quoth 1.2.3.4 at 2026-11-28T12:34:56.789Z in bot.poe.web.browser.session",
    ],
)
def test_other_words_stay(plain: str) -> None:
    """What is no secret is left as it is."""
    assert redact(plain) == plain


@pytest.mark.parametrize(
    "part", ["authorization", "://", "a", "cookie: ", "bot ", "/webhooks/1", "?hm=", "x.y", "-", " ", "token=", "p-b"]
)
def test_hiding_takes_linear_time(part: str) -> None:
    """However a text is made, ten times as much takes some ten times as long."""
    assert is_linear(redact, lambda size: part * (size // len(part)))


@pytest.mark.parametrize("form", ["text", "json"])
def test_one_event_is_one_line(form: LogFormat) -> None:
    """Nothing in a message begins a line of its own or commands the terminal."""
    line = LogFormatter(form).format(record("It failed.\n2026-01-01 ERROR forged\r\x1b[2J\u2028next"))
    assert line.isprintable()
    assert "forged" in line


def test_json_is_one_object_a_line() -> None:
    """A record with a traceback is one line, with the time in UTC and the ask's id."""
    before = ask_id.set(1052428635964677165)
    try:
        raise ValueError("two\nlines \ud800")
    except ValueError:
        made = record("It failed.\nReally.")
        made.exc_info = sys.exc_info()
        line = LogFormatter("json").format(made)
    finally:
        ask_id.reset(before)
    assert line.isascii()
    assert "\n" not in line
    data = json.loads(line)
    assert (data["level"], data["logger"], data["event"]) == ("WARNING", "bot.asks", "It failed.\nReally.")
    assert data["ask"] == "1052428635964677165"
    assert "ValueError: two\nlines" in data["error"]
    assert data["time"].endswith("Z")


async def test_lines_of_an_ask_have_its_id(
    tmp_path: Path, discord: DiscordSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Asks that run at the same time log their own ids, and what is logged outside of them has none."""
    caplog.handler.setFormatter(LogFormatter("json"))
    caplog.set_level(logging.INFO, "bot")
    async with quoth_in_sandbox(tmp_path, discord) as quoth:
        (first, one), (second, two) = await quoth.ask("alice"), await quoth.ask("bob")
        one.end("One.")
        two.end("Two.")
        for interaction, text in ((first, "One."), (second, "Two.")):
            await quoth.shown(interaction.response, text)
    lines = [json.loads(line) for line in caplog.text.splitlines()]
    asked = [line["ask"] for line in lines if line["event"].startswith("Asking ")]
    assert asked == [str(first.id), str(second.id)]
    assert all("ask" not in line for line in lines if line["event"].startswith("Logged in as"))


async def test_every_line_of_a_run_is_json(environment: dict[str, str], tmp_path: Path) -> None:
    """With LOG_FORMAT=json a start that fails says so in JSON too, and nothing else is written."""
    changed = environment | {"DISCORD_TOKEN": TOKEN, "LOG_FORMAT": "json"}
    code, out, error = await asyncio.wait_for(output(changed, "bot", "run", cwd=tmp_path), 60)
    assert (code, out) == (1, "")
    lines = [json.loads(line) for line in error.splitlines()]
    assert "Discord rejected DISCORD_TOKEN" in lines[-1]["event"]
    assert lines[-1]["level"] == "CRITICAL"
    assert TOKEN not in error
