"""Tells the reader of an answer for how long there has been no news of it."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from types import TracebackType
from typing import Self

from bot.conversation import Snapshot
from bot.poe.patience import Patience

_STEP = 15.0  # seconds


class Silence(AbstractContextManager["Silence"]):
    """Puts snapshots, and while no new ones come, the newest again and again with the time since.

    Args:
        put: gets the snapshots.
        patience: how long the backend waits for news; None where that is not known.
    """

    def __init__(self, put: Callable[[Snapshot], None], patience: Patience | None) -> None:
        self._put = put
        self._patience = patience
        self._snapshot = Snapshot()
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None, /
    ) -> None:
        self._stop()

    def put(self, snapshot: Snapshot) -> None:
        """Put a new snapshot."""
        self._stop()
        self._snapshot = snapshot
        self._put(snapshot)
        if not snapshot.state.final:
            self._wait()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_STEP, self._repeat)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _repeat(self) -> None:
        quiet, left = self._snapshot.quiet + _STEP, 0.0
        if self._patience is not None and quiet > _STEP:  # at first it is enough that it is told
            left = (self._patience.silence if self._snapshot.text else self._patience.first_text) - quiet
        self._snapshot = replace(self._snapshot, quiet=quiet, left=max(0.0, left))
        self._put(self._snapshot)
        self._wait()
