"""A sandbox in a process of its own, so that the bench's process is Quoth's alone.

One end starts the process and calls it (`OtherProcess`), the other is a module that serves (`serve`): a command a line,
each answered by a line of JSON. Times are `time.monotonic()` seconds, which all processes of one machine share.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Self

_LINE_LIMIT = 2**26


class OtherProcess:
    """The end that calls, for as long as the `async with` block runs.

    Attributes:
        module: what is run in the other process; it has to `serve`.
    """

    module: ClassVar[str]

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process
        self._busy = asyncio.Lock()

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
        """The process, which is none of Quoth's."""
        return self._process.pid

    async def call(self, name: str, *arguments: object) -> Any:
        """Has a command done and gives its answer.

        Raises:
            RuntimeError: the process has ended.
        """
        to, back = self._process.stdin, self._process.stdout
        async with self._busy:
            if to and back:
                to.write(json.dumps([name, *arguments]).encode() + b"\n")
                if line := await back.readline():
                    return json.loads(line)
        raise RuntimeError(f"the process of {self.module} has ended")


async def serve(desk: object) -> None:
    """Does what comes in, by the desk's methods of that name, until the other end closes."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        name, *arguments = json.loads(line)
        command: Callable[..., Awaitable[object]] = getattr(desk, name)
        print(json.dumps(await command(*arguments)), flush=True)
