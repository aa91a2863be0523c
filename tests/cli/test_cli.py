"""The command line in a process of its own: its output and its exit code."""

import asyncio
import contextlib
import json
import os
import re
import signal
import tempfile
from collections.abc import Generator
from importlib.metadata import version
from pathlib import Path

import pytest

from bot.markdown.convert import convert
from bot.markdown.own_lines import separate
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.poe.sandbox import PoeSandbox
from storage.database import open_database, reserved
from tests.support.bot_environment import by_api
from tests.support.command_line import ROOT, command, output
from tests.support.processes import all_gone
from tests.support.prompts import LONG_PROMPT
from tests.support.replies import LIMIT, ended


def towards(discord: DiscordSandbox) -> dict[str, str]:
    """Return the environment variables that lead a bot to a Discord."""
    return {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
    }


def names_in(folder: Path) -> list[str]:
    """Return the names of what a folder contains."""
    return [path.name for path in folder.iterdir()]


def files_below(folder: Path) -> list[Path]:
    """Return everything that a folder contains, at any depth."""
    return sorted(folder.rglob("*"))


async def test_ask_prints_exactly_the_answer(environment: dict[str, str], poe: PoeSandbox, tmp_path: Path) -> None:
    """`quoth ask -` sends standard input exactly and prints exactly the text on Poe's wire; no browser is left."""
    code, out, error = await output(environment, "bot", "ask", "--model", "GPT-4", "-", stdin=LONG_PROMPT)
    assert (code, error) == (0, "")
    assert [sent.text for sent in poe.ledger] == [LONG_PROMPT]
    assert out == poe.answer(poe.ledger[0])
    assert await all_gone(tmp_path)


async def test_a_failed_answer_is_printed_as_far_as_it_came(environment: dict[str, str], poe: PoeSandbox) -> None:
    """When the answer fails, its text so far is on standard output, and one line on standard error says why.

    A byte of the command line that is no UTF-8 reaches Poe as U+FFFD.
    """
    words = ("--model", "Sandbox-Error", "--", "--caf\udce9 \x1b[31m\r\n")
    code, out, error = await output(environment, "bot", "ask", *words)
    assert [sent.text for sent in poe.ledger] == ["--caf\ufffd \ufffd[31m\n"]
    assert (code, out) == (1, poe.answer(poe.ledger[0]))
    assert "Poe marked the answer as failed" in error
    assert len(error.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--model", "gtp-4", "hi"], "Unsupported model: gtp-4. Did you mean GPT-4"),
        (["--model", "claud.", "hi"], "Unsupported model: claud. Did you mean Claude-Opus-4.8, Claude-Sonnet-5.5"),
        (["   "], "The prompt is empty."),
    ],
)
async def test_ask_fails_in_one_line(words: list[str], sentence: str, environment: dict[str, str]) -> None:
    """A question that can't be asked is one line on standard error and exit code 1, never a traceback."""
    code, _, error = await output(environment, "bot", "ask", *words)
    assert code == 1
    assert sentence in error
    assert len(error.strip().splitlines()) == 1


async def test_version(environment: dict[str, str]) -> None:
    """`quoth --version` prints the name and the version."""
    assert await output(environment, "bot", "--version") == (0, f"quoth {version('quoth')}\n", "")


async def test_doctor_creates_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    """Without a profile, a database and a .env, `quoth doctor` leaves everything as it was, the home directory too."""
    folders = {name: tmp_path / name for name in ("cwd", "HOME", "TMPDIR")}
    for folder in folders.values():
        folder.mkdir()
    before = files_below(tmp_path)
    changes = {name: str(path) for name, path in folders.items() if name != "cwd"}
    code, out, error = await output(environment | changes, "bot", "doctor", cwd=folders["cwd"])
    assert (code, error) == (1, "")
    assert "doesn't exist  → Run `quoth login`" in out
    assert "browser starts         yes" in out
    assert files_below(tmp_path) == before


async def test_doctor_finds_everything_in_order(environment: dict[str, str], tmp_path: Path) -> None:
    """When all is well, `quoth doctor` says so line by line, names the selectors that matched, and exits 0."""
    profile = tmp_path / "profile"
    profile.mkdir(0o700)
    code, out, error = await output(environment, "bot", "doctor")
    assert (code, error) == (0, "")
    assert "FAIL" not in out
    for found in ("logged in as quoth", "is writable", "Chrom", 'button[aria-label="Send message"]'):
        assert found in out
    assert re.search(r"^-     browser with a window  (passes too; POE_HEADLESS=|not tried, because)", out, re.MULTILINE)


async def test_doctor_says_how_to_fix_each_failure(environment: dict[str, str], poe: PoeSandbox) -> None:
    """Each failed check of `quoth doctor` comes with a sentence that says how to fix it, and the exit code is 1."""
    poe.switch("login-wall")
    changes = {"DISCORD_TOKEN": "wrong", "DATABASE_PATH": "/proc/nowhere/quoth.sqlite3"}
    code, out, error = await output(environment | changes, "bot", "doctor")
    assert (code, error) == (1, "")
    failed = [line for line in out.splitlines() if line.startswith("FAIL")]
    for check in ("token", "database", "profile", "login"):
        assert any(check in line and "→" in line for line in failed)


async def test_login_without_a_screen_says_what_to_do(environment: dict[str, str]) -> None:
    """Without a display `quoth login` says so in one line."""
    code, _, error = await output(environment, "bot", "login")
    assert code == 1
    assert "There is no display here." in error


async def test_a_wrong_token_is_one_line(environment: dict[str, str]) -> None:
    """When Discord refuses the token, one line says so and the exit code is 1."""
    code, _, error = await output(environment | {"DISCORD_TOKEN": "wrong"}, "bot", "run")
    assert code == 1
    assert "Discord rejected DISCORD_TOKEN" in error
    assert "Traceback" not in error


async def test_run_ends_cleanly_on_sigterm(environment: dict[str, str], poe: PoeSandbox, tmp_path: Path) -> None:
    """`quoth run` ends on SIGTERM with exit code 0, no browser is left, and nobody's words are in its log.

    Without the message content intent it says so in the log, and slash commands work.
    """
    async with DiscordSandbox(message_content=False) as discord:
        async with command(environment | towards(discord), "bot", "run") as process, asyncio.timeout(LIMIT):
            await discord.ready(LIMIT)
            interaction = await discord.command("alice", "lamp-room", "ask", prompt="a secret of mine")
            assert await ended(discord, interaction) == "done"
            process.send_signal(signal.SIGTERM)
            _, error = await process.communicate()
        assert separate(interaction.response.content).text == convert(poe.answer(poe.ledger[0]))
        assert (discord.ledger.unknown, discord.ledger.with_status(400), discord.ledger.limited) == ([], [], [])
    assert process.returncode == 0
    assert await all_gone(tmp_path)
    log = error.decode()
    assert "message content intent is off" in log
    assert not any(word in log for word in ("Traceback", "secret of mine", discord.token, "puffins"))


async def test_run_ends_cleanly_on_sigint(environment: dict[str, str], discord: DiscordSandbox) -> None:
    """`quoth run` ends on Ctrl-C with exit code 0 and without a traceback."""
    async with command(environment, "bot", "run") as process, asyncio.timeout(LIMIT):
        await discord.ready(LIMIT)
        process.send_signal(signal.SIGINT)
        _, error = await process.communicate()
    assert process.returncode == 0
    assert b"message content intent is off" not in error
    assert b"Traceback" not in error


async def test_an_outage_of_discord_is_a_line(environment: dict[str, str], poe: PoeSandbox) -> None:
    """When Discord goes away, each attempt to reconnect is a line in the log, and a signal still ends Quoth."""
    environment |= by_api(poe)
    async with contextlib.AsyncExitStack() as stack:
        async with DiscordSandbox() as discord:
            running = command(environment | towards(discord), "bot", "run")
            process = await stack.enter_async_context(running)
            await discord.ready(LIMIT)
        assert process.stderr
        async with asyncio.timeout(LIMIT):
            while b"Attempting a reconnect" not in (line := await process.stderr.readline()):
                assert line  # else it ended
            assert b"Cannot connect to host" in line
            process.send_signal(signal.SIGTERM)
            _, rest = await process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in rest


@pytest.fixture
def short_path() -> Generator[Path]:
    """Return a folder for temporary files with a short name: the path of Chromium's socket may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="q-") as folder:
        yield Path(folder)


@pytest.mark.parametrize("backend", ["browser", "api"])
async def test_the_demo_asks_once_and_ends(backend: str, environment: dict[str, str], short_path: Path) -> None:
    """`make demo ASK=` prints each edit and one JSON line at the end, exits 0, and leaves no process or folder."""
    place = {"PATH": environment["PATH"], "TMPDIR": str(short_path)}
    code, out, error = await output(
        place, "sandbox", "--backend", backend, "--ask", "GPT-3.5-Turbo", "--prompt", 'Say "hi" & $HOME !image=0.6'
    )
    result = json.loads(out.splitlines()[-1])
    assert (code, error) == (0, "")
    assert result["state"] == "done"
    assert result["rate_limited"] == 0
    assert result["edits"] > 3
    assert 0 < result["first_text_ms"] < result["total_ms"]
    assert result["text"].startswith("[a lemon in the fog.png]")
    printed = out.rpartition("\n{")[0]
    assert result["text"] in printed
    assert printed.count("Asking GPT-3.5-Turbo") == printed.count("[a lemon in the fog.png]") == 1
    assert await all_gone(short_path)
    assert [name for name in names_in(short_path) if name.startswith("quoth-demo-")] == []


async def test_the_demo_page_ends_cleanly(environment: dict[str, str], short_path: Path) -> None:
    """`make demo` prints an address, a free one if its own is taken, and Ctrl-C ends it without leftovers."""
    place = {"PATH": environment["PATH"], "TMPDIR": str(short_path)}
    async with command(place, "sandbox") as first, command(place, "sandbox") as second, asyncio.timeout(LIMIT):
        lines = [await stream.readline() for demo in (first, second) if (stream := demo.stdout)]
        addresses = {word.decode() for line in lines for word in line.split() if word.startswith(b"http://127.0.0.1:")}
        assert len(addresses) == 2
        for demo in (first, second):
            demo.send_signal(signal.SIGINT)
        errors = [(await demo.communicate())[1] for demo in (first, second)]
    assert (first.returncode, second.returncode, errors) == (0, 0, [b"", b""])
    assert await all_gone(short_path)
    assert [name for name in names_in(short_path) if name.startswith("quoth-demo-")] == []


async def test_the_demo_prints_an_answer_once(environment: dict[str, str], short_path: Path) -> None:
    """However often a reply is edited, each line of its answer is printed once, and the JSON line follows."""
    place = {"PATH": environment["PATH"], "TMPDIR": str(short_path)}
    code, out, error = await output(
        place, "sandbox", "--backend", "api", "--ask", "GPT-3.5-Turbo", "--prompt", "!plain"
    )
    printed, _, last = out.rstrip("\n").rpartition("\n")
    result = json.loads(last)
    assert (code, error, result["state"]) == (0, "", "done")
    assert result["edits"] > 5
    written = [line for line in result["text"].splitlines() if len(line) > 20]
    assert len(written) > 3
    assert [printed.count(line) for line in written] == [1] * len(written)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--port", "80000"], "“80000” is not a port: choose a number from 1 to 65535"),
        (["--port", "x"], "“x” is not a port: choose a number from 1 to 65535"),
        (["--prompt", ""], "a prompt needs a model: make demo ASK=GPT-4o PROMPT='What are tides?'"),
        (["--ask", "GPT-4o", "--prompt", " "], "the prompt is empty"),
    ],
)
async def test_the_demo_refuses_in_a_sentence(words: list[str], sentence: str, environment: dict[str, str]) -> None:
    """Options of the demo that can't be used are one line on standard error and exit code 1."""
    assert await output({"PATH": environment["PATH"]}, "sandbox", *words) == (1, "", f"demo: {sentence}\n")


@pytest.mark.parametrize(
    ("words", "environment", "options"),
    [
        ([], {}, []),
        (["PORT=x"], {}, ["--port"]),
        (["PROMPT="], {}, ["--prompt"]),
        (["ASK=a", "PROMPT=b"], {}, ["--ask", "--prompt"]),
        ([], {"PROMPT": "$P$G"}, []),
        (["ASK=a"], {"PROMPT": "b"}, ["--ask", "--prompt"]),
    ],
)
async def test_make_demo_passes_its_variables(
    words: list[str], environment: dict[str, str], options: list[str]
) -> None:
    """`make demo` passes on what was given to it; a PROMPT that the shell has for itself counts only for a question."""
    _, out, _ = await made(*words, "demo", "--dry-run", "--assume-old=install", **environment)
    assert re.findall(r"--\w+", out) == options


async def test_make_lists_its_targets() -> None:
    """`make` alone prints each target with what it is for."""
    code, out, _ = await made()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    listed = [re.fullmatch(r"make ([\w-]+) +\S.*", line) for line in out.splitlines()]
    assert code == 0
    assert {match[1] for match in listed if match} == set(phony[1].split())


async def made(*words: str, **environment: str) -> tuple[int, str, str]:
    """Run `make` and return exit code, standard output and standard error."""
    variables = {"PATH": os.environ["PATH"], "LC_ALL": "C", **environment}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec("make", *words, cwd=ROOT, env=variables, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(LIMIT):
        out, error = await process.communicate()
    return process.returncode or 0, out.decode(), error.decode()


async def test_a_chosen_port_that_is_taken_is_one_line(environment: dict[str, str], discord: DiscordSandbox) -> None:
    """`make demo PORT=` with a port that is taken says so in one line and exits 1."""
    port = discord.origin.rpartition(":")[2]
    code, _, error = await output({"PATH": environment["PATH"]}, "sandbox", "--port", port)
    assert code == 1
    assert f"port {port} is taken" in error
    assert len(error.strip().splitlines()) == 1


async def test_backup_copies_once(environment: dict[str, str], tmp_path: Path) -> None:
    """`quoth backup` makes a copy and says so; it refuses to overwrite it, in one line and with exit code 1."""
    async with open_database(Path(environment["DATABASE_PATH"])):
        copy = str(tmp_path / "copy")
        code, out, error = await output(environment, "bot", "backup", copy)
        assert (code, error, out.count("\n")) == (0, "", 1)
        assert copy in out
        code, out, error = await output(environment, "bot", "backup", copy)
        assert (code, out) == (1, "")
        assert error == f"quoth: {copy} already exists; a backup never overwrites a file.\n"


async def test_a_second_quoth_refuses_to_start(environment: dict[str, str]) -> None:
    """While a database is in use, a second Quoth ends at once with one line that names the file."""
    with reserved(Path(environment["DATABASE_PATH"])):
        code, out, error = await output(environment, "bot", "run")
    assert (code, out) == (1, "")
    assert error == f"quoth: The database {environment['DATABASE_PATH']} is in use. Stop the other Quoth first.\n"
