"""Quoth's modules can be imported where Python lacks what only POSIX or Linux has: on Windows and on macOS."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

# What Python's documentation marks "Availability: Unix" or "Linux", among what a bot could be tempted to use.
PROGRAM = '''
import importlib, os, pathlib, select, signal, socket, sys, threading, time

class Missing:
    """Finds no module that only POSIX has."""

    names = {"fcntl", "grp", "pwd", "pty", "termios", "tty", "resource", "syslog", "crypt", "readline", "spwd",
             "posix_ipc", "nis"}

    def find_spec(self, name, path=None, target=None):
        if name in self.names and importer().startswith(rooms):
            raise ModuleNotFoundError(name)

def importer():
    """Return the module that imports something."""
    frame = sys._getframe(2)
    while frame and (frame.f_globals.get("__name__") or "").startswith(("importlib", "_frozen")):
        frame = frame.f_back
    return frame.f_globals.get("__name__", "") if frame else ""

rooms = ("bot", "cogs", "storage", "sandbox")
folder = pathlib.Path(sys.argv[1])
modules = sorted(
    ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
    for room in rooms for path in (folder / room).rglob("*.py")
)
# The libraries are other people's; they know the systems on which they run.
import aiohttp.web, aiosqlite, babel, discord, dotenv, filelock, markdown_it, PIL.Image, prometheus_client, psutil
import aiohttp.test_utils, cachetools, discord.ext.commands, fastapi_poe, filetype, rapidfuzz
import selenium.webdriver.chrome.webdriver
import asyncio, getpass, html, http.server, json, logging, multiprocessing, shutil, sqlite3, subprocess, tempfile

for name in Missing.names:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Missing())
for module, names in {
    os: "fork forkpty getuid geteuid getgid getegid getgroups getpgid setsid setuid setgid killpg chown fchown fchmod "
        "chroot mkfifo mknod statvfs uname getloadavg wait3 wait4 waitid WNOHANG WIFEXITED O_NOFOLLOW O_DIRECTORY "
        "O_CLOEXEC O_NONBLOCK O_SYNC pread pwrite sendfile sched_getaffinity nice posix_spawn sysconf initgroups",
    signal: "SIGHUP SIGKILL SIGQUIT SIGUSR1 SIGUSR2 SIGCHLD SIGALRM SIGPIPE SIGSTOP SIGCONT SIGTSTP alarm setitimer "
            "pthread_kill pthread_sigmask sigwait pause",
    socket: "AF_UNIX AF_NETLINK AF_VSOCK AF_PACKET SCM_RIGHTS SO_REUSEPORT SO_PEERCRED SOCK_CLOEXEC SOCK_NONBLOCK "
            "TCP_KEEPIDLE send_fds recv_fds",
    select: "epoll poll kqueue",
    time: "tzset clock_gettime CLOCK_BOOTTIME",
    asyncio: "add_signal_handler SafeChildWatcher ThreadedChildWatcher",
}.items():
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)
failed = []
for name in modules:
    if name.endswith("__main__") or name in sys.modules:
        continue
    try:
        importlib.import_module(name)
    except Exception as error:
        failed.append(f"{name}: {type(error).__name__}: {error}")
importlib.import_module("bot.__main__")
print(len(modules), *failed, sep="\\n")
'''


def test_every_module_can_be_imported_without_what_only_posix_has() -> None:
    """In a process without these names and modules each of our modules is imported, and nothing runs into them."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, str(ROOT)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    count, *failed = done.stdout.splitlines() or ["0"]
    assert (done.returncode, failed) == (0, []), done.stderr[-2000:]
    assert int(count) > 150
