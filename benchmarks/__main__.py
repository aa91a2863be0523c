"""Measure Quoth, print a table per subject and write the tables to docs/benchmarks.md: `make bench`.

The exit code only says whether everything could be measured: a missed target shows in its table.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable

from benchmarks.api import bench as api
from benchmarks.first_text import bench as first_text
from benchmarks.grid import bench as grid
from benchmarks.history import bench as history
from benchmarks.markdown import bench as markdown
from benchmarks.media import bench as media
from benchmarks.numbered_text import UPDATE_INTERVAL
from benchmarks.operation import bench as operation
from benchmarks.poe import bench as poe
from benchmarks.preferences import bench as preferences
from benchmarks.processes import mark_descendants
from benchmarks.queue import bench as queue
from benchmarks.reply import bench as reply
from benchmarks.scale import bench as scale
from benchmarks.table import DOCS, write

SUBJECTS = (
    "poe", "api", "reply", "first_text", "media", "markdown", "history", "preferences", "queue", "grid", "operation",
    "scale",
)  # fmt: skip
_PICTURE = DOCS.parent / "stream.svg"


def main() -> None:
    """Read the command line, measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=SUBJECTS, help="measure one subject instead of all")
    parser.add_argument("--at-once", type=int, default=8, help="poe: simultaneous asks")
    parser.add_argument("--seconds", type=float, default=10.0, help="poe: how long each answer streams")
    parser.add_argument("--sends", type=int, default=15, help="poe: how many asks are timed until they are sent")
    parser.add_argument("--reply-seconds", type=float, default=15.0, help="reply: how long each answer streams")
    parser.add_argument("--pictures", type=int, default=15, help="media: how many answers with a picture are timed")
    parser.add_argument("--asks", type=int, default=10, help="first_text: how many questions are asked in each way")
    parser.add_argument("--waiting", type=float, default=60.0, help="first_text: seconds from the start to the first")
    parser.add_argument("--idle", type=float, default=60.0, help="operation: seconds in which nobody asks")
    parser.add_argument("--servers", type=int, default=scale.SERVERS, help="scale: how many servers")
    parser.add_argument("--dry-run", action="store_true", help="only print the tables, don't change docs/")
    arguments = parser.parse_args()
    mark_descendants()
    for subject in [arguments.only] if arguments.only else SUBJECTS:
        figures = asyncio.run(_measure(subject, arguments))
        print(figures, flush=True)
        if not arguments.dry_run:
            write(subject, figures)


async def _measure(subject: str, arguments: argparse.Namespace) -> str:
    updates = int(arguments.seconds / UPDATE_INTERVAL)
    picture = None if arguments.dry_run else _PICTURE
    runs: dict[str, Callable[[], Awaitable[str]]] = {
        "poe": lambda: poe.run(arguments.at_once, updates, arguments.sends),
        "api": lambda: api.run(updates, arguments.sends),
        "reply": lambda: reply.run(int(arguments.reply_seconds / UPDATE_INTERVAL), picture),
        "media": lambda: media.run(arguments.pictures),
        "first_text": lambda: first_text.run(arguments.asks, arguments.waiting),
        "markdown": markdown.run,
        "history": history.run,
        "preferences": preferences.run,
        "queue": queue.run,
        "grid": lambda: grid.run(arguments.at_once, updates),
        "operation": lambda: operation.run(arguments.idle),
        "scale": lambda: scale.run(arguments.servers),
    }
    return await runs[subject]()


if __name__ == "__main__":
    main()
