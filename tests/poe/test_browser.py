"""The browser as a component: how it starts, and what it leaves behind."""

import asyncio
import sys
from pathlib import Path

import pytest

from bot.errors import BrowserFailed
from bot.poe.web.browser.executables import BrowserOptions, find_browser
from bot.poe.web.browser.session import WebDriverSession
from tests.support.command_line import ROOT, output
from tests.support.processes import all_gone, processes_of


async def test_a_killed_quoth_leaves_no_browser(environment: dict[str, str], tmp_path: Path) -> None:
    """When Quoth is killed without a chance to clean up, its driver and browser end with it."""
    code, _, _ = await output(environment, "tests.support.crash_with_open_browser", str(tmp_path))
    assert code == -9
    assert await all_gone(tmp_path)


def test_a_profile_has_one_browser_at_a_time(tmp_path: Path) -> None:
    """A second browser on a profile in use fails with a sentence that says so; the first one goes on."""
    with WebDriverSession(user_data_dir=str(tmp_path)) as first:
        first.driver.get("about:blank")
        with WebDriverSession(user_data_dir=str(tmp_path)) as second, pytest.raises(BrowserFailed, match="is in use"):
            _ = second.driver
        assert first.driver.current_url == "about:blank"
    assert processes_of(tmp_path) == []


def test_a_driver_that_can_t_start_is_a_sentence() -> None:
    """A wrong POE_DRIVER fails with Quoth's own error."""
    with (
        WebDriverSession(options=BrowserOptions(driver=sys.executable)) as session,
        pytest.raises(BrowserFailed, match="didn't start"),
    ):
        _ = session.driver


async def test_a_disk_that_takes_nothing_more_is_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    """When nothing can be written the browser does not start, one line says so, and nothing is left running."""
    asking = (sys.executable, "-m", "bot", "ask", "hi")
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *asking),
        env={"PYTHONPATH": str(ROOT), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate()
    assert (process.returncode, out, len(error.splitlines())) == (1, b"", 1)
    assert b"The browser didn't start" in error
    assert await all_gone(tmp_path)


def test_the_installed_browser_and_its_driver_are_found() -> None:
    """Without any setting, a browser and a driver of its version are found."""
    browser, driver = find_browser()
    assert Path(browser).exists()
    assert Path(driver).exists()
