"""A browser with a window on a virtual display, and one that the operator started and logged in."""

import contextlib
import shutil
import socket
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

import psutil
import pytest

from bot.errors import BrowserFailed
from bot.poe.client import PoeClient
from bot.poe.web.backend import WebBackend
from bot.poe.web.browser import display
from bot.poe.web.browser.executables import BrowserOptions, find_browser
from bot.poe.web.browser.session import WebDriverSession
from sandbox.poe.sandbox import PoeSandbox
from tests.support.browser_asks import LIMITS, PROMPT, UNHURRIED, streamed
from tests.support.processes import processes_of

needs_xvfb = pytest.mark.skipif(not shutil.which(display.PROGRAM), reason="Xvfb is not installed")


def displays() -> list[psutil.Process]:
    """The virtual displays that this process has started and that run."""
    started = psutil.Process().children()
    return [each for each in started if each.name() == display.PROGRAM and each.status() != psutil.STATUS_ZOMBIE]


@needs_xvfb
async def test_a_browser_with_a_window_runs_on_a_virtual_display(
    poe: PoeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a screen it answers as usual, is not headless, and its display ends with it."""
    monkeypatch.delenv("DISPLAY", raising=False)
    session = WebDriverSession(None, str(tmp_path), False, options=BrowserOptions(virtual=True))
    async with PoeClient(WebBackend(poe.url, session, UNHURRIED, LIMITS)) as client:
        snapshots, error = await streamed(client, PROMPT)
        assert (error, snapshots[-1].text) == (None, poe.answer(poe.ledger[0]))
        assert processes_of(tmp_path)
        assert not [line for line in processes_of(tmp_path) if "--headless" in line]
        assert len(displays()) == 1
        assert not session.can_show_window
    assert displays() == []


async def test_without_xvfb_the_operator_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virtual display needs Xvfb, and no browser is started without it."""
    monkeypatch.setattr(display, "PROGRAM", "no-such-program")
    session = WebDriverSession(None, str(tmp_path), False, options=BrowserOptions(virtual=True))
    with pytest.raises(BrowserFailed, match="apt install xvfb"):
        session.tab()
    session.close()


@contextlib.asynccontextmanager
async def running_chrome(folder: Path) -> AsyncGenerator[str]:
    """Start a Chrome as an operator would, and give its debugging address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    browser = find_browser()[0]
    flags = ["--headless=new", "--no-sandbox", "--no-first-run", f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(  # noqa: S603, ASYNC220 - the browser that is installed
        [browser, f"--remote-debugging-port={port}", *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        yield f"127.0.0.1:{port}"
        assert process.poll() is None, "the operator's browser was ended"
    finally:
        process.kill()
        process.wait()


def pages(address: str) -> list[str]:
    """The addresses of a browser's tabs."""
    import json
    import urllib.request

    with urllib.request.urlopen(f"http://{address}/json/list", timeout=5) as answer:
        return [each["url"] for each in json.load(answer) if each["type"] == "page"]


async def test_a_browser_of_the_operators_is_used_and_left_as_it_was(poe: PoeSandbox, tmp_path: Path) -> None:
    """Quoth asks in tabs of its own, closes those, and neither ends the browser nor touches its tabs."""
    async with running_chrome(tmp_path) as address:
        before = pages(address)
        session = WebDriverSession(None, None, False, options=BrowserOptions(attach=address))
        async with PoeClient(WebBackend(poe.url, session, UNHURRIED, LIMITS)) as client:
            snapshots, error = await streamed(client, PROMPT)
            assert (error, snapshots[-1].text) == (None, poe.answer(poe.ledger[0]))
            assert set(before) <= set(pages(address))
        assert pages(address) == before


async def test_a_missing_browser_of_the_operators_is_told() -> None:
    """Where nothing listens at the address, one sentence names it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    session = WebDriverSession(None, None, False, options=BrowserOptions(attach=address))
    with pytest.raises(BrowserFailed, match=f"There is no Chrome to use at {address}"):
        session.tab()
    session.close()
