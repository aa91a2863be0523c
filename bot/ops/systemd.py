"""Tells systemd that Quoth is ready, how it is, and that it is alive (sd_notify(3))."""

import asyncio
import os
import socket
from collections.abc import Mapping

from bot.ops.health import Health

_STARTING = 0.2  # seconds between two messages until Quoth is ready
_RUNNING = 15.0  # the same later, or more often if the watchdog wants it
_PATIENCE = 60  # seconds that the start may take from each message on: Discord may not be reachable yet


class Notifier:
    """Sends messages to the service manager; does nothing where there is none.

    Args:
        environment: where systemd says how it is reached; the process's own by default.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        limit = environment.get("WATCHDOG_USEC", "")
        mine = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._watchdog = int(limit) / 1_000_000 if mine and limit.isdigit() else 0.0

    async def report(self, health: Health) -> None:
        """Tell how Quoth is, until cancelled. A Quoth that is not alive gives no sign of life to the watchdog."""
        pause = min(_RUNNING, self._watchdog / 3 or _RUNNING)
        try:
            while self._address:
                lines = [f"STATUS={health.summary()}"]
                if not health.dead():
                    lines.append("READY=1" if health.ready else f"EXTEND_TIMEOUT_USEC={_PATIENCE * 1_000_000}")
                    lines.append("WATCHDOG=1")
                self._tell(*lines)
                await asyncio.sleep(pause if health.ready else min(pause, _STARTING))
        finally:
            self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.setblocking(False)
            try:
                channel.sendto("\n".join(lines).encode(), address)
            except OSError:
                return  # the manager is busy or gone; the next message is a new try
