"""The processes of a browser: none of them outlives Quoth, however Quoth ends."""

import contextlib
import os
import signal
import subprocess
from typing import Any, cast

from selenium.webdriver.chrome.service import Service

ENDING = 10.0  # seconds that a browser is given to end by itself


class GuardedService(Service):
    """A driver that ends with this process, however this process ends.

    On POSIX the driver leads a process group of its own, so that a Ctrl-C in the terminal is ours to handle, with a
    shell that waits for the end of its standard input, which this process holds open, and then ends the group.
    """

    _GUARD = 'exec 3<&0; { cat <&3 >/dev/null; kill -KILL 0; } & "$@" 3<&- & wait $!'

    _guarded: tuple[str, ...] = ()

    def _start_process(self, path: str) -> None:
        if os.name == "posix":
            self._guarded = ("-c", self._GUARD, "sh", path)
            path = "/bin/sh"
        super()._start_process(path)

    def command_line_args(self) -> list[str]:
        """The driver's arguments, behind the guard's."""
        return [*self._guarded, *super().command_line_args()]


def end(process: Any) -> None:
    """End a driver and all of its browser's processes, at once."""
    # The driver leads a process group of its own (start_new_session): one signal reaches the browser's processes too.
    if not isinstance(process, subprocess.Popen):
        return
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        cast("subprocess.Popen[bytes]", process).wait(ENDING)
