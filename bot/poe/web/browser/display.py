"""A virtual display, on which a browser with a window runs where there is no screen."""

import contextlib
import os
import secrets
import shutil
import socket
import struct
import subprocess
import tempfile
from pathlib import Path
from select import select

from filelock import FileLock

from bot.errors import BrowserFailed
from bot.poe.web.browser.environment import child_environment

PROGRAM = "Xvfb"
_STARTING = 10.0  # seconds
_ENDING = 5.0  # seconds
_LEFT = "30"  # seconds after the browser's end after which it ends by itself, should Quoth have been killed


class VirtualDisplay:
    """Runs Xvfb, which finds a free number for its display by itself."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, folder: Path) -> dict[str, str]:
        """Start it, and return the variables with which a browser finds it and is let in, and nobody else is.

        Args:
            folder: where the file with the secret for that is kept.

        Raises:
            BrowserFailed: it is not installed, or does not start.
        """
        self.stop()
        program = shutil.which(PROGRAM)
        if program is None:
            raise BrowserFailed("POE_HEADLESS is virtual, but Xvfb is not installed. Run `apt install xvfb`.")
        authority = folder / "Xauthority"
        authority.touch(mode=0o600)
        authority.write_bytes(_authority())
        # Two servers that start at the same moment write their keyboard to the same file, and one of them ends.
        with FileLock(Path(tempfile.gettempdir()) / f"quoth-display-{os.getuid()}.lock", _STARTING):
            number = self._run(program, authority)
        if not number:
            self.stop()
            raise BrowserFailed("Xvfb did not start. Run `Xvfb :99` to see why.")
        return {"DISPLAY": f":{number}", "XAUTHORITY": str(authority)}

    def _run(self, program: str, authority: Path) -> str:
        """Start the program and return its display's number; empty if it has none."""
        options = ["-auth", str(authority), "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-terminate", _LEFT]
        told, tells = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed command
                [program, "-displayfd", str(tells), *options],
                env=child_environment(),
                pass_fds=[tells],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            os.close(tells)
            tells = -1
            ready = select([told], [], [], _STARTING)[0]
            number = os.read(told, 20).decode().strip() if ready else ""
            return number if number and _serves(number) else ""
        except OSError as error:
            raise BrowserFailed(f"Xvfb can't be started: {error.strerror}.") from error
        finally:
            os.close(told)
            if tells >= 0:
                os.close(tells)

    def stop(self) -> None:
        """End it. Safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_ENDING)
            return
        process.kill()
        process.wait()


def _serves(number: str) -> bool:
    """Wait until a display answers: it tells its number before all of it is there. False if it ended instead."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_STARTING)
        client.connect(f"/tmp/.X11-unix/X{number}")  # noqa: S108 - where every X server has it
        client.sendall(b"l\0" + struct.pack("<5H", 11, 0, 0, 0, 0))  # X11 without a secret, which it refuses
        return bool(client.recv(1))


def _authority() -> bytes:
    """Return a file in the form of xauth(1) with one new secret, which is for any display."""
    name, secret = b"MIT-MAGIC-COOKIE-1", secrets.token_bytes(16)
    parts = (b"", b"", name, secret)  # address, number of the display, kind of secret, secret
    return struct.pack(">H", 0xFFFF) + b"".join(struct.pack(">H", len(part)) + part for part in parts)
