"""Bounds what a browser leaves on the disk: temporary files, and caches in its profile."""

import contextlib
import logging
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

CACHE_SIZE: Final = 100_000_000  # bytes of the browser's cache of what it loaded
_PROFILE_SIZE: Final = 500_000_000  # bytes of a profile from which on its caches are emptied
_PREFIX: Final = "quoth-"
_RECORD: Final = "quoth-temporary"
# A socket that Chromium makes in the folder has 44 more characters, and its path at most 103 (macOS) or 107.
_LONGEST: Final = 40
# Folders that a browser fills again when they are missing, in the profile directory and in each profile in it.
_CACHES: Final = (
    *("Cache", "Code Cache", "GPUCache", "Service Worker", "DawnGraphiteCache", "DawnWebGPUCache", "DawnCache"),
    *("GrShaderCache", "GraphiteDawnCache", "ShaderCache", "BrowserMetrics", "Crash Reports"),
)


class TemporaryFolder:
    """A folder for one browser's temporary files, of which a browser that is killed leaves some.

    Its path is kept in a file of the profile, so that the next start removes what a killed Quoth left.

    Args:
        profile: the profile directory, locked by this process; None if there is none.
    """

    def __init__(self, profile: Path | None) -> None:
        self._record = profile and profile / _RECORD
        self._path: Path | None = None

    def make(self) -> Path:
        """Return a new folder. The one that a killed Quoth left is removed.

        Raises:
            OSError: it can't be made.
        """
        self.remove()
        if (left := self._recorded()) and _is_own(left):
            shutil.rmtree(left, ignore_errors=True)
        parent = tempfile.gettempdir()
        if os.name == "posix" and len(parent) > _LONGEST:
            parent = "/tmp"  # noqa: S108  # mkdtemp makes a folder of its own in it
        self._path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        if self._record:
            self._record.write_text(str(self._path), encoding="utf-8")
        return self._path

    def remove(self) -> None:
        """Remove the folder that `make` returned, with everything in it. Safe to call twice."""
        path, self._path = self._path, None
        if path is None:
            return
        shutil.rmtree(path, ignore_errors=True)  # processes that are about to end may still write in it
        if self._record and not path.exists():  # otherwise the next start tries again
            with contextlib.suppress(OSError):
                self._record.unlink(missing_ok=True)

    def _recorded(self) -> Path | None:
        try:
            return self._record and Path(self._record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None


def _is_own(path: Path) -> bool:
    """Whether a path is a folder that this user's Quoth made for temporary files."""
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return False
    own = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return path.is_absolute() and path.name.startswith(_PREFIX) and stat.S_ISDIR(found.st_mode) and own


def trim(profile: Path, most: int = _PROFILE_SIZE) -> None:
    """Empty the caches of a profile that no browser uses if it takes more than ``most`` bytes. The login is kept."""
    if size_of(profile) <= most:
        return
    log.info("Emptying the caches of the browser profile, which takes more than %d MB.", most // 1_000_000)
    for folder in (profile, *(path.parent for path in profile.glob("*/Preferences"))):
        for name in _CACHES:
            shutil.rmtree(folder / name, ignore_errors=True)


def size_of(folder: Path) -> int:
    """Return how many bytes the files in a folder take."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # it was removed meanwhile
            total += path.lstat().st_size
    return total
