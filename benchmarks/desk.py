"""The process of the sandbox's Poe: `python -m benchmarks.desk`.

Its other end is `benchmarks/site.py`, which says what each command is for.
"""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, cast

from benchmarks.answers import Shape, number_of, steps_of
from benchmarks.other_process import serve
from benchmarks.processes import cpu_used
from sandbox.poe.records import Frame, Sent
from sandbox.poe.sandbox import PoeSandbox
from sandbox.poe.site.scripts import Script

_WARM_LIMIT = 3.0  # seconds
_WARM_SPARE = 0.5  # a page that listens has just taken its composer over; the driver still has to see that


class Desk:
    """Does in the sandbox's process what the bench asks for; every reply is a JSON value."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._accounts: list[PoeSandbox] = []
        self._shapes: list[Shape] = []
        self._scripts: list[Script] = []

    async def open(self) -> str:
        """Starts a site and gives its address."""
        account = await self._stack.enter_async_context(PoeSandbox(seed=7, noise=False))
        self._accounts.append(account)
        for shape in self._shapes:
            self._script(account, shape)
        return account.url

    async def shape(self, *given: Any) -> None:
        """Takes the fields of a `Shape`, for the sites that are and those that will be."""
        shape = Shape(*given)
        self._shapes.append(shape)
        for account in self._accounts:
            self._script(account, shape)

    def _script(self, account: PoeSandbox, shape: Shape) -> None:
        self._scripts.append(account.script(shape.marker, steps_of(shape)))

    async def waiting(self) -> int:
        """Gives how many prompts stand at a hold."""
        return sum(script.waiting for script in self._scripts)

    async def release(self) -> float:
        """Lets them all go on, and gives the time."""
        for script in self._scripts:
            script.release(script.waiting)
        return asyncio.get_running_loop().time()

    async def sent(self, marker: str) -> float:
        """Gives when a prompt was read."""
        return self._asked(marker)[1].at

    async def wire(self, marker: str) -> list[tuple[int, float]]:
        """Gives the numbers of the updates, each with when it was handed to the sockets."""
        account, sent = self._asked(marker)
        times: dict[int, float] = {}
        for frame in account.trace:
            if frame.sent is sent and (number := _number_in(frame)) is not None:
                times.setdefault(number, frame.at)
        return list(times.items())

    async def cpu(self) -> float:
        """Gives the seconds of CPU that this process has used."""
        return cpu_used()

    async def warmed(self) -> None:
        """Waits until the first site has a page that was opened after its last prompt, and a little longer."""
        account = self._accounts[0]
        last = account.ledger[-1].at
        try:
            await account.wait(lambda: account.visits[-1].at > last and account.listeners > 0, _WARM_LIMIT)
        except TimeoutError:
            return
        await asyncio.sleep(_WARM_SPARE)

    def _asked(self, marker: str) -> tuple[PoeSandbox, Sent]:
        return next((account, sent) for account in self._accounts for sent in account.ledger if marker in sent.text)


def _number_in(frame: Frame) -> int | None:
    for inner in frame.inners():
        member = cast("dict[str, Any]", inner["payload"]["data"]).get("messageAdded")
        if member and member["author"] != "human":
            return number_of(member["text"])
    return None


async def _main() -> None:
    async with AsyncExitStack() as stack:
        await serve(Desk(stack))


if __name__ == "__main__":
    asyncio.run(_main())
