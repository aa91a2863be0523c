"""How fast answers grow, on the page and at the official API."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass


@dataclass(slots=True)
class Tempo:
    """How fast answers grow; may be changed while they do."""

    speed: float
    """Characters a second."""
    interval: float
    """Seconds between two updates of one answer."""
    first_token: float
    """Seconds between the bot's empty message and its first text."""


class Timing:
    """When one answer's next text is due."""

    def __init__(self, tempo: Tempo) -> None:
        self._tempo = tempo
        self._beat: float | None = None

    async def beat(self, seconds: float) -> None:
        """Wait until so many seconds after the last beat, or from now if this is the first; a missed one is skipped."""
        now = asyncio.get_running_loop().time()
        self._beat = max(now if self._beat is None else self._beat, now - seconds) + seconds
        await asyncio.sleep(self._beat - now)

    async def growing(self, current: str, text: str) -> AsyncGenerator[str]:
        """Yield the text as it grows, by the clock: on a busy machine the steps are larger, but no answer is slower."""
        clock = asyncio.get_running_loop().time
        start = len(current) if text.startswith(current) else 0
        shown, began = start, clock()
        while shown < len(text):
            await asyncio.sleep(self._tempo.interval)
            due = int(min(len(text), start + (clock() - began) * self._tempo.speed))
            if due > shown:
                shown = due
                yield text[:shown]
