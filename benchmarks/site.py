"""The sandbox's Poe in a process of its own, so that the bench's process is Quoth's alone.

`python -m benchmarks.site` takes one command a line; `Site` is the bench's end of it. Times are `time.monotonic()`
seconds, which all processes of one machine share.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import astuple
from typing import Any, Self, cast

from benchmarks.answers import Shape, number_of, steps_of
from sandbox.poe.records import Frame, Sent
from sandbox.poe.sandbox import PoeSandbox
from sandbox.poe.scripts import Script

_STEP = 0.05
_WARM_LIMIT = 3.0
_WARM_SPARE = 0.5  # a page that listens has just taken its composer over; the driver still has to see that
_LINE_LIMIT = 2**24


class Site:
    """The sandbox's process as the bench uses it, for as long as the `async with` block runs."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process
        self._busy = asyncio.Lock()

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "benchmarks.site")
        self._process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=_LINE_LIMIT)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        await self._process.wait()

    @property
    def pid(self) -> int:
        """The process, which is none of Quoth's."""
        return self._process.pid

    async def open(self) -> str:
        """Opens an account of its own at an address of its own, and gives that."""
        return await self._call("open")

    async def shape(self, shape: Shape) -> None:
        """Lets prompts with the shape's marker be answered so, in every account."""
        await self._call("shape", *astuple(shape))

    async def gathered(self, count: int, limit: float) -> None:
        """Waits until so many prompts stand at their hold.

        Raises:
            TimeoutError: they didn't come within `limit` seconds.
        """
        async with asyncio.timeout(limit):
            while await self._call("waiting") < count:  # noqa: ASYNC110  # the event would be in another process
                await asyncio.sleep(_STEP)

    async def release(self) -> float:
        """Lets every answer that is held begin, and gives the time at which it did."""
        return await self._call("release")

    async def sent(self, marker: str) -> float:
        """Gives when the prompt with this marker reached the site."""
        return await self._call("sent", marker)

    async def wire(self, marker: str) -> dict[int, float]:
        """Gives when each numbered update of this prompt's answer went on the wire."""
        return dict(await self._call("wire", marker))

    async def warmed(self) -> None:
        """Waits until the first account's page was opened again after its last prompt and listens; at most 3 s."""
        await self._call("warmed")

    async def _call(self, name: str, *arguments: object) -> Any:
        to, back = self._process.stdin, self._process.stdout
        async with self._busy:
            if to and back:
                to.write(json.dumps([name, *arguments]).encode() + b"\n")
                if line := await back.readline():
                    return json.loads(line)
        raise RuntimeError("the sandbox's process has ended")


class _Desk:
    """Does in the sandbox's process what the bench asks for; every reply is a JSON value."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._accounts: list[PoeSandbox] = []
        self._shapes: list[Shape] = []
        self._scripts: list[Script] = []

    async def open(self) -> str:
        account = await self._stack.enter_async_context(PoeSandbox(seed=7, noise=False))
        self._accounts.append(account)
        for shape in self._shapes:
            self._script(account, shape)
        return account.url

    async def shape(self, *given: Any) -> None:
        shape = Shape(*given)
        self._shapes.append(shape)
        for account in self._accounts:
            self._script(account, shape)

    def _script(self, account: PoeSandbox, shape: Shape) -> None:
        self._scripts.append(account.script(shape.marker, steps_of(shape)))

    async def waiting(self) -> int:
        return sum(script.waiting for script in self._scripts)

    async def release(self) -> float:
        for script in self._scripts:
            script.release(script.waiting)
        return asyncio.get_running_loop().time()

    async def sent(self, marker: str) -> float:
        return self._asked(marker)[1].at

    async def wire(self, marker: str) -> list[tuple[int, float]]:
        account, sent = self._asked(marker)
        times: dict[int, float] = {}
        for frame in account.trace:
            if frame.sent is sent and (number := _number_in(frame)) is not None:
                times.setdefault(number, frame.at)
        return list(times.items())

    async def warmed(self) -> None:
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


async def _serve() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with AsyncExitStack() as stack:
        desk = _Desk(stack)
        while line := await reader.readline():
            name, *arguments = json.loads(line)
            command: Callable[..., Awaitable[object]] = getattr(desk, name)
            print(json.dumps(await command(*arguments)), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve())
