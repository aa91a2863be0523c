"""Chromium's own lock on a profile: whether a browser holds it, or only left it behind."""

import contextlib
import logging
import socket
from pathlib import Path
from typing import Final

import psutil

log = logging.getLogger(__name__)

_ENDING: Final = 5.0  # seconds for a browser that was just ended
_LINKS: Final = ("SingletonLock", "SingletonSocket", "SingletonCookie")


def in_use(profile: Path) -> bool:
    """Whether a browser of this machine uses the profile. A lock that another browser left behind is removed.

    Chromium's lock is a link to "host-pid". It stays when a browser is killed. If the profile is then used on another
    host, such as a new container, Chromium does not start, because it can't know that browser's fate. Quoth can: it
    holds its own lock on the profile, and ends its browser with itself.

    Args:
        profile: the profile directory, locked by this process.
    """
    try:
        host, _, pid = str((profile / _LINKS[0]).readlink()).rpartition("-")
    except OSError:  # no lock, or Windows, where it is a file that ends with its browser
        return False
    if host == socket.gethostname() and _is_browser_of(profile, pid):
        return True
    log.info("Removing the lock on the browser profile that a browser on %s left behind.", host)
    for name in _LINKS:
        with contextlib.suppress(OSError):
            (profile / name).unlink()
    return False


def _is_browser_of(profile: Path, pid: str) -> bool:
    """Whether a process is a browser on the profile that stays."""
    try:
        process = psutil.Process(int(pid))
        arguments = process.cmdline()
        given = [each.partition("=")[2] for each in arguments if each.startswith("--user-data-dir=")]
        # A person's own browser on its usual profile needs no argument for it.
        uses_it = profile.resolve() in {Path(path).resolve() for path in given} if given else "chrom" in process.name()
        if uses_it:
            process.wait(_ENDING)
    except psutil.AccessDenied:  # somebody else's process
        return True
    except psutil.TimeoutExpired:
        return True
    except (psutil.NoSuchProcess, ValueError):
        pass
    return False
