"""Why a browser does not start, and what to do about it."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.errors import BrowserFailed
from bot.poe.web.browser.environment import browser_environment

_TRYING: Final = 20.0  # seconds for a browser to say why it does not start
_SCRIPT: Final = 20_000  # bytes of a program that are searched for the snap that it starts
_RESTRICTED: Final = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_WORST: Final = re.compile(r"\b(?:FATAL|ERROR)[:\w.()]*\]?\s*(.+)")

_NO_SANDBOX: Final = (
    "This system doesn't let the browser {browser} make its sandbox{by}. Install the Google Chrome package "
    "(its AppArmor profile allows it) and name it in POE_BROWSER, or allow user namespaces for this program."
)
_SNAP: Final = (
    "The browser is a snap, which can't use the profile {profile}. Set POE_PROFILE_DIR to a folder in your home "
    "directory that is not hidden, or install Google Chrome."
)
_LIBRARY: Final = "The browser needs the library {library}, which is not installed. Install the package that has it."
_NO_DISPLAY: Final = "There is no display for the browser's window. Set POE_HEADLESS=true."


class StartPrevented(BrowserFailed):
    """The browser can't start for a known reason; the message says what to do about it."""


def is_snap(browser: str) -> bool:
    """Whether a program is a snap's, or a script that starts one, as Ubuntu's chromium-browser is."""
    path = Path(browser)
    if not browser or not sys.platform.startswith("linux"):
        return False
    if "snap" in (*path.parts, path.resolve().name):
        return True
    try:
        with path.open("rb") as program:
            start = program.read(_SCRIPT)
    except OSError:
        return False
    return start.startswith(b"#!") and b"/snap/bin/" in start


def check_snap(browser: str, profile: Path | None) -> None:
    """Refuse a profile that a snap's browser can't see.

    Raises:
        StartPrevented: the browser is a snap, and the profile is outside the home directory or hidden in it.
    """
    if profile is None or not is_snap(browser):
        return
    home = Path.home()
    inside = profile.relative_to(home) if profile.is_relative_to(home) else None
    if inside is None or any(part.startswith(".") for part in inside.parts):
        raise StartPrevented(_SNAP.format(profile=profile))


def start_failure(browser: str, arguments: Sequence[str], profile: Path | None, driver_said: str) -> BrowserFailed:
    """Return the error for a browser that did not start under its driver.

    The driver doesn't tell why, so the browser is started once more without it.

    Args:
        browser: the program.
        arguments: its arguments.
        profile: its profile directory.
        driver_said: the driver's own message.
    """
    said = _complaints(browser, arguments)
    if cause := _known_cause(said, browser, profile):
        return StartPrevented(f"The browser didn't start. {cause}")
    errors = _WORST.findall(said)
    return BrowserFailed(f"The browser didn't start: {errors[-1].strip()[:200] if errors else driver_said}")


def _complaints(browser: str, arguments: Sequence[str]) -> str:
    """Return what a browser prints before it fails; empty if it does not fail."""
    command = [browser, *arguments, "--headless=new", "--dump-dom", "about:blank"]
    try:
        # The operator configured the program, or it is on the PATH.
        done = subprocess.run(  # noqa: S603
            command,
            env=browser_environment(None),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TRYING,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stderr.decode(errors="replace") if done.returncode else ""


def _known_cause(said: str, browser: str, profile: Path | None) -> str:
    if "No usable sandbox" in said or "Failed to move to new namespace" in said:
        by = " (AppArmor restricts user namespaces)" if _read(_RESTRICTED) == "1" else ""
        return _NO_SANDBOX.format(browser=browser, by=by)
    if library := re.search(r"error while loading shared libraries: ([\w.+-]+)", said):
        return _LIBRARY.format(library=library[1])
    if "Missing X server" in said:
        return _NO_DISPLAY
    if is_snap(browser) and "ermission denied" in said:
        return _SNAP.format(profile=profile)
    return ""


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""
