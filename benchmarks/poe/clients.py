"""The two ways to Poe that are compared: Quoth's client and the contract's loop. Both record when they see what."""

import asyncio
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Protocol, Self

from benchmarks.numbered_text import last_update
from benchmarks.poe.contract_loop import contract_loop
from benchmarks.poe.poe_process import PoeProcess
from bot.conversation import Asker, Messages
from bot.poe.client import PoeClient
from bot.poe.schedule import Rules
from bot.poe.web.backend import WebBackend
from bot.poe.web.browser.session import WebDriverSession

_HANDLE = "GPT-4"
_LIMIT = 180.0  # seconds for one ask of the contract's loop


@dataclass(slots=True)
class RecordedAsk:
    """One ask as its asker saw it. Times are `time.monotonic()` seconds."""

    began: float
    """When the client was asked."""
    seen: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])
    """The number of the last update in each text, and when the asker had that text."""

    def record(self, text: str) -> None:
        """Record a text that has just come, if it ends with an update."""
        now = time.monotonic()
        if (update := last_update(text)) is not None:
            self.seen.append((update, now))


class Client(Protocol):
    """A way to ask Poe."""

    name: str

    async def ask(self, number: int, prompt: str) -> RecordedAsk:
        """Ask as the user of this number, and return when the answer is complete."""
        ...

    async def rest(self) -> None:
        """Wait until the next ask finds everything ready."""
        ...


def _local(profile: str) -> WebDriverSession:
    return WebDriverSession(user_data_dir=profile)


class QuothClient:
    """Quoth's client: one browser and one account for all asks. Used as `async with`.

    Args:
        poe: where the account is opened.
        at_once: how many asks may run at once.
        session: makes the browser, with the path of a new profile; by default one on this machine.
        name: what it is called in the progress.
    """

    def __init__(
        self,
        poe: PoeProcess,
        at_once: int,
        session: Callable[[str], WebDriverSession] = _local,
        name: str = "Quoth",
    ) -> None:
        self.name = name
        self._poe = poe
        self._at_once = at_once
        self._session = session
        self._stack = AsyncExitStack()
        self._client: PoeClient

    async def __aenter__(self) -> Self:
        url = await self._poe.open_account()
        profile = self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        rules = Rules(concurrency=self._at_once, gap=0.0, hourly=0)
        client = PoeClient(WebBackend(url, self._session(profile), rules))
        self._client = await self._stack.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def ask(self, number: int, prompt: str) -> RecordedAsk:
        """See `Client`."""

        async def make_prompt() -> Messages:
            return [{"role": "user", "content": prompt}]

        recorded = RecordedAsk(time.monotonic())
        async with self._client.stream(Asker(1, number), _HANDLE, make_prompt) as snapshots:
            async for snapshot in snapshots:
                recorded.record(snapshot.text)
        return recorded

    async def rest(self) -> None:
        """Wait until a page is warm again."""
        await self._poe.wait_for_warm_page()


class ContractClient:
    """The contract's loop: a browser and an account per ask, because it can't tell one chat of an account from another.

    Args:
        poe: where the accounts are opened.
        at_once: how many asks may run at once.
    """

    name = "contract's loop"

    def __init__(self, poe: PoeProcess, at_once: int) -> None:
        self._poe = poe
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="contract")

    async def ask(self, number: int, prompt: str) -> RecordedAsk:
        """See `Client`."""
        url = await self._poe.open_account()
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, url, prompt)

    async def rest(self) -> None:
        """Return at once: nothing is kept ready."""

    def _ask(self, url: str, prompt: str) -> RecordedAsk:
        recorded = RecordedAsk(time.monotonic())
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            for fragment in contract_loop(url, _HANDLE, prompt, profile, _LIMIT):
                recorded.record(fragment)
        return recorded
