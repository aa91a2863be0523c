"""Ends a browser's processes with Quoth, however Quoth ends."""

import contextlib
import http.client
import os
import signal
import subprocess
from typing import Any, cast

import psutil
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

    def send_remote_shutdown_command(self) -> None:
        """Let the driver end by itself. Selenium's own way goes through the environment's proxy."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=ENDING)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/shutdown")
            connection.getresponse()
        connection.close()
        process = cast("subprocess.Popen[bytes]", self.process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(ENDING)


def end(process: Any, browser_argument: str = "") -> None:
    """Kill a driver and all of its browser's processes.

    Args:
        process: the driver, as Selenium keeps it.
        browser_argument: an argument that only this browser has, by which it is found on Windows if its driver is gone.
    """
    # The driver leads a process group (start_new_session), so one signal reaches the browser's processes too.
    if not isinstance(process, subprocess.Popen):
        return
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            kill_tree(process.pid, browser_argument)
    with contextlib.suppress(subprocess.TimeoutExpired):
        cast("subprocess.Popen[bytes]", process).wait(ENDING)


def kill_tree(pid: int, browser_argument: str = "") -> None:
    """Kill a process, its descendants, and all processes with an argument that only one browser has."""
    found: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        found = [root, *root.children(recursive=True)]
    if browser_argument:
        running = psutil.process_iter(["cmdline"])
        found += [process for process in running if browser_argument in (process.info["cmdline"] or ())]
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.kill()
