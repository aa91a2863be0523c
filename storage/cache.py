"""A cache of rows that stays correct while the same rows are written."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from cachetools import LRUCache

_K = TypeVar("_K")
_V = TypeVar("_V")

SIZE = 20_000
"""Rows of one table that are kept in memory at most: a few MB."""


class Cache(Generic[_K, _V]):
    """Rows of a table by key, for the only process that writes to it.

    A read that starts before a write can end after it and return the old row. So a row is only cached if it was not
    written since the read started.
    """

    def __init__(self, size: int = SIZE) -> None:
        self._kept: LRUCache[_K, _V] = LRUCache(size)
        self._reading: dict[_K, object] = {}

    def __contains__(self, key: _K) -> bool:
        return key in self._kept

    async def read(self, key: _K, fetch: Callable[[], Awaitable[_V]]) -> _V:
        """Return the cached row, or fetch and cache it."""
        if key in self._kept:
            return self._kept[key]
        this_read = self._reading[key] = object()
        try:
            value = await fetch()
        finally:
            unchanged = self._reading.get(key) is this_read
            if unchanged:
                del self._reading[key]
        if unchanged:
            self._kept[key] = value
        return value

    @asynccontextmanager
    async def changing(self, key: _K) -> AsyncGenerator[None]:
        """Drop a row from the cache when the block that writes it ends, also if the write failed or was cancelled."""
        try:
            yield
        finally:
            self._reading.pop(key, None)
            self._kept.pop(key, None)

    def clear(self) -> None:
        """Empty the cache, after many rows were written."""
        self._reading.clear()
        self._kept.clear()
