"""A virtual display, on which a browser with a window runs where there is no screen."""

import contextlib
import os
import secrets
import shutil
import struct
import subprocess
from pathlib import Path
from select import select

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
            number = ""
            # It ends if it can't write the line to its end, which comes apart from the number.
            while not number.endswith("\n") and select([told], [], [], _STARTING)[0] and (part := os.read(told, 20)):
                number += part.decode()
        except OSError as error:
            raise BrowserFailed(f"Xvfb can't be started: {error.strerror}.") from error
        finally:
            os.close(told)
            if tells >= 0:
                os.close(tells)
        if not number:
            self.stop()
            raise BrowserFailed("Xvfb did not start. Run `Xvfb :99` to see why.")
        return {"DISPLAY": f":{number.strip()}", "XAUTHORITY": str(authority)}

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


def _authority() -> bytes:
    """Return a file in the form of xauth(1) with one new secret, which is for any display."""
    name, secret = b"MIT-MAGIC-COOKIE-1", secrets.token_bytes(16)
    parts = (b"", b"", name, secret)  # address, number of the display, kind of secret, secret
    return struct.pack(">H", 0xFFFF) + b"".join(struct.pack(">H", len(part)) + part for part in parts)
