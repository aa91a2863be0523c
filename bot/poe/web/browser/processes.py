"""Ends a browser's processes with Quoth, however Quoth ends."""

import contextlib
import os
import signal
import subprocess
from typing import Any, cast

from selenium.webdriver.chrome.service import Service

ENDING = 10.0  # seconds for a browser to end by itself


class GuardedService(Service):
    """A driver that ends with this process, however this process ends.

    On POSIX the driver runs in a process group of its own, so that Ctrl-C in a terminal reaches Quoth only. A shell in
    that group waits for the end of its standard input, which this process holds open, and then kills the group.
    """

    _GUARD = 'exec 3<&0; { cat <&3 >/dev/null; kill -KILL 0; } & "$@" 3<&- & wait $!'

    _guarded: tuple[str, ...] = ()

    def _start_process(self, path: str) -> None:
        if os.name == "posix":
            self._guarded = ("-c", self._GUARD, "sh", path)
            path = "/bin/sh"
        super()._start_process(path)

    def command_line_args(self) -> list[str]:
        """Return the guard's arguments, then the driver's."""
        return [*self._guarded, *super().command_line_args()]


def end(process: Any) -> None:
    """Kill a driver and all of its browser's processes."""
    # The driver leads a process group (start_new_session), so one signal reaches the browser's processes too.
    if not isinstance(process, subprocess.Popen):
        return
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        cast("subprocess.Popen[bytes]", process).wait(ENDING)
