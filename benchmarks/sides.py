"""The two that are measured side by side: Quoth's client and the contract's loop. Both note what they see when."""

import asyncio
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Protocol, Self

from benchmarks.answers import number_of
from benchmarks.contract_loop import contract_loop
from benchmarks.site import Site
from bot.conversation import Asker
from bot.poe.client import PoeClient
from bot.poe.schedule import Rules
from bot.poe.web.backend import WebBackend
from bot.poe.web.browser.session import WebDriverSession

HANDLE = "GPT-4"
_LIMIT = 180.0  # seconds for one ask of the contract's loop


@dataclass(slots=True)
class Watched:
    """One ask as the asker saw it, in `time.monotonic()` seconds."""

    handed: float
    """When the ask was handed over."""
    seen: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])
    """The number of the newest update in each text, and when the asker had it."""

    def note(self, text: str) -> None:
        """Notes a text that has just come, where it has a number."""
        now = time.monotonic()
        if (number := number_of(text)) is not None:
            self.seen.append((number, now))


class Side(Protocol):
    """Somebody who can ask Poe."""

    async def ask(self, number: int, prompt: str) -> Watched:
        """Asks as the n-th of simultaneous asks, and comes back when the answer is over."""
        ...

    async def rest(self) -> None:
        """Does nothing for as long as it takes until the next ask finds everything ready."""
        ...


class Quoth:
    """Quoth's client: one logged-in browser and one account for all asks."""

    def __init__(self, site: Site, at_once: int) -> None:
        self._site = site
        self._at_once = at_once
        self._stack = AsyncExitStack()
        self._client: PoeClient

    async def __aenter__(self) -> Self:
        url = await self._site.open()
        profile = self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        rules = Rules(concurrency=self._at_once, gap=0.0, hourly=0)
        client = PoeClient(WebBackend(url, WebDriverSession(user_data_dir=profile), rules))
        self._client = await self._stack.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def ask(self, number: int, prompt: str) -> Watched:
        """Asks as a user of its own."""
        watched = Watched(time.monotonic())
        async with self._client.stream(Asker(1, number), HANDLE, prompt) as snapshots:
            async for snapshot in snapshots:
                watched.note(snapshot.text)
        return watched

    async def rest(self) -> None:
        """Waits until a page is warm again."""
        await self._site.warmed()


class Contract:
    """The contract's loop: a browser and an account per ask, because it can't tell its chat from the account's others.

    Args:
        site: where the accounts are opened.
        at_once: how many threads there are.
    """

    def __init__(self, site: Site, at_once: int) -> None:
        self._site = site
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="contract")

    async def ask(self, number: int, prompt: str) -> Watched:
        """Asks in a thread."""
        url = await self._site.open()
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, url, prompt)

    async def rest(self) -> None:
        """Nothing is kept ready."""

    def _ask(self, url: str, prompt: str) -> Watched:
        watched = Watched(time.monotonic())
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            for fragment in contract_loop(url, HANDLE, prompt, profile, _LIMIT):
                watched.note(fragment)
        return watched
