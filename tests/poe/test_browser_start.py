"""What a browser finds on the machine where it starts: environment, proxies, locks, temporary files and sandboxes."""

import asyncio
import contextlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from bot.errors import BrowserFailed
from bot.poe.web.browser.disk import TemporaryFolder, size_of, trim
from bot.poe.web.browser.executables import BrowserOptions, find_browser, selenium_manager, version_of
from bot.poe.web.browser.processes import kill_tree
from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.browser.start_failure import StartPrevented
from sandbox.poe.sandbox import PoeSandbox
from tests.support.browser_asks import PROMPT, PoeBrowser, streamed
from tests.support.command_line import ROOT, output
from tests.support.processes import all_gone, processes_of

SECRET = "hunter2-the-secret"
DEAD_PROXY = "http://127.0.0.1:9"
PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
DRIVER = find_browser()[1]
UNPRIVILEGED = """
echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" -c '
import sys
from bot.poe.web.browser.session import WebDriverSession
try:
    WebDriverSession(user_data_dir=sys.argv[1]).driver
except Exception as error:
    print(type(error).__name__, error)
' "$1"
"""


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """The system's folder for temporary files, empty and with a short name."""
    with tempfile.TemporaryDirectory(prefix="q-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def program(path: Path, script: str) -> str:
    """Make a program of a shell script."""
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o700)
    return str(path)


def children() -> list[psutil.Process]:
    """All processes that this one has started, directly or not."""
    return [each for each in psutil.Process().children(recursive=True) if each.status() != psutil.STATUS_ZOMBIE]


async def test_a_proxy_in_the_environment_is_not_used_on_this_machine(
    poe: PoeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands to the driver and to the browser never go to a proxy: with a dead one, a question is still answered."""
    for name in PROXIES:
        monkeypatch.setenv(name, DEAD_PROXY)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with PoeBrowser(user_data_dir=str(tmp_path)).client(poe) as client:
        snapshots, error = await streamed(client, PROMPT)
    assert (error, snapshots[-1].text) == (None, poe.answer(poe.ledger[0]))
    assert await all_gone(tmp_path)


def test_a_driver_ends_by_itself_without_asking_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the proxy takes connections and never answers, closing takes no longer than it must."""
    with socket.create_server(("127.0.0.1", 0)) as silent, WebDriverSession(user_data_dir=str(tmp_path)) as session:
        _ = session.driver
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{silent.getsockname()[1]}")
        session.close()
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert processes_of(tmp_path) == []


def test_no_secret_reaches_the_driver_or_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their environment has what they need and neither the bot's token nor anything else that is not theirs."""
    monkeypatch.setenv("DISCORD_TOKEN", SECRET)
    monkeypatch.setenv("SOME_API_KEY", SECRET)
    monkeypatch.setenv("SE_PROXY", f"http://ada:{SECRET}@127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", f"http://ada:{SECRET}@127.0.0.1:9")
    before = set(children())
    with WebDriverSession(user_data_dir=str(tmp_path)) as session:
        cast("Any", session.driver).get("about:blank")
        environments = [process.environ() for process in set(children()) - before]
        assert len(environments) > 3  # the guard, the driver, the browser, and the browser's own processes
        assert not [each for each in environments if SECRET in str(each)]
        assert any(each.get("PATH") == os.environ["PATH"] for each in environments)
        assert any(each.get("HTTPS_PROXY") == "http://127.0.0.1:9" for each in environments)


def test_no_secret_reaches_selenium_s_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that may download a driver gets no secrets either, and says nothing of its use to its makers."""
    monkeypatch.setenv("DISCORD_TOKEN", SECRET)
    found = '{"logs": [], "result": {"driver_path": "/d", "browser_path": "/b"}}'
    manager = program(tmp_path / "manager", f"env > {tmp_path}/environment; echo '{found}'")
    monkeypatch.setenv("SE_MANAGER_PATH", manager)
    assert selenium_manager() == ("/b", "/d")
    environment = (tmp_path / "environment").read_text(encoding="utf-8")
    assert SECRET not in environment
    assert "SE_AVOID_STATS=true" in environment


def test_killed_browsers_leave_no_temporary_files(tmp_path: Path, temporary: Path) -> None:
    """The browser's temporary files are in a folder of its own, which goes when the browser is closed or restarted."""
    profile = tmp_path / "profile"
    with WebDriverSession(user_data_dir=str(profile)) as session:
        for _ in range(3):
            cast("Any", session.driver).get("about:blank")
            (folder,) = temporary.iterdir()
            assert [*folder.iterdir()]
            session.kill()
            session.close()
            assert [*temporary.iterdir()] == []


def test_a_killed_quoth_s_temporary_files_go_at_the_next_start(tmp_path: Path, temporary: Path) -> None:
    """Quoth remembers its folder in the profile, and removes it when it starts again."""
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(temporary)}
    asyncio.run(output(environment, "tests.support.crash_with_open_browser", str(tmp_path)))
    assert asyncio.run(all_gone(tmp_path))
    (left,) = temporary.iterdir()
    with WebDriverSession(user_data_dir=str(tmp_path)) as session:
        _ = session.driver
        assert left not in temporary.iterdir()
    assert [*temporary.iterdir()] == []


@pytest.mark.parametrize("name", ["precious", "quoth-link", "quoth-file"])
def test_nothing_of_others_is_removed(name: str, tmp_path: Path, temporary: Path) -> None:
    """Only a folder that Quoth made is removed, whatever the file in the profile says."""
    precious, profile = tmp_path / "precious", tmp_path / "profile"
    for folder in (precious, profile):
        folder.mkdir()
    (precious / "file").touch()
    (tmp_path / "quoth-link").symlink_to(precious)
    (tmp_path / "quoth-file").touch()
    (profile / "quoth-temporary").write_text(str(tmp_path / name), encoding="utf-8")
    made = TemporaryFolder(profile)  # with which each start begins, as the test before this one shows
    assert made.make().parent == temporary
    made.remove()
    assert (precious / "file").exists()
    assert (tmp_path / "quoth-file").exists()


async def test_a_profile_that_grew_loses_its_caches_and_keeps_its_login(tmp_path: Path, poe: PoeSandbox) -> None:
    """What a browser can fetch again is removed above the bound, which it is told too; cookies stay."""
    cookie = {"name": "p-b", "value": "login", "expiry": int(time.time()) + 86_400}
    cache = tmp_path / "Default" / "Code Cache"

    def visit(*, log_in: bool) -> None:
        with WebDriverSession(user_data_dir=str(tmp_path)) as session:
            driver: Any = session.driver
            assert any("--disk-cache-size=100000000" in line for line in processes_of(tmp_path))
            driver.get(poe.url)
            if log_in:
                driver.add_cookie(cookie)
            else:
                assert driver.get_cookie("p-b")["value"] == "login"

    def grow_and_trim() -> None:
        cache.mkdir(exist_ok=True)
        (cache / "filler").write_bytes(bytes(1_000_000))
        trim(tmp_path, most=size_of(tmp_path))
        assert cache.exists()
        trim(tmp_path, most=size_of(tmp_path) - 1)
        assert not cache.exists()

    await asyncio.to_thread(visit, log_in=True)
    await asyncio.to_thread(grow_and_trim)
    await asyncio.to_thread(visit, log_in=False)


@pytest.mark.parametrize("host", ["another-host", socket.gethostname()])
def test_a_lock_that_was_left_behind_is_removed(host: str, tmp_path: Path) -> None:
    """A profile copied from another host, or used in an earlier container, is used at once.

    On the same host the lock may name the number of a process that is now another program.
    """
    for name, target in (("Lock", f"{host}-{os.getpid()}"), ("Socket", "/nowhere/socket"), ("Cookie", "1234")):
        (tmp_path / f"Singleton{name}").symlink_to(target)
    with WebDriverSession(user_data_dir=str(tmp_path)) as session:
        cast("Any", session.driver).get("about:blank")
        holder, _, pid = str((tmp_path / "SingletonLock").readlink()).rpartition("-")
        assert holder == socket.gethostname()
        assert int(pid) in {process.pid for process in children()}


def test_a_person_s_browser_on_the_profile_is_told(tmp_path: Path) -> None:
    """A browser that runs on the profile without Quoth is named as the reason, and is left alone."""
    arguments = ["--headless=new", "--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={tmp_path}"]
    command = [find_browser()[0], *arguments]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as browser:  # noqa: S603  # the installed one
        while not (tmp_path / "SingletonLock").is_symlink() and browser.poll() is None:
            time.sleep(0.02)
        try:
            with WebDriverSession(user_data_dir=str(tmp_path)) as session, pytest.raises(BrowserFailed, match="in use"):
                _ = session.driver
            assert browser.poll() is None
        finally:
            browser.kill()


def test_a_home_directory_that_is_not_writable_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some browsers don't start without one, so they get the folder for their temporary files."""
    monkeypatch.setenv("HOME", "/proc/nowhere")
    before = set(children())
    with WebDriverSession(user_data_dir=str(tmp_path)) as session:
        cast("Any", session.driver).get("about:blank")
        # A process that has just begun has no environment yet.
        homes = {process.environ().get("HOME") for process in set(children()) - before} - {None}
    assert [Path(home).name.startswith("quoth-") for home in homes if home] == [True]


@pytest.mark.parametrize(("size", "expected"), [(64_000_000, False), (10**15, True)])
def test_little_shared_memory_is_not_used(
    size: int, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where /dev/shm is small, as in containers, the browser is told to use files."""
    monkeypatch.setattr("bot.poe.web.browser.session._SHARED_MEMORY_SIZE", size)
    # A wrapper of Debian's has its own idea of this.
    seen = tmp_path / "arguments"
    browser = program(tmp_path / "browser", f'echo "$@" >> {seen}; exec {find_browser()[0]} "$@"')
    options = BrowserOptions(browser, DRIVER)
    with WebDriverSession(user_data_dir=str(tmp_path / "profile"), options=options) as session:
        _ = session.driver
    assert ("--disable-dev-shm-usage" in seen.read_text(encoding="utf-8")) is expected


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has this sandbox")
def test_a_system_without_the_browser_s_sandbox_is_told(tmp_path: Path) -> None:
    """Where the system forbids what the browser's sandbox needs, the error says so and what to do."""
    unshare = shutil.which("unshare") or ""
    alone = (unshare, "--user", "--map-user=1000", "--keep-caps")
    if not unshare or subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("this machine allows no user namespaces")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [*alone, "sh", "-c", UNPRIVILEGED, sys.executable, str(tmp_path / "profile")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert done.stdout.startswith("StartPrevented The browser didn't start."), done
    for part in ("sandbox", "Install the Google Chrome package", "POE_BROWSER"):
        assert part in done.stdout


def test_a_snap_s_browser_with_a_profile_out_of_its_sight_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snap sees only what is in the home directory and not hidden there. Ubuntu's `chromium-browser` starts one."""
    browser = program(tmp_path / "chromium-browser", 'exec /snap/bin/chromium "$@"')
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    for profile in (tmp_path / "profile", home / ".quoth" / "profile"):
        with (
            WebDriverSession(user_data_dir=str(profile), options=BrowserOptions(browser, DRIVER)) as session,
            pytest.raises(StartPrevented, match=r"snap.*POE_PROFILE_DIR"),
        ):
            _ = session.driver


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("chrome: error while loading shared libraries: libnss3.so: cannot open", "needs the library libnss3.so"),
        ("[1:1:0:ERROR:ozone_platform_x11.cc(249)] Missing X server or $DISPLAY", "no display"),
        (
            "[1:1:0:FATAL:zygote_host_impl_linux.cc(128)] No usable sandbox! If",
            "make its sandbox",
        ),
        ("[1:1:0:ERROR:elsewhere.cc(3)] Something else is wrong.", "didn't start: Something else is wrong."),
    ],
)
def test_the_browser_s_own_words_are_in_the_error(said: str, sentence: str, tmp_path: Path) -> None:
    """The driver only tells that the browser ended; the browser itself is asked why."""
    browser = program(tmp_path / "browser", f"echo '{said}' >&2; exit 1")
    options = BrowserOptions(browser, DRIVER)
    with (
        WebDriverSession(user_data_dir=str(tmp_path / "profile"), options=options) as session,
        pytest.raises(BrowserFailed, match=sentence),
    ):
        _ = session.driver


async def test_doctor_tells_why_the_browser_does_not_start(environment: dict[str, str], tmp_path: Path) -> None:
    """`quoth doctor` shows the cause with its remedy, and no general advice beside it."""
    browser = program(tmp_path / "browser", "echo 'error while loading shared libraries: libnss3.so: no' >&2; exit 1")
    changes = {"POE_BROWSER": browser, "POE_DRIVER": DRIVER, "HOME": "/proc/nowhere"}
    _, out, error = await output(environment | changes, "bot", "doctor")
    assert error == ""
    (failed,) = [line for line in out.splitlines() if "browser starts" in line]
    assert failed.endswith("libnss3.so, which is not installed. Install the package that has it.")
    assert "nothing can be written in HOME" in out


def test_the_version_of_a_windows_program_is_read_from_its_file(tmp_path: Path) -> None:
    """On Windows `chrome.exe --version` would open a window, so the program is not run."""
    version = struct.pack("<IIII", 0xFEEF04BD, 0x00010000, 156 << 16, 8078 << 16 | 108)
    browser = tmp_path / "chrome.exe"
    browser.write_bytes(b"MZ" + bytes(5000) + version + bytes(100))
    assert version_of(str(browser)) == "chrome 156.0.8078.108"
    browser.write_bytes(b"MZ" + bytes(5000))
    assert version_of(str(browser)) == version_of(str(tmp_path / "none.exe")) == ""


@pytest.mark.parametrize("driver_is_gone", [False, True])
async def test_a_process_tree_is_killed_whole(driver_is_gone: bool, tmp_path: Path) -> None:
    """Where there are no process groups, the browser ends with its driver, also if the driver was killed before."""
    before = set(children())
    session = WebDriverSession(user_data_dir=str(tmp_path))
    cast("Any", session.driver).get("about:blank")
    driver = next(each for each in set(children()) - before if each.name() == "chromedriver")
    guard = driver.parent()
    assert guard
    if driver_is_gone:
        driver.kill()
    assert processes_of(tmp_path)
    await asyncio.to_thread(kill_tree, guard.pid, f"--user-data-dir={tmp_path}")
    assert await all_gone(tmp_path)
    with contextlib.suppress(BrowserFailed):
        session.close()
