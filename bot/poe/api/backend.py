"""The API backend: asks by Poe's official API, each question over a connection of its own."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bot.conversation import Messages, Snapshot
from bot.errors import KeyRefused
from bot.poe.api.limits import TimeLimits
from bot.poe.backend import Backend
from bot.poe.schedule import Rules

if TYPE_CHECKING:
    from bot.poe.api.query import Connections


def is_installed() -> bool:
    """Return whether Poe's client for its API is installed: it comes with the extra ``api``."""
    return find_spec("fastapi_poe") is not None


class ApiBackend(Backend):
    """Asks by Poe's API.

    Args:
        url: where the API is.
        key: the API key.
        rules: how many asks run at once, and how fast they follow each other.
        limits: how long a question may take.
        upload_url: where files are uploaded to.
    """

    def __init__(
        self,
        url: str,
        key: str,
        rules: Rules = Rules(),
        limits: TimeLimits = TimeLimits(),
        upload_url: str = "",
    ) -> None:
        self._url = url
        self._upload_url = upload_url
        self._key = key
        self._rules = rules
        self._limits = limits
        self._opening = asyncio.Lock()
        self._connections: Connections | None = None

    @property
    def rules(self) -> Rules:
        """How many asks may run at once, and how fast they may follow each other."""
        return self._rules

    @property
    def running(self) -> bool:
        """No browser is needed."""
        return False

    async def start(self) -> None:
        """Do nothing: any number of Quoths may use one key."""

    async def warm_up(self, handle: str) -> None:
        """Load Poe's client, which takes a moment."""
        if self._key_is_possible:
            await self._open()

    async def close(self) -> None:
        """Close all connections."""
        if self._connections is not None:
            await self._connections.close()

    @asynccontextmanager
    async def stream(
        self, handle: str, messages: Messages, reserve_send: Callable[[], float]
    ) -> AsyncGenerator[AsyncIterator[Snapshot]]:
        """Ask a model once by the API; see `Backend.stream`."""
        async with contextlib.aclosing(self.answer(handle, messages, reserve_send)) as snapshots:
            yield snapshots

    async def answer(
        self, handle: str, messages: Messages, reserve_send: Callable[[], float] = lambda: 0.0
    ) -> AsyncGenerator[Snapshot]:
        """Ask a model once and yield the growing answer; closing the generator stops it. See `Backend.stream`."""
        if not self._key_is_possible:
            # Whatever sends such a key quotes it whole in its error (next.md section A10).
            raise KeyRefused("The API key is empty, or has a character that is in no API key.")
        connections = await self._open()
        prepared = await connections.prepare(messages)
        await asyncio.sleep(reserve_send())
        async with contextlib.aclosing(connections.answer(handle, prepared)) as snapshots:
            async for snapshot in snapshots:
                yield snapshot

    @property
    def _key_is_possible(self) -> bool:
        return bool(self._key) and self._key.isascii() and self._key.isprintable() and " " not in self._key

    async def _open(self) -> "Connections":
        """Return the connections. They are made when first needed, because that takes half a second and 37 MB."""
        async with self._opening:
            if self._connections is None:
                self._connections = await asyncio.to_thread(self._connect)
            return self._connections

    def _connect(self) -> "Connections":
        from bot.poe.api.query import Connections

        return Connections(self._url, self._key, self._limits, self._upload_url)
