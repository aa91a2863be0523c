"""`make soak`: 30 minutes by default; `MINUTES=` and `SEED=` choose.

Ends with a summary in JSON. The exit code is 0 where every ask came to an end (the site's own answer, a typed error, or
left by its asker), no answers were mixed, every prompt was sent at most once, no page and no process was leaked, and
memory stayed level; else 1, and the summary says what is broken.
"""

import argparse
import asyncio
import json
import logging
import random
import secrets
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.processes import mark
from benchmarks.soak.asks import Outcome, ask, plan
from benchmarks.soak.mischief import Mischief
from benchmarks.soak.verdict import judge
from benchmarks.soak.watch import Watch
from bot.poe.client import PoeClient
from bot.poe.schedule import Rules
from bot.poe.web.backend import WebBackend
from bot.poe.web.browser.session import WebDriverSession
from sandbox.poe.sandbox import PoeSandbox

_SPEED = 1500.0  # characters a second
_MISCHIEF = 45.0  # seconds between two pieces of it, on average
_WAITING = 2  # asks that wait while the others are answered
_SPARE_PAGES = 1


class Soak:
    """One soak.

    Args:
        minutes: how long asks are begun.
        at_once: simultaneous asks.
        seed: draws everything that is random, except when things meet.
    """

    def __init__(self, minutes: float, at_once: int, seed: int) -> None:
        self._until = time.monotonic() + minutes * 60
        self._at_once = at_once
        self._seed = seed
        self._asked = 0
        self._outcomes: list[Outcome] = []

    async def run(self) -> dict[str, object]:
        """Runs it and gives the summary; `broken` is empty where all is well."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            async with PoeSandbox(seed=self._seed, speed=_SPEED) as poe:
                rng = random.Random(f"{self._seed}/mischief")  # noqa: S311  # repeatable, no secret
                mischief, watch = Mischief(poe, rng, _MISCHIEF), Watch(Path(profile))
                rules = Rules(concurrency=self._at_once, gap=0.0, hourly=0)
                async with PoeClient(WebBackend(poe.url, WebDriverSession(user_data_dir=profile), rules)) as client:
                    await self._disturbed(client, mischief, watch)
                    pages = await watch.pages()
                return self._summary(poe, mischief, watch, pages, await watch.left())

    async def _disturbed(self, client: PoeClient, mischief: Mischief, watch: Watch) -> None:
        others = [asyncio.create_task(mischief.run()), asyncio.create_task(watch.run())]
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._at_once + _WAITING):
                    group.create_task(self._asker(client))
        finally:
            for task in others:
                task.cancel()
            results = await asyncio.gather(*others, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _asker(self, client: PoeClient) -> None:
        while time.monotonic() < self._until:
            self._asked += 1
            outcome = await ask(client, plan(self._seed, self._asked))
            self._outcomes.append(outcome)
            if len(self._outcomes) % 50 == 0:
                print(f"{len(self._outcomes)} asks, {self._until - time.monotonic():.0f} s to go", file=sys.stderr)

    def _summary(
        self, poe: PoeSandbox, mischief: Mischief, watch: Watch, pages: int, processes: int
    ) -> dict[str, object]:
        verdict = judge(self._outcomes, poe, mischief)
        if pages > self._at_once + _SPARE_PAGES:
            verdict.broken.append(f"{pages} pages are open for {self._at_once} asks at once")
        if processes:
            verdict.broken.append(f"{processes} processes are left")
        if watch.grown():
            verdict.broken.append("memory is not level")
        thirds = watch.thirds()
        return {
            "seed": self._seed,
            "asks": len(self._outcomes),
            "ends": dict(verdict.counted),
            "errors": dict(verdict.errors),
            "unprovoked errors": dict(verdict.unprovoked),
            "mischief": dict(mischief.done),
            "prompts at the site": len(poe.ledger),
            "stops at the site": len(poe.stops),
            "open pages": pages,
            "processes left": processes,
            "memory in MB, first and last third": thirds and [round(third) for third in thirds],
            "broken": verdict.broken,
        }


def main() -> int:
    """Reads the command line, soaks and prints; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--at-once", type=int, default=8, help="simultaneous asks")
    parser.add_argument("--seed", type=int, default=None, help="repeats a soak as far as that can be repeated")
    given = parser.parse_args()
    mark()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"seed {seed}", file=sys.stderr)
    # Failing asks are expected here; what matters of them is in the summary.
    logging.getLogger("bot").setLevel(logging.CRITICAL)
    summary = asyncio.run(Soak(given.minutes, given.at_once, seed).run())
    print(json.dumps(summary, indent=2, ensure_ascii=False))
    return 1 if summary["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
