"""The answers that are shown: synthetic, 20 updates a second, each ending in a number by which it is found again.

An answer's updates exist from their time on, whether they were read or not, as those of a model that streams: who comes
late finds several at once.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field

TICK = 0.05
"""Seconds between two updates of one answer."""
_PARAGRAPH = 40  # updates
_WORDS = ("raven", "", "**fog**", "", "`twice`", "", "moonlit,", "", "paper", "")
_MARK = re.compile(r"\bx([0-9a-z]{2})([0-9a-z]{2})\b")  # in base 36
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Answer:
    """One answer of `updates` updates, the first of which exists at the time `start` (monotonic seconds).

    Its number and its updates are below 1296.
    """

    number: int
    start: float
    updates: int
    over: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Done when whoever shows it has; or with what was raised."""

    async def read(self) -> AsyncGenerator[str]:
        """Yields the whole text so far, update by update."""
        text, loop = "", asyncio.get_running_loop()
        for update in range(self.updates):
            text += self.piece(update)
            if (wait := self.since(update) - loop.time()) > 0:
                await asyncio.sleep(wait)
            yield text

    def since(self, update: int) -> float:
        """Gives from when on an update exists."""
        return self.start + update * TICK

    @property
    def end(self) -> float:
        """From when on the whole answer exists."""
        return self.since(self.updates - 1)

    def piece(self, update: int) -> str:
        """Gives what an update adds to the text: as many characters in every answer."""
        end = "\n\n" if update % _PARAGRAPH == _PARAGRAPH - 1 else " "
        return f"{_WORDS[update % len(_WORDS)]} x{_digits(self.number)}{_digits(update)}{end}".lstrip()


def marks(content: str) -> Iterable[tuple[int, int]]:
    """Gives the answers' numbers and the updates that a message's text has to be seen."""
    return ((int(number, 36), int(update, 36)) for number, update in _MARK.findall(content))


def _digits(value: int) -> str:
    high, low = divmod(value, 36)
    return _DIGITS[high] + _DIGITS[low]
