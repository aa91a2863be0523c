"""Open the database named on the command line, run the SQL that follows, then kill this process with SIGKILL.

What it wrote is then in the write-ahead log only, as after a crash of Quoth.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from storage.database import open_database


async def _write(path: str, *statements: str) -> None:
    async with open_database(Path(path)) as connection:
        for statement in statements:
            await connection.execute(statement)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(_write(*sys.argv[1:]))
