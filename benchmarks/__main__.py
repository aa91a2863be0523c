"""`make bench`: measures Quoth beside its baselines, prints tables and writes them to docs/benchmarks.md.

Three parts: the way to Poe beside the contract's loop, the reply in Discord beside what peers do, with a picture, and
how a channel's history becomes a prompt.
It measures and does not judge: a missed target shows in the table, and only what fails makes the exit code non-zero.
"""

import argparse
import asyncio

from benchmarks import history, poe
from benchmarks.answers import TICK
from benchmarks.processes import mark
from benchmarks.reply import bench as reply
from benchmarks.table import DOCS, write

_STREAM = DOCS.parent / "stream.svg"


def main() -> None:
    """Reads the command line, measures, prints and writes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=("poe", "reply", "history"), help="one part; all otherwise")
    parser.add_argument("--at-once", type=int, default=8, help="simultaneous asks of Poe")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each of Poe's answers streams")
    parser.add_argument("--sends", type=int, default=15, help="asks that are timed until they are sent")
    parser.add_argument("--reply-seconds", type=float, default=15.0, help="how long each reply streams")
    parser.add_argument("--dry", action="store_true", help="print the tables only; docs stay as they are")
    given = parser.parse_args()
    mark()
    if given.only in (None, "poe"):
        figures = asyncio.run(poe.run(given.at_once, int(given.seconds / TICK), given.sends))
        print(figures)
        if not given.dry:
            write("the figures of asking Poe", figures)
    if given.only in (None, "reply"):
        figures, picture = asyncio.run(reply.run(int(given.reply_seconds / TICK)))
        print(figures)
        if not given.dry:
            write("the reply's figures", figures)
            _STREAM.write_text(picture, encoding="utf-8")
    if given.only in (None, "history"):
        figures = asyncio.run(history.run())
        print(figures)
        if not given.dry:
            write("the figures of history", figures)


if __name__ == "__main__":
    main()
