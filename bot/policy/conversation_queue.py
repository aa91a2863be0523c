"""Whoever asks again while an answer is still coming is answered next, with that answer in the history."""

import asyncio
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager

from bot.errors import TooManyWaiting

MOST_WAITING = 5
"""Asks of one conversation that may wait for the one that runs."""


class Waiting:
    """One ask's place in the line of its conversation."""

    def __init__(self, line: "list[Waiting]") -> None:
        self._line = line
        self._moved = asyncio.Event()
        self._refused = len(line) > MOST_WAITING
        if not self._refused:
            line.append(self)

    async def over(self, tell: Callable[[int], None]) -> None:
        """Wait until nobody is ahead; ``tell`` learns how many are whenever that changes.

        Raises:
            TooManyWaiting: the line was full.
        """
        if self._refused:
            raise TooManyWaiting
        while ahead := self._line.index(self):
            tell(ahead)
            self._moved.clear()
            await self._moved.wait()

    def leave(self) -> None:
        """Let the others move up, wherever in the line this one was."""
        if self in self._line:
            self._line.remove(self)
            for waiting in self._line:
                waiting._moved.set()


class WaitingLines:
    """The lines of all conversations."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, list[Waiting]] = {}

    @contextmanager
    def join(self, conversation: Hashable) -> Generator[Waiting]:
        """Stand in a conversation's line as long as the block lasts."""
        line = self._lines.setdefault(conversation, [])
        waiting = Waiting(line)
        try:
            yield waiting
        finally:
            waiting.leave()
            if not line:
                self._lines.pop(conversation, None)
