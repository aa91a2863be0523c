"""Which browser and which driver are installed on this machine."""

import json
import os
import re
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.poe.web.browser.environment import child_environment

BROWSERS = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome")
DRIVER = "chromedriver"
_FIXED_FILE_INFO: Final = struct.pack("<II", 0xFEEF04BD, 0x00010000)  # how the version begins in a Windows program
# Selenium offers no way to run its manager with another environment.
_MANAGER: Final = """
import json, sys
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.selenium_manager import SeleniumManager
try:
    print(json.dumps(SeleniumManager().binary_paths(sys.argv[1:])))
except WebDriverException as error:
    sys.exit(error.msg)
"""


@dataclass(frozen=True, slots=True)
class BrowserOptions:
    """How the browser is started. Empty strings mean whatever is installed.

    ``virtual`` is whether its window is on a virtual display; ``attach`` is the debugging address of a running Chrome,
    which is used instead of starting one.
    """

    browser: str = ""
    driver: str = ""
    arguments: tuple[str, ...] = ()
    virtual: bool = False
    attach: str = ""


def find_browser(options: BrowserOptions = BrowserOptions()) -> tuple[str, str]:
    """Find a browser and its driver: the configured ones, else those on the PATH.

    A driver on the PATH is used only if it has the browser's major version. Empty strings mean that
    `selenium_manager` has to find or download one.
    """
    browser = options.browser or next(filter(None, map(shutil.which, BROWSERS)), "")
    driver = options.driver or shutil.which(DRIVER) or ""
    if driver and not options.driver and _major(browser) != _major(driver):
        driver = ""
    return browser, driver


def selenium_manager(browser: str = "") -> tuple[str, str]:
    """Let Selenium's own manager find or download a browser, unless one is named, and its driver.

    It keeps them in its cache.

    Raises:
        WebDriverException: it can't.
    """
    from selenium.common.exceptions import WebDriverException  # a bot without a browser does not need it

    named = ("--browser-path", browser) if browser else ()
    command = [sys.executable, "-c", _MANAGER, "--browser", "chrome", *named]
    environment = {"SE_AVOID_STATS": "true"} | child_environment()  # otherwise it reports each start
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise WebDriverException(f"Selenium Manager did not start: {error}") from error
    if done.returncode:
        message = re.search(r"'message': (['\"])(.+?)\1, '", done.stderr)
        said = message[2] if message else done.stderr.strip() or f"exit code {done.returncode}"
        raise WebDriverException(f"Selenium Manager found no driver: {said}")
    found = json.loads(done.stdout)
    return found["browser_path"], found["driver_path"]


def version_of(program: str) -> str:
    """Return the first line that a program prints for ``--version``; empty if it prints nothing.

    The version of a Windows program is read from its file: Chrome would open a window instead.
    """
    if not program:
        return ""
    if program.lower().endswith(".exe"):
        return _file_version(Path(program))
    try:
        # The operator configured the program, or it is on the PATH. As root, browsers need the flag even for this.
        done = subprocess.run(  # noqa: S603
            [program, "--version", "--no-sandbox"],
            env=child_environment(),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip().partition("\n")[0]


def _file_version(program: Path) -> str:
    """Return the name and the version that are written in a Windows program; empty if there is no version."""
    try:
        data = program.read_bytes()
    except OSError:
        return ""
    at = data.find(_FIXED_FILE_INFO)
    if at < 0 or len(data) < at + 16:
        return ""
    # Two 32-bit numbers of two parts each, the more significant part first.
    minor, major, patch, build = struct.unpack_from("<4H", data, at + 8)
    return f"{program.stem} {major}.{minor}.{build}.{patch}"


def _major(program: str) -> str:
    found = re.search(r"(\d+)\.\d+\.\d+", version_of(program))
    return found[1] if found else ""


def has_display() -> bool:
    """Whether a visible window could open here."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
