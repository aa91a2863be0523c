"""One ask after another in a conversation, so that each answer is part of the next one's history."""

import asyncio
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager

from bot.errors import TooManyWaiting

MOST_WAITING = 5
"""How many asks of a conversation may wait for the one that runs."""


class QueuedAsk:
    """One ask's position in the queue of its conversation."""

    def __init__(self, queue: "list[QueuedAsk]") -> None:
        self._queue = queue
        self._moved = asyncio.Event()
        self._refused = len(queue) > MOST_WAITING
        if not self._refused:
            queue.append(self)

    @property
    def waits(self) -> bool:
        """Whether it is in the queue and others are ahead."""
        return self in self._queue and self._queue[0] is not self

    async def wait(self, report: Callable[[int], None]) -> None:
        """Wait until no ask is ahead; ``report`` is called with the number of asks ahead, at once and at each change.

        Raises:
            TooManyWaiting: the queue was full.
        """
        if self._refused:
            raise TooManyWaiting(count=MOST_WAITING)
        while ahead := self._queue.index(self):
            report(ahead)
            self._moved.clear()
            await self._moved.wait()

    def leave(self) -> None:
        """Leave the queue, from whatever position, and let the others move up."""
        if self in self._queue:
            self._queue.remove(self)
            for other in self._queue:
                other._moved.set()


class ConversationQueues:
    """The queues of all conversations."""

    def __init__(self) -> None:
        self._queues: dict[Hashable, list[QueuedAsk]] = {}

    @contextmanager
    def join(self, conversation: Hashable) -> Generator[QueuedAsk]:
        """Join a conversation's queue, and leave it when the block ends."""
        queue = self._queues.setdefault(conversation, [])
        queued = QueuedAsk(queue)
        try:
            yield queued
        finally:
            queued.leave()
            if not queue and self._queues.get(conversation) is queue:  # one that left early may have been followed
                del self._queues[conversation]
