"""The two ways to ask by the API that are compared: Quoth's client, and llmcord's loop."""

import time
from typing import Self

from benchmarks.poe.clients import RecordedAsk
from benchmarks.poe.poe_process import PoeProcess
from bot.conversation import Asker, Messages, Snapshot
from bot.errors import QuothError
from bot.poe.api.backend import ApiBackend
from bot.poe.client import PoeClient
from bot.poe.schedule import Rules

_HANDLE = "GPT-4o"


class QuothApiClient:
    """Quoth's client with the API backend. Used as `async with`."""

    name = "Quoth"

    def __init__(self, poe: PoeProcess, at_once: int) -> None:
        self._poe = poe
        self._rules = Rules(concurrency=at_once, gap=0.0, hourly=0, most=10_000, most_of_person=10_000)
        self._client: PoeClient

    async def __aenter__(self) -> Self:
        self._client = PoeClient(ApiBackend(*await self._poe.open_api(), self._rules))
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.__aexit__()

    async def ask(self, number: int, prompt: str) -> RecordedAsk:
        """See `benchmarks.poe.clients.Client`."""

        async def make_prompt() -> Messages:
            return [{"role": "user", "content": prompt}]

        recorded = RecordedAsk(time.monotonic())
        async with self._client.stream(Asker(number, number), _HANDLE, make_prompt) as snapshots:
            async for snapshot in snapshots:
                recorded.record(snapshot.text)
        return recorded

    async def ends(self, number: int, prompt: str) -> tuple[str, list[str]]:
        """Ask, and return the last text with every end that the ask had: its final states and errors."""

        async def make_prompt() -> Messages:
            return [{"role": "user", "content": prompt}]

        last, ends = Snapshot(), list[str]()
        try:
            async with self._client.stream(Asker(number, number), _HANDLE, make_prompt) as snapshots:
                async for last in snapshots:
                    if last.state.final:
                        ends.append(last.state)
        except QuothError as error:
            ends.append(type(error).__name__)
        return last.text, ends

    async def rest(self) -> None:
        """Return at once: connections are kept by themselves."""


class LlmcordClient:
    """llmcord's loop (d0aa8d2, lines 156 to 296): a new OpenAI client for each message, deltas joined in a string."""

    name = "llmcord's loop"

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key

    async def ask(self, number: int, prompt: str) -> RecordedAsk:
        """See `benchmarks.poe.clients.Client`."""
        from openai import AsyncOpenAI  # a megabyte of modules that must not count as Quoth's memory

        recorded, content = RecordedAsk(time.monotonic()), ""
        client = AsyncOpenAI(base_url=f"{self._url}/v1", api_key=self._key)
        stream = await client.chat.completions.create(
            model=_HANDLE, messages=[{"role": "user", "content": prompt}], stream=True
        )
        async for chunk in stream:
            if chunk.choices:
                content += chunk.choices[0].delta.content or ""
                recorded.record(content)
        return recorded

    async def rest(self) -> None:
        """Return at once: nothing is kept."""
