"""Browsers that fail in the middle of an answer: noticed in seconds, replaced, and nothing asked twice."""

import asyncio
import subprocess
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.webdriver import WebDriver as Chrome

from bot.conversation import Asker, Snapshot, State
from bot.errors import BrowserFailed
from bot.poe.client import PoeClient
from bot.poe.schedule import Rules
from bot.poe.web.answer import exchange
from bot.poe.web.backend import WebBackend
from bot.poe.web.browser import session
from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.browser.socket import Connection
from bot.poe.web.page.chat_page import TimeLimits
from sandbox.poe.answers import steps
from sandbox.poe.sandbox import PoeSandbox
from tests.support.processes import all_gone
from tests.support.prompts import prompt_of

ALICE = Asker(1, 1)
FAST = Rules(gap=0.0, hourly=0)
QUICK = TimeLimits(script=3.0)
BEGINNING, WHOLE = "The beginning", "The beginning and the end of it."


def processes(profile: Path, kind: str) -> list[psutil.Process]:
    """Return the processes of the browser on this profile: its "driver", "browser" or "renderer", oldest first."""
    found: list[psutil.Process] = []
    for driver in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            family = {process: command_line(process) for process in [driver, *driver.children(recursive=True)]}
            if any(f"--user-data-dir={profile}" in words for words in family.values()):
                found += [process for process, words in family.items() if kind_of(words) == kind]
    return sorted(found, key=lambda process: process.pid)


def command_line(process: psutil.Process) -> list[str]:
    """Return the words of a process's command line; Chromium joins those of its children to one."""
    try:
        return " ".join(process.cmdline()).split()
    except psutil.Error:  # it has just ended
        return []


def kind_of(words: list[str]) -> str:
    """Return which part of a browser a command line starts."""
    types = [word.removeprefix("--type=") for word in words if word.startswith("--type=")]
    if words and words[0].endswith("chromedriver"):
        return "driver"
    if types:
        return types[0]
    return "browser" if any(word.startswith("--user-data-dir=") for word in words) else ""


@asynccontextmanager
async def asked(client: PoeClient, prompt: str) -> AsyncGenerator[Callable[[int], asyncio.Future[list[Snapshot]]]]:
    """Ask, and wait for snapshots: a call waits until the text has so many characters, 0 until the end."""
    async with client.stream(ALICE, "GPT-4", prompt_of(prompt)) as snapshots:

        async def read(least: int) -> list[Snapshot]:
            seen: list[Snapshot] = []
            async for snapshot in snapshots:
                seen.append(snapshot)
                if least and len(snapshot.text) >= least:
                    break
            return seen

        yield lambda least: asyncio.ensure_future(read(least))


@pytest.fixture(autouse=True)
def brief_endings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait shortly for the suggested replies that no answer here gets."""
    monkeypatch.setattr(exchange, "_AFTERWARDS", 0.5)


Strike = Callable[[WebDriverSession, Path], None]


def kill(kind: str) -> Strike:
    """Return a strike that kills all processes of a kind."""

    def strike(_: WebDriverSession, profile: Path) -> None:
        for process in processes(profile, kind):
            process.kill()

    return strike


def nothing(session: WebDriverSession, profile: Path) -> None:
    """Leave everything as it is."""


def crash(session: WebDriverSession, _: Path) -> None:
    """Crash the tab's page, and nothing else."""
    with suppress(WebDriverException):
        cast("Any", session.driver).execute_cdp_cmd("Page.crash", {})


def hang(session: WebDriverSession, _: Path) -> None:
    """Hang the page for ever; a script that computes would do the same, and take a processor."""
    wait = "it.open('GET', '/_next/data/hydration?seconds=60', false); it.send()"
    loop = f"const it = new XMLHttpRequest(); for (;;) {{ {wait} }}"
    cast("Any", session.driver).execute_script(f"setTimeout(() => {{ {loop} }}, 200)")


@pytest.mark.parametrize(
    ("strike", "later"),
    [
        (crash, kill("renderer")),
        (hang, nothing),
        (kill("browser"), kill("browser")),
        (kill("driver"), kill("driver")),
    ],
    ids=["the tab crashes", "the tab hangs", "the browser crashes", "the driver is killed"],
)
async def test_an_answer_survives_its_browser(strike: Strike, later: Strike, poe: PoeSandbox, tmp_path: Path) -> None:
    """In the middle of an answer: the rest is read from its chat in a new tab, and the prompt is not sent again.

    What dies between two asks is replaced at the next, which succeeds.
    """
    script = poe.script("GPT-4", [steps.Text(BEGINNING), steps.Hold(), steps.Text(WHOLE), steps.State("complete")])
    session = WebDriverSession(user_data_dir=str(tmp_path))
    async with PoeClient(WebBackend(poe.url, session, FAST, QUICK)) as client:
        async with asked(client, "tell me") as read, asyncio.timeout(60.0):
            assert (await read(len(BEGINNING)))[-1].text == BEGINNING
            await asyncio.to_thread(strike, session, tmp_path)
            script.release()
            last = (await read(0))[-1]
        assert (last.text, last.state) == (WHOLE, State.DONE)
        await poe.wait(lambda: poe.visits[-1].path == "/GPT-4" and len(poe.visits) > 1)  # the next ask's page
        await asyncio.to_thread(later, session, tmp_path)
        script.release()
        async with asked(client, "and on") as read, asyncio.timeout(60.0):
            assert (await read(0))[-1].text == WHOLE
    assert [sent.text for sent in poe.ledger] == ["tell me", "and on"]
    assert await all_gone(tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """A file system of its own, which can be filled."""
    mount = ["/usr/bin/mount", "-t", "tmpfs", "-o", "size=200m,mode=700", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:  # noqa: S603  # constant but for the folder
        pytest.skip("only root may mount a small disk, and not in every container")
    yield tmp_path
    subprocess.run(["/usr/bin/umount", tmp_path], check=True)  # noqa: S603  # likewise


def fill(file: Path) -> None:
    """Write to a file until the disk is full."""
    with file.open("wb", buffering=0) as filler, suppress(OSError):
        while filler.write(bytes(65536)):
            pass


async def test_a_disk_that_gets_full_is_told_and_waited_for(poe: PoeSandbox, small_disk: Path) -> None:
    """On a full disk a running browser answers on; a start is refused with its reason until there is room."""
    script = poe.script("GPT-4", [steps.Text(BEGINNING), steps.Hold(), steps.Text(WHOLE), steps.State("complete")])
    poe.switch("no-suggestions")
    profile, filler = small_disk / "profile", small_disk / "filler"
    session = WebDriverSession(user_data_dir=str(profile))
    async with PoeClient(WebBackend(poe.url, session, FAST, QUICK)) as client:
        async with asked(client, "tell me") as read, asyncio.timeout(60.0):
            await read(len(BEGINNING))
            await asyncio.to_thread(fill, filler)
            script.release()
            assert (await read(0))[-1] == Snapshot(WHOLE, State.DONE)
        script.release()
        async with asked(client, "and on") as read, asyncio.timeout(60.0):
            assert (await read(0))[-1] == Snapshot(WHOLE, State.DONE)
        await asyncio.to_thread(session.kill)
        async with asked(client, "in vain") as read, asyncio.timeout(30.0):
            with pytest.raises(BrowserFailed, match="Not enough disk space"):
                await read(0)
        filler.unlink()
        script.release()
        async with asked(client, "room again") as read, asyncio.timeout(60.0):
            assert (await read(0))[-1] == Snapshot(WHOLE, State.DONE)
    assert [sent.text for sent in poe.ledger] == ["tell me", "and on", "room again"]
    assert await all_gone(profile)


async def test_the_event_loop_never_waits_for_the_browser(
    poe: PoeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starting the browser, every command to it and ending it happen in other threads."""
    elsewhere: dict[str, bool] = {}

    def noted(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def note(*given: Any, **named: Any) -> Any:
            with suppress(RuntimeError):
                asyncio.get_running_loop()
                elsewhere[name] = False
            elsewhere.setdefault(name, True)
            return work(*given, **named)

        return note

    for owner, name in ((Chrome, "__init__"), (Chrome, "execute"), (Connection, "command"), (session, "end")):
        monkeypatch.setattr(owner, name, noted(name, getattr(owner, name)))
    async with PoeClient(WebBackend(poe.url, WebDriverSession(user_data_dir=str(tmp_path)), FAST)) as client:
        poe.script("GPT-4", [steps.Text(WHOLE), steps.Hold()])
        async with asked(client, "stop me") as read, asyncio.timeout(60.0):
            await read(len(WHOLE))
    assert len(poe.stops) == 1
    assert elsewhere == {"__init__": True, "execute": True, "command": True, "end": True}
