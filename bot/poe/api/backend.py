"""The API backend: asks by Poe's official API, each question over a connection of its own."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bot.conversation import Messages, Snapshot
from bot.errors import AnswerFailed, AnswerStalled, KeyRefused, QuothError
from bot.poe.api.limits import TimeLimits
from bot.poe.api.points import Points
from bot.poe.backend import Backend, Paid
from bot.poe.patience import Patience, patient
from bot.poe.schedule import Rules

if TYPE_CHECKING:
    from bot.poe.api.query import Connections

log = logging.getLogger(__name__)

_CHECKING = 5.0  # seconds that a look at the account may take, during which a turn is taken


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
        points: the account's points, closed with the backend; None where nobody counts them.
    """

    def __init__(
        self,
        url: str,
        key: str,
        rules: Rules = Rules(),
        limits: TimeLimits = TimeLimits(),
        upload_url: str = "",
        points: Points | None = None,
    ) -> None:
        self._url = url
        self._upload_url = upload_url
        self._key = key
        self._rules = rules
        self._limits = limits
        self._points = points
        self._opening = asyncio.Lock()
        self._connections: Connections | None = None

    @property
    def rules(self) -> Rules:
        """How many asks may run at once, and how fast they may follow each other."""
        return self._rules

    @property
    def running(self) -> None:
        """No browser is needed."""

    def patience(self, handle: str) -> Patience:
        """Return how long it waits for news of a model's answer."""
        limits = patient(self._limits, handle)
        return Patience(limits.first_text, limits.silence)

    async def start(self) -> None:
        """Do nothing: any number of Quoths may use one key."""

    async def warm_up(self, handle: str) -> None:
        """Do nothing: Poe's client takes memory that a bot which is never asked does not need."""

    async def close(self) -> None:
        """Close all connections."""
        if self._points is not None:
            await self._points.close()
        if self._connections is not None:
            await self._connections.close()

    async def check(self, handle: str) -> None:
        """Find out whether Poe takes the key, and how many points there are.

        Raises:
            KeyRefused: it doesn't. Nothing else keeps questions from Poe.
        """
        if self._points is None:
            return
        try:
            async with asyncio.timeout(_CHECKING):
                await self._points.refresh()
        except KeyRefused:
            raise
        except (QuothError, TimeoutError) as error:
            log.warning("The account's points can't be read: %s", getattr(error, "operator_message", "no answer"))

    @asynccontextmanager
    async def stream(
        self, handle: str, messages: Messages, reserve_send: Callable[[], float], paid: Paid | None = None
    ) -> AsyncGenerator[AsyncIterator[Snapshot]]:
        """Ask a model once by the API; see `Backend.stream`."""
        if self._points is not None:
            await self._points.check()
        sent: float | None = None

        def reserve() -> float:
            nonlocal sent
            pause = reserve_send()
            sent = time.time() + pause
            return pause

        try:
            async with contextlib.aclosing(self.answer(handle, messages, reserve)) as snapshots:
                yield snapshots
        except QuothError as error:
            if not isinstance(error, AnswerFailed | AnswerStalled):
                sent = None  # what Poe refuses costs nothing
            raise
        finally:
            if sent is not None and self._points is not None:
                self._points.asked(handle, sent, paid)

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
