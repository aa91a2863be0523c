"""Run random asks while things fail, then check every one of them: `make soak MINUTES=30 SEED=1`.

Prints a summary as JSON. The exit code is 0 if every ask ended (with the site's own answer, a typed error, or because
its asker left), no answers were mixed, every prompt was sent at most once, no page, process or temporary file is left
over, memory stayed level, and the browser's profile stayed small. Otherwise it is 1, and the summary says what is
broken.
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

from benchmarks.processes import mark_descendants
from benchmarks.soak.asks import Outcome, draw_ask, run_ask
from benchmarks.soak.browser_monitor import BrowserMonitor
from benchmarks.soak.faults import FaultInjector
from benchmarks.soak.report import report_on
from bot.poe.client import PoeClient
from bot.poe.schedule import Rules
from bot.poe.web.backend import WebBackend
from bot.poe.web.browser.session import WebDriverSession
from sandbox.poe.sandbox import PoeSandbox

_SPEED = 1500.0  # characters a second
_FAULT_INTERVAL = 45.0  # seconds, on average
_WAITING = 2  # asks that wait while others are answered
_SPARE_PAGES = 1


class Soak:
    """One soak.

    Args:
        minutes: how long new asks are started.
        at_once: simultaneous asks.
        seed: draws everything that is random, except how things coincide.
    """

    def __init__(self, minutes: float, at_once: int, seed: int) -> None:
        self._until = time.monotonic() + minutes * 60
        self._at_once = at_once
        self._seed = seed
        self._asked = 0
        self._outcomes: list[Outcome] = []

    async def run(self) -> dict[str, object]:
        """Run it and return the summary; `broken` is empty if all is well."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            async with PoeSandbox(seed=self._seed, speed=_SPEED) as poe:
                rng = random.Random(f"{self._seed}/faults")  # noqa: S311  # repeatable, no secret
                faults, monitor = FaultInjector(poe, rng, _FAULT_INTERVAL), BrowserMonitor(Path(folder))
                session = WebDriverSession(user_data_dir=str(monitor.profile))
                rules = Rules(concurrency=self._at_once, gap=0.0, hourly=0)
                async with PoeClient(WebBackend(poe.url, session, rules)) as client:
                    await self._ask_with_faults(client, faults, monitor)
                    pages = await monitor.open_pages()
                return self._summary(poe, faults, monitor, pages, await monitor.remaining_processes())

    async def _ask_with_faults(self, client: PoeClient, faults: FaultInjector, monitor: BrowserMonitor) -> None:
        others = [asyncio.create_task(faults.run()), asyncio.create_task(monitor.run())]
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._at_once + _WAITING):
                    group.create_task(self._ask_repeatedly(client))
        finally:
            for task in others:
                task.cancel()
            results = await asyncio.gather(*others, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _ask_repeatedly(self, client: PoeClient) -> None:
        while time.monotonic() < self._until:
            self._asked += 1
            outcome = await run_ask(client, draw_ask(self._seed, self._asked))
            self._outcomes.append(outcome)
            if len(self._outcomes) % 50 == 0:
                print(f"{len(self._outcomes)} asks, {self._until - time.monotonic():.0f} s to go", file=sys.stderr)

    def _summary(
        self, poe: PoeSandbox, faults: FaultInjector, monitor: BrowserMonitor, pages: int, processes: int
    ) -> dict[str, object]:
        report = report_on(self._outcomes, poe, faults)
        if pages > self._at_once + _SPARE_PAGES:
            report.broken.append(f"{pages} pages are open for {self._at_once} asks at once")
        if processes:
            report.broken.append(f"{processes} processes still run")
        if monitor.memory_grew():
            report.broken.append("memory is not level")
        if monitor.disk_grew():
            report.broken.append("the profile or the temporary files grew too large")
        if left := monitor.temporary_files():
            report.broken.append(f"{len(left)} temporary files are left: {', '.join(left[:5])}")
        levels = monitor.memory_levels()
        return {
            "seed": self._seed,
            "asks": len(self._outcomes),
            "ends": dict(report.ends),
            "errors": dict(report.errors),
            "unexplained errors": dict(report.unexplained),
            "faults": dict(faults.counts),
            "prompts at the site": len(poe.ledger),
            "stops at the site": len(poe.stops),
            "open pages": pages,
            "remaining processes": processes,
            "memory in MB, first and last third": levels and [round(level) for level in levels],
            "largest profile and temporary files in MB": [
                round(monitor.largest_profile, 1),
                round(monitor.largest_temporary, 1),
            ],
            "broken": report.broken,
        }


def main() -> int:
    """Read the command line, run the soak and print its summary; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--at-once", type=int, default=8, help="simultaneous asks")
    parser.add_argument("--seed", type=int, default=None, help="repeats the random choices of an earlier soak")
    arguments = parser.parse_args()
    mark_descendants()
    seed = secrets.randbits(32) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", file=sys.stderr)
    # Asks are expected to fail here; the summary has what matters.
    logging.getLogger("bot").setLevel(logging.CRITICAL)
    summary = asyncio.run(Soak(arguments.minutes, arguments.at_once, seed).run())
    print(json.dumps(summary, indent=2, ensure_ascii=False))
    return 1 if summary["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
