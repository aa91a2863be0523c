"""Which browser and which driver are installed on this machine."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass

BROWSERS = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome")
DRIVER = "chromedriver"


@dataclass(frozen=True, slots=True)
class BrowserOptions:
    """How the browser is started. Empty strings mean whatever is installed."""

    browser: str = ""
    driver: str = ""
    arguments: tuple[str, ...] = ()


def find_browser(options: BrowserOptions = BrowserOptions()) -> tuple[str, str]:
    """Find a browser and its driver: the configured ones, else those on the PATH.

    A driver on the PATH is used only if it has the browser's major version. Empty strings leave it to Selenium's
    manager to find or download one.
    """
    browser = options.browser or next(filter(None, map(shutil.which, BROWSERS)), "")
    driver = options.driver or shutil.which(DRIVER) or ""
    if driver and not options.driver and _major(browser) != _major(driver):
        driver = ""
    return browser, driver


def version_of(program: str) -> str:
    """Return the first line that a program prints for ``--version``; empty if it prints nothing."""
    if not program:
        return ""
    try:
        # The operator configured the program, or it is on the PATH. As root, browsers need the flag even for this.
        done = subprocess.run(  # noqa: S603
            [program, "--version", "--no-sandbox"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip().partition("\n")[0]


def _major(program: str) -> str:
    found = re.search(r"(\d+)\.\d+\.\d+", version_of(program))
    return found[1] if found else ""


def has_display() -> bool:
    """Whether a visible window could open here."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
