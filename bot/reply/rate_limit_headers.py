"""What Discord's answers say about their bucket: discord.py acts on these headers, but hands them to nobody."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace

import aiohttp

from bot.reply.pacing import Budget

_asking: ContextVar[Budget | None] = ContextVar("asking", default=None)


@contextmanager
def heard_by(budget: Budget) -> Generator[None]:
    """Let a budget hear what the answers to requests of this block say."""
    token = _asking.set(budget)
    try:
        yield
    finally:
        _asking.reset(token)


def listening() -> aiohttp.TraceConfig:
    """Return what discord.py's client takes as ``http_trace``."""
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(_hear)
    return trace


async def _hear(_: aiohttp.ClientSession, __: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
    budget, headers = _asking.get(), params.response.headers
    if budget is None or params.method != "PATCH":  # what makes and deletes messages has buckets of its own
        return
    try:
        limit, remaining = int(headers["X-RateLimit-Limit"]), int(headers["X-RateLimit-Remaining"])
        budget.heard(time.monotonic(), limit, remaining, float(headers["X-RateLimit-Reset-After"]))
    except (KeyError, ValueError):
        return  # not every route has them
