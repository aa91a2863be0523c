"""The sandbox's Poe in a process of its own, so that the bench's process is Quoth's alone.

Times are `time.monotonic()` seconds, which all processes of one machine share.
"""

import asyncio
import json
import sys
import time
from dataclasses import astuple
from typing import Any, Self

from benchmarks.answers import Shape

_STEP = 0.05
_LINE_LIMIT = 2**24


class Site:
    """The sandbox's process as the bench uses it, for as long as the `async with` block runs."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process
        self._busy = asyncio.Lock()

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "benchmarks.desk")
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
        deadline = time.monotonic() + limit
        while (there := await self._call("waiting")) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{there} of {count} prompts reached the sandbox within {limit:.0f} s")
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

    async def cpu(self) -> float:
        """Gives the seconds of CPU that the sandbox's process has used."""
        return await self._call("cpu")

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
