"""The rate-limit headers of Discord's responses, which discord.py uses but does not pass on."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace

import aiohttp

from bot.reply.pacing import Bucket

_observer: ContextVar[Bucket | None] = ContextVar("observer", default=None)


@contextmanager
def observed_by(bucket: Bucket) -> Generator[None]:
    """Let a bucket observe the headers of the responses in this block."""
    token = _observer.set(bucket)
    try:
        yield
    finally:
        _observer.reset(token)


def header_trace() -> aiohttp.TraceConfig:
    """Return the trace that discord.py's client takes as ``http_trace``."""
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(_observe)
    return trace


async def _observe(_: aiohttp.ClientSession, __: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
    bucket, headers = _observer.get(), params.response.headers
    if bucket is None or params.method != "PATCH":  # new and deleted messages have buckets of their own
        return
    try:
        limit, remaining = int(headers["X-RateLimit-Limit"]), int(headers["X-RateLimit-Remaining"])
        bucket.observe(time.monotonic(), limit, remaining, float(headers["X-RateLimit-Reset-After"]))
    except (KeyError, ValueError):
        return  # not every route sends them
