"""The sandbox's Poe in a process of its own."""

import asyncio
import time
from dataclasses import astuple

from benchmarks.answers import Shape
from benchmarks.other_process import OtherProcess

_STEP = 0.05


class Site(OtherProcess):
    """The sandbox's Poe as the bench uses it, for as long as the `async with` block runs."""

    module = "benchmarks.desk"

    async def open(self) -> str:
        """Opens an account of its own at an address of its own, and gives that."""
        return await self.call("open")

    async def shape(self, shape: Shape) -> None:
        """Lets prompts with the shape's marker be answered so, in every account."""
        await self.call("shape", *astuple(shape))

    async def gathered(self, count: int, limit: float) -> None:
        """Waits until so many prompts stand at their hold.

        Raises:
            TimeoutError: they didn't come within `limit` seconds.
        """
        deadline = time.monotonic() + limit
        while (there := await self.call("waiting")) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{there} of {count} prompts reached the sandbox within {limit:.0f} s")
            await asyncio.sleep(_STEP)

    async def release(self) -> float:
        """Lets every answer that is held begin, and gives the time at which it did."""
        return await self.call("release")

    async def sent(self, marker: str) -> float:
        """Gives when the prompt with this marker reached the site."""
        return await self.call("sent", marker)

    async def wire(self, marker: str) -> dict[int, float]:
        """Gives when each numbered update of this prompt's answer went on the wire."""
        return dict(await self.call("wire", marker))

    async def cpu(self) -> float:
        """Gives the seconds of CPU that the sandbox's process has used."""
        return await self.call("cpu")

    async def warmed(self) -> None:
        """Waits until the first account's page was opened again after its last prompt and listens; at most 3 s."""
        await self.call("warmed")
