"""Wait for a condition over the sandbox's state without polling."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Wakes everyone who waits for a condition whenever anything has changed.

    Single-threaded: nothing happens between the check of a condition and the start of its wait, so no change is missed.
    """

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def notify(self) -> None:
        """Have every waiter check its condition again."""
        self._next.set()
        self._next = asyncio.Event()

    async def wait_for(self, found: Callable[[], T], timeout: float) -> T:  # noqa: ASYNC109 - a limit is part of the API
        """Wait until `found()` returns something true, and return that.

        Raises:
            TimeoutError: It did not within `timeout` seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                while not (result := found()):
                    await self._next.wait()
        except TimeoutError:
            raise TimeoutError(f"no change within {timeout:g} s made the condition true") from None
        return result
