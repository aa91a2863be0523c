"""Nothing is kept for longer than the operator said: what is older is deleted at the start and once a day."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

log = logging.getLogger(__name__)

_DAY = 24 * 3600.0


@asynccontextmanager
async def deleting(delete_old: Callable[[], Awaitable[int]], every: float = _DAY) -> AsyncGenerator[None]:
    """Delete what is too old, now and again as long as the block lasts.

    Args:
        delete_old: does it, and returns how much that was.
        every: seconds from one time to the next.
    """
    await delete_old()
    task = asyncio.create_task(_again(delete_old, every), name="retention")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _again(delete_old: Callable[[], Awaitable[int]], every: float) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            log.info("%d old asks were deleted.", await delete_old())
        except Exception:
            log.exception("Old asks can't be deleted; the next try is in %d hours.", every / 3600)
