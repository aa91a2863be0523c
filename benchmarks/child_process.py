"""A part of the bench in a process of its own, so that the CPU of the bench's process is Quoth's alone.

The parent starts the process and calls it (`ChildProcess`); the child's module serves the calls (`serve`). A call is a
line of JSON and so is its result. Times are `time.monotonic()` seconds: all processes of a machine share that clock.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Self

_LINE_LIMIT = 2**26  # bytes


class ChildProcess:
    """The parent's end. The process runs as long as the `async with` block.

    Attributes:
        module: the module that the process runs; it has to call `serve`.
    """

    module: ClassVar[str]

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process
        self._calling = asyncio.Lock()

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", self.module)
        self._process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=_LINE_LIMIT)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        await self._process.wait()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    async def call(self, name: str, *arguments: object) -> Any:
        """Call a method in the child and return its result.

        Raises:
            RuntimeError: the process has ended.
        """
        requests, results = self._process.stdin, self._process.stdout
        async with self._calling:
            if requests and results:
                requests.write(json.dumps([name, *arguments]).encode() + b"\n")
                if line := await results.readline():
                    return json.loads(line)
        raise RuntimeError(f"the process of {self.module} has ended")


async def serve(target: object) -> None:
    """Call the target's methods as the parent asks, until the parent closes the connection."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        name, *arguments = json.loads(line)
        method: Callable[..., Awaitable[object]] = getattr(target, name)
        print(json.dumps(await method(*arguments)), flush=True)
