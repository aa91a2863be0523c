"""Passes the newest snapshot of an answer from the task or thread that reads it to the one that shows it."""

import asyncio
from collections.abc import AsyncIterator

from bot.conversation import Snapshot


class LatestSnapshot:
    """Holds one snapshot: a newer one replaces it. A slow reader skips snapshots and never delays the writer."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._snapshot: Snapshot | None = None
        self._ended = False
        self._error: BaseException | None = None

    def put(self, snapshot: Snapshot) -> None:
        """Replace the snapshot. From the event loop's own thread."""
        self._snapshot = snapshot
        self._changed.set()

    def put_from_thread(self, snapshot: Snapshot) -> None:
        """Replace the snapshot. From any thread."""
        self._loop.call_soon_threadsafe(self.put, snapshot)

    def end(self, error: BaseException | None = None) -> None:
        """End the iteration after the last snapshot; where an error is given, by raising it."""
        self._ended, self._error = True, error
        self._changed.set()

    async def __aiter__(self) -> AsyncIterator[Snapshot]:
        while True:
            await self._changed.wait()
            self._changed.clear()
            ended, error, snapshot, self._snapshot = self._ended, self._error, self._snapshot, None
            if snapshot is not None:
                yield snapshot
            if error is not None:
                raise error
            if ended:
                return
