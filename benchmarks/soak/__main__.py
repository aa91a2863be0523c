"""Run random asks while things fail, then check every one of them: `make soak MINUTES=30 SEED=1`.

Quoth runs in a process of its own, between the sandbox's Discord and Poe. Prints a summary as JSON. The exit code is 0
if every ask ended where people see it (with the site's own answer, a sentence, or because its asker left), no answers
were mixed, every prompt was sent at most once, limits held, the log has no traceback and nobody's words, the database
is whole, no page, process or temporary file is left over, memory stayed level, and the browser's profile stayed small.
Otherwise it is 1, and the summary says what is broken.
"""

import argparse
import asyncio
import json
import logging
import random
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from pathlib import Path

from benchmarks.processes import mark_descendants
from benchmarks.soak.asks import (
    LIMITED,
    LIMITED_PLACE,
    PEOPLE,
    Ask,
    Outcome,
    draw_ask,
    draw_limited_ask,
    draw_plain_ask,
    find_pages,
    run_ask,
)
from benchmarks.soak.bot_process import BotProcess
from benchmarks.soak.browser_monitor import BrowserMonitor
from benchmarks.soak.faults import FaultInjector
from benchmarks.soak.report import Report, report_on
from sandbox.discord.rest.buckets import LIMITS
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.seed import populate
from sandbox.discord.world.store import World
from sandbox.poe.sandbox import PoeSandbox

_SPEED = 1500.0  # characters a second
_FAULT_INTERVAL = 45.0  # seconds, on average
_WAITING = 2  # asks that wait while others are answered
_SPARE_PAGES = 1
_LIMIT = 2  # questions in 24 hours of the person who has a limit
_BETWEEN = 2.0  # seconds between the asks of that person
_READY = 60.0  # seconds in which Quoth logs in
_RECOVERY = 30.0  # seconds in which a new start ends the asks of an earlier one
_RARE = 0.03  # share of events that come twice, or late, and of acknowledgements that are lost
_DATABASE = "database/quoth.sqlite3"


class Soak:
    """One soak.

    Args:
        minutes: how long new asks are started.
        at_once: simultaneous asks.
        seed: draws everything that is random, except how things coincide.
    """

    def __init__(self, minutes: float, at_once: int, seed: int) -> None:
        self._minutes = minutes
        self._until = 0.0
        self._at_once = at_once
        self._seed = seed
        self._asked = 0
        self._outcomes: list[Outcome] = []

    async def run(self) -> dict[str, object]:
        """Run it and return the summary; `broken` is empty if all is well."""
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            poe = await stack.enter_async_context(PoeSandbox(seed=self._seed, speed=_SPEED))
            limits = replace(LIMITS, commands=None)  # Quoth starts more often than Discord lets it sync its commands
            discord = await stack.enter_async_context(DiscordSandbox(limits=limits, populate=_populate, forgiving=True))
            monitor = BrowserMonitor(folder)
            bot = BotProcess(self._environment(poe, discord, monitor.profile, folder / _DATABASE), folder)
            rng = random.Random(f"{self._seed}/faults")  # noqa: S311  # repeatable, no secret
            faults = FaultInjector(poe, discord, bot, folder / _DATABASE, rng, _FAULT_INTERVAL)
            async with bot.running():
                await discord.ready(_READY)
                guild = discord.world.guilds["Sourdough Society"]
                role = next(role for role in guild.roles.values() if role.name == LIMITED)
                await discord.command("admin", LIMITED_PLACE, "limits set", per_person=_LIMIT, role=role)
                discord.mischief.rng = rng
                discord.mischief.duplicated = discord.mischief.reordered = discord.mischief.lost = _RARE
                await self._ask_with_faults(discord, faults, monitor)
                pages = await monitor.open_pages()
                await faults.restart()  # it ends what an earlier one could not
                await _true(lambda: not _unended(folder / _DATABASE), _RECOVERY)
                await self._ask_once_more(discord)
            for outcome in self._outcomes:
                outcome.pages = find_pages(discord, outcome)  # as they are now
            report = report_on(self._outcomes, poe, faults, _LIMIT)
            report.broken += [*bot.broken, *_damage(folder / _DATABASE)]
            if self._outcomes[-1].end != "done":
                report.broken.append("Quoth does not answer although everything works again")
            return self._summary(report, poe, discord, faults, monitor, pages, await monitor.remaining_processes())

    def _environment(self, poe: PoeSandbox, discord: DiscordSandbox, profile: Path, database: Path) -> dict[str, str]:
        return {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "POE_URL": poe.url,
            "POE_API_URL": poe.api_url,
            "POE_PROFILE_DIR": str(profile),
            "POE_CONCURRENCY": str(self._at_once),
            "POE_MIN_GAP": "0",
            "POE_HOURLY_CAP": "0",
            "DATABASE_PATH": str(database),
        }

    async def _ask_with_faults(self, discord: DiscordSandbox, faults: FaultInjector, monitor: BrowserMonitor) -> None:
        self._until = time.monotonic() + self._minutes * 60
        others = [asyncio.create_task(faults.run()), asyncio.create_task(monitor.run())]
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._at_once + _WAITING):
                    group.create_task(self._ask_repeatedly(discord))
                group.create_task(self._ask_beyond_limit(discord))
        finally:
            for task in others:
                task.cancel()
            results = await asyncio.gather(*others, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _ask_repeatedly(self, discord: DiscordSandbox) -> None:
        while time.monotonic() < self._until:
            await self._ask(discord, draw_ask(self._seed, self._next()))

    async def _ask_beyond_limit(self, discord: DiscordSandbox) -> None:
        while time.monotonic() < self._until:
            await self._ask(discord, draw_limited_ask(self._seed, self._next()))
            await asyncio.sleep(_BETWEEN)

    async def _ask_once_more(self, discord: DiscordSandbox) -> None:
        """Ask when everything works again, with a browser that removes what killed ones left."""
        discord.mischief.duplicated = discord.mischief.reordered = discord.mischief.lost = 0.0
        await self._ask(discord, draw_plain_ask(self._seed, self._next()))

    def _next(self) -> int:
        self._asked += 1
        return self._asked

    async def _ask(self, discord: DiscordSandbox, ask: Ask) -> None:
        self._outcomes.append(await run_ask(discord, ask))
        if len(self._outcomes) % 50 == 0:
            print(f"{len(self._outcomes)} asks, {self._until - time.monotonic():.0f} s to go", file=sys.stderr)

    def _summary(
        self,
        report: Report,
        poe: PoeSandbox,
        discord: DiscordSandbox,
        faults: FaultInjector,
        monitor: BrowserMonitor,
        pages: int,
        processes: int,
    ) -> dict[str, object]:
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
        if mistakes := {f"{call.method} {call.route}, code {call.code}" for call in discord.ledger.mistakes}:
            report.broken.append(f"Discord answered 400 to {', '.join(mistakes)}")
        levels = monitor.memory_levels()
        return {
            "seed": self._seed,
            "asks": len(self._outcomes),
            "ends": dict(report.ends),
            "notes": dict(report.notes),
            "unexplained notes": dict(report.unexplained),
            "faults": dict(faults.counts),
            "mischief of Discord": dict(discord.mischief.counts),
            "rate limits of Discord met": len(discord.ledger.limited),
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


def _populate(world: World) -> None:
    """Add the people of the soak to the sandbox's usual servers, one of them with a role that limits it."""
    populate(world)
    for name in PEOPLE:
        person = world.add_person(name)
        for guild in world.guilds:
            world.join(person, guild)
    place = world.channels[LIMITED_PLACE]
    if place.guild:
        world.join(world.add_person(LIMITED), place.guild, world.add_role(place.guild, LIMITED))


async def _true(found: Callable[[], bool], seconds: float) -> None:
    """Wait until something is true, for so many seconds at most."""
    deadline = time.monotonic() + seconds
    while not found() and time.monotonic() < deadline:  # noqa: ASYNC110  # there is no event
        await asyncio.sleep(0.1)


def _unended(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM asks WHERE ended = 0").fetchone()[0])


def _damage(database: Path) -> Iterator[str]:
    """Yield what is wrong with a database that nobody uses."""
    with closing(sqlite3.connect(database)) as connection:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            yield f"the database is damaged: {found}"
    if count := _unended(database):
        yield f"{count} asks are still unended in the database"


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
