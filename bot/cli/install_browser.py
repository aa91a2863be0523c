"""``python -m bot.cli.install_browser``: make sure that there is a browser with a matching driver."""

import os
import shutil
import subprocess
import sys

from selenium.common.exceptions import WebDriverException

from bot.errors import SettingsError
from bot.poe.web.browser.display import PROGRAM
from bot.poe.web.browser.environment import child_environment
from bot.poe.web.browser.executables import BrowserOptions, find_browser, selenium_manager, version_of
from bot.poe.web.browser.webdriver_tab import first_line
from bot.settings import Settings

_PACKAGES = ("chromium", "chromium-driver")
_ADVICE = (
    "No browser could be installed. Install Google Chrome, or Chromium with its chromedriver, by hand, "
    "or set POE_BROWSER and POE_DRIVER to where they are."
)


def main() -> int:
    """Use what is installed, else Debian's packages, else what Selenium Manager downloads; returns 1 if all fail."""
    try:
        settings = Settings.read(need_token=False)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    options = BrowserOptions(settings.poe_browser, settings.poe_driver)
    browser, driver = find_browser(options)
    # If there is a browser, only its driver is missing, and Debian's may be of another version.
    attempts = (_selenium_manager, _debian) if browser else (_debian, _selenium_manager)
    if not (browser and driver) and not any(attempt() for attempt in attempts):
        print(_ADVICE, file=sys.stderr)
        return 1
    if settings.poe_headless == "virtual" and not shutil.which(PROGRAM) and not _apt("xvfb"):
        print("Xvfb could not be installed. Run `apt install xvfb`.", file=sys.stderr)
        return 1
    browser, driver = find_browser(options)
    print(f"Browser: {version_of(browser) or 'kept by Selenium Manager'}; {version_of(driver) or 'with its driver'}")
    return 0


def _debian() -> bool:
    """Install Debian's packages; returns whether there are a browser and a driver now."""
    return _apt(*_PACKAGES) and all(find_browser())


def _apt(*packages: str) -> bool:
    """Install packages of Debian's; returns whether that worked."""
    if not shutil.which("apt-get"):
        return False
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    prefix = [] if root else ["sudo", "-n"]
    if not root and not shutil.which("sudo"):
        return False
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *packages]):
        # Fixed commands; -n makes sudo fail instead of asking for a password.
        environment = child_environment() | {"DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run([*prefix, *command], env=environment, stdout=subprocess.DEVNULL, check=False)  # noqa: S603
        if done.returncode:
            return False
    return True


def _selenium_manager() -> bool:
    """Let Selenium Manager find or download a browser and its driver, which it keeps in its cache."""
    try:
        selenium_manager()
    except WebDriverException as error:
        print(first_line(error), file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
