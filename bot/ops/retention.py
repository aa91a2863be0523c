"""Delete what is older than the retention time, at the start and every hour."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from storage.database import DatabaseFailure

log = logging.getLogger(__name__)

_HOUR = 3600.0


@asynccontextmanager
async def deleting(delete_old: Callable[[], Awaitable[int]], every: float = _HOUR) -> AsyncGenerator[None]:
    """Delete old data now, and regularly while the block runs.

    Args:
        delete_old: deletes what is too old; returns how many asks that were.
        every: seconds between two runs.
    """
    await _try(delete_old)
    task = asyncio.create_task(_repeat(delete_old, every), name="retention")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _repeat(delete_old: Callable[[], Awaitable[int]], every: float) -> None:
    while True:
        await asyncio.sleep(every)
        await _try(delete_old)


async def _try(delete_old: Callable[[], Awaitable[int]]) -> None:
    try:
        if deleted := await delete_old():
            log.info("Deleted %d old asks.", deleted)
    except Exception as error:
        unexpected = None if isinstance(error, DatabaseFailure) else error
        log.error("Old asks could not be deleted, which is tried again later: %s", error, exc_info=unexpected)
