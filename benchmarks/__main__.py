"""Measure Quoth, print a table per subject and write the tables to docs/benchmarks.md: `make bench`.

The exit code only says whether everything could be measured: a missed target shows in its table.
"""

import argparse
import asyncio

from benchmarks.api import bench as api
from benchmarks.first_text import bench as first_text
from benchmarks.history import bench as history
from benchmarks.markdown import bench as markdown
from benchmarks.numbered_text import UPDATE_INTERVAL
from benchmarks.poe import bench as poe
from benchmarks.preferences import bench as preferences
from benchmarks.processes import mark_descendants
from benchmarks.queue import bench as queue
from benchmarks.reply import bench as reply
from benchmarks.table import DOCS, write

SUBJECTS = ("poe", "api", "reply", "first_text", "markdown", "history", "preferences", "queue")
_PICTURE = DOCS.parent / "stream.svg"


def main() -> None:
    """Read the command line, measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=SUBJECTS, help="measure one subject instead of all")
    parser.add_argument("--at-once", type=int, default=8, help="poe: simultaneous asks")
    parser.add_argument("--seconds", type=float, default=10.0, help="poe: how long each answer streams")
    parser.add_argument("--sends", type=int, default=15, help="poe: how many asks are timed until they are sent")
    parser.add_argument("--reply-seconds", type=float, default=15.0, help="reply: how long each answer streams")
    parser.add_argument("--asks", type=int, default=10, help="first_text: how many questions are asked in each way")
    parser.add_argument("--waiting", type=float, default=60.0, help="first_text: seconds from the start to the first")
    parser.add_argument("--dry-run", action="store_true", help="only print the tables, don't change docs/")
    arguments = parser.parse_args()
    mark_descendants()
    for subject in [arguments.only] if arguments.only else SUBJECTS:
        figures = asyncio.run(_measure(subject, arguments))
        print(figures, flush=True)
        if not arguments.dry_run:
            write(subject, figures)


async def _measure(subject: str, arguments: argparse.Namespace) -> str:
    match subject:
        case "poe":
            return await poe.run(arguments.at_once, int(arguments.seconds / UPDATE_INTERVAL), arguments.sends)
        case "api":
            return await api.run(int(arguments.seconds / UPDATE_INTERVAL), arguments.sends)
        case "reply":
            picture = None if arguments.dry_run else _PICTURE
            return await reply.run(int(arguments.reply_seconds / UPDATE_INTERVAL), picture)
        case "first_text":
            return await first_text.run(arguments.asks, arguments.waiting)
        case "markdown":
            return await markdown.run()
        case "history":
            return await history.run()
        case "preferences":
            return await preferences.run()
        case _:
            return await queue.run()


if __name__ == "__main__":
    main()
