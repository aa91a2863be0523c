"""The sandbox's Poe in a process of its own: `PoeProcess` in the bench's process, `_Server` in the other."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import astuple
from typing import Any, cast

from benchmarks.child_process import ChildProcess, serve
from benchmarks.numbered_text import last_update
from benchmarks.poe.scripted_answer import ScriptedAnswer
from sandbox.poe.answers.steps import Cut, End, Event, State, Step, Text
from sandbox.poe.api.records import ApiCall
from sandbox.poe.records import Frame, Sent
from sandbox.poe.sandbox import PoeSandbox
from sandbox.poe.site.scripts import Script

_POLL = 0.05  # seconds
_WARM_LIMIT = 3.0  # seconds
_WARM_MARGIN = 0.5  # seconds in which the driver notices that a page is ready


_ENDINGS: dict[int, list[Step]] = {
    1: [Cut()],
    4: [Event("error", {"allow_retry": True, "text": "Internal server error"})],
    7: [End()],
}
"""How answers of a mix end that don't end well: cut, with an error, without an end."""


class PoeProcess(ChildProcess):
    """The sandbox's Poe as the bench uses it. Used as `async with`."""

    module = "benchmarks.poe.poe_process"

    async def open_account(self) -> str:
        """Open an account at an address of its own, and return the address."""
        return await self.call("open_account")

    async def open_api(self) -> tuple[str, str]:
        """Open an account whose API is used, and return the API's address and key."""
        url, key = await self.call("open_api")
        return url, key

    async def mix(self, prompts: Sequence[str]) -> None:
        """Give each of these prompts an answer with the prompt in it; of ten answers three break off or fail."""
        await self.call("mix", prompts)

    async def times_asked(self, prompts: Sequence[str]) -> list[int]:
        """Return how often the API was asked each of these prompts."""
        return await self.call("times_asked", prompts)

    async def script(self, answer: ScriptedAnswer) -> None:
        """Give this answer to the prompts with its marker, in every account."""
        await self.call("script", *astuple(answer))

    async def wait_for_held(self, count: int, limit: float) -> None:
        """Wait until so many answers are ready to be released.

        Raises:
            TimeoutError: their prompts didn't arrive within `limit` seconds.
        """
        deadline = time.monotonic() + limit
        while (held := await self.call("held")) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{held} of {count} prompts reached the sandbox within {limit:.0f} s")
            await asyncio.sleep(_POLL)

    async def release(self) -> float:
        """Begin all answers that are held, and return when that was."""
        return await self.call("release")

    async def received_at(self, marker: str) -> float:
        """Return when the site received the prompt with this marker."""
        return await self.call("received_at", marker)

    async def updates(self, marker: str) -> dict[int, float]:
        """Return when the site sent each numbered update of the answer to the prompt with this marker."""
        return dict(await self.call("updates", marker))

    async def cpu(self) -> float:
        """Return the seconds of CPU that the process has used."""
        return await self.call("cpu")

    async def wait_for_warm_page(self) -> None:
        """Wait until the first account's page was loaded again after its last prompt and listens; at most 3 s."""
        await self.call("wait_for_warm_page")


class _Server:
    """Does what `PoeProcess` asks for; every result is a JSON value."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._accounts: list[PoeSandbox] = []
        self._answers: list[ScriptedAnswer] = []
        self._scripts: list[Script] = []

    async def open_account(self) -> str:
        account = await self._stack.enter_async_context(PoeSandbox(seed=7, noise=False, api_per_minute=1_000_000))
        self._accounts.append(account)
        for answer in self._answers:
            self._script(account, answer)
        return account.url

    async def open_api(self) -> tuple[str, str]:
        await self.open_account()
        return self._accounts[-1].api_url, self._accounts[-1].api_key

    async def mix(self, prompts: Sequence[str]) -> None:
        for number, prompt in enumerate(prompts):
            whole = f"{prompt}: " + f"{prompt} " * 20
            texts: list[Step] = [Text(whole[:end]) for end in (len(whole) // 3, 2 * len(whole) // 3)]
            self._accounts[-1].script(prompt, [*texts, *_ENDINGS.get(number % 10, [Text(whole), State("complete")])])

    async def times_asked(self, prompts: Sequence[str]) -> list[int]:
        asked = Counter(call.prompt for call in self._accounts[-1].api_calls)
        return [asked[prompt] for prompt in prompts]

    async def script(self, *fields: Any) -> None:
        answer = ScriptedAnswer(*fields)
        self._answers.append(answer)
        for account in self._accounts:
            self._script(account, answer)

    def _script(self, account: PoeSandbox, answer: ScriptedAnswer) -> None:
        self._scripts.append(account.script(answer.marker, answer.steps()))

    async def held(self) -> int:
        return sum(script.waiting for script in self._scripts)

    async def release(self) -> float:
        for script in self._scripts:
            script.release(script.waiting)
        return asyncio.get_running_loop().time()

    async def received_at(self, marker: str) -> float:
        call = self._call(marker)
        return call.at if call else self._prompt(marker)[1].at

    async def updates(self, marker: str) -> list[tuple[int, float]]:
        if call := self._call(marker):
            # The updates that have an end in the text, each at the moment at which the text was that long.
            grown = [(last_update(call.text[:length]), at) for at, length in call.progress]
            return [(number, at) for number, at in grown if number is not None]
        account, prompt = self._prompt(marker)
        times: dict[int, float] = {}
        for frame in account.trace:
            if frame.sent is prompt and (number := _update_in(frame)) is not None:
                times.setdefault(number, frame.at)
        return list(times.items())

    async def cpu(self) -> float:
        return time.process_time()

    async def wait_for_warm_page(self) -> None:
        account = self._accounts[0]
        last = account.ledger[-1].at
        try:
            await account.wait(lambda: account.visits[-1].at > last and account.listeners > 0, _WARM_LIMIT)
        except TimeoutError:
            return
        await asyncio.sleep(_WARM_MARGIN)

    def _call(self, marker: str) -> ApiCall | None:
        calls = (call for account in self._accounts for call in account.api_calls)
        return next((call for call in calls if marker in call.prompt), None)

    def _prompt(self, marker: str) -> tuple[PoeSandbox, Sent]:
        return next((account, sent) for account in self._accounts for sent in account.ledger if marker in sent.text)


def _update_in(frame: Frame) -> int | None:
    for inner in frame.inners():
        message = cast("dict[str, Any]", inner["payload"]["data"]).get("messageAdded")
        if message and message["author"] != "human":
            return last_update(message["text"])
    return None


async def _main() -> None:
    async with AsyncExitStack() as stack:
        await serve(_Server(stack))


if __name__ == "__main__":
    asyncio.run(_main())
