"""Which browser and which driver there are on this machine."""

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
    """How the browser is started; empty texts leave the choice to what is installed."""

    browser: str = ""
    driver: str = ""
    arguments: tuple[str, ...] = ()


def find_browser(options: BrowserOptions = BrowserOptions()) -> tuple[str, str]:
    """Find a browser and its driver: as told, else on the PATH. Empty where Selenium's manager has to look or fetch.

    A driver counts only when it is of the browser's own major version.
    """
    browser = options.browser or next(filter(None, map(shutil.which, BROWSERS)), "")
    driver = options.driver or shutil.which(DRIVER) or ""
    if driver and not options.driver and _major(browser) != _major(driver):
        driver = ""
    return browser, driver


def version_of(program: str) -> str:
    """Return what a program prints of its own version, one line; empty where it prints none."""
    if not program:
        return ""
    try:
        # The operator named the program or it is on the PATH. As root a browser refuses even this without the flag.
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
