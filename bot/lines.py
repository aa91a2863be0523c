"""Whoever asks again while an answer is still coming is answered next, with that answer in the history."""

import asyncio
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager

from bot.errors import TooManyWaiting

MOST_WAITING = 5
"""Asks of one conversation that may wait for the one that runs."""


class Spot:
    """One ask's place in the line of its conversation."""

    def __init__(self, line: "list[Spot]") -> None:
        self._line = line
        self._moved = asyncio.Event()
        self._refused = len(line) > MOST_WAITING
        if not self._refused:
            line.append(self)

    async def come(self, tell: Callable[[int], None]) -> None:
        """Wait until this one is first; ``tell`` learns how many come first whenever that changes.

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
            for spot in self._line:
                spot._moved.set()


class Lines:
    """The lines of all conversations."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, list[Spot]] = {}

    @contextmanager
    def join(self, conversation: Hashable) -> Generator[Spot]:
        """Stand in a conversation's line as long as the block lasts."""
        line = self._lines.setdefault(conversation, [])
        spot = Spot(line)
        try:
            yield spot
        finally:
            spot.leave()
            if not line:
                self._lines.pop(conversation, None)
