"""Waiting for a condition over the sandbox without polling."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Tells everybody who waits that something in the sandbox has changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Wakes every waiter; each looks at its own condition again."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, predicate: Callable[[], T], limit: float) -> T:
        """Waits until the predicate holds, looking again at every change, and gives its (true) value.

        Raises:
            TimeoutError: the predicate didn't hold within `limit` seconds.
        """
        try:
            async with asyncio.timeout(limit):
                while not (value := predicate()):
                    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._waiting.add(future)
                    try:
                        await future
                    finally:
                        self._waiting.discard(future)
        except TimeoutError:
            raise TimeoutError(f"the sandbox didn't come to {predicate!r} within {limit} s") from None
        return value
