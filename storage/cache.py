"""Rows that were read, kept in memory: exact also while the same rows change."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from cachetools import LRUCache

_K = TypeVar("_K")
_V = TypeVar("_V")

SIZE = 20_000
"""Rows that one table keeps in memory at the most: some MB."""


class Cache(Generic[_K, _V]):
    """What was read of a table, by its key, for the one process that writes to it.

    A read that begins before a write can end after it, with what was there before. So a read is kept only if the row
    has not changed since the read began.
    """

    def __init__(self, size: int = SIZE) -> None:
        self._kept: LRUCache[_K, _V] = LRUCache(size)
        self._reading: dict[_K, object] = {}

    def __contains__(self, key: _K) -> bool:
        return key in self._kept

    async def read(self, key: _K, fetch: Callable[[], Awaitable[_V]]) -> _V:
        """Return what is kept, or fetch and keep it."""
        if key in self._kept:
            return self._kept[key]
        mine = self._reading[key] = object()
        try:
            value = await fetch()
        finally:
            unchanged = self._reading.get(key) is mine
            if unchanged:
                del self._reading[key]
        if unchanged:
            self._kept[key] = value
        return value

    @asynccontextmanager
    async def changing(self, key: _K) -> AsyncGenerator[None]:
        """Write a row inside of this block; afterwards it is read anew, also where the write failed or was left."""
        try:
            yield
        finally:
            self._reading.pop(key, None)
            self._kept.pop(key, None)

    def clear(self) -> None:
        """Forget all that is kept, after a change of many rows."""
        self._reading.clear()
        self._kept.clear()
