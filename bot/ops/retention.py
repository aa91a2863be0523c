"""Delete what is older than the retention time, at the start and once a day."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

log = logging.getLogger(__name__)

_DAY = 24 * 3600.0


@asynccontextmanager
async def deleting(delete_old: Callable[[], Awaitable[int]], every: float = _DAY) -> AsyncGenerator[None]:
    """Delete old data now, and regularly while the block runs.

    Args:
        delete_old: deletes what is too old; returns how many asks that were.
        every: seconds between two runs.
    """
    await delete_old()
    task = asyncio.create_task(_repeat(delete_old, every), name="retention")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _repeat(delete_old: Callable[[], Awaitable[int]], every: float) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            log.info("Deleted %d old asks.", await delete_old())
        except Exception:
            log.exception("Old asks could not be deleted; the next try is in %d hours.", every / 3600)
