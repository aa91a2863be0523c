"""The figures of preferences: looking them up, completing a model's name, and many changes at once.

The baseline is the straightforward way: it reads rows from SQLite at each lookup, and compares all names with difflib.
"""

import asyncio
import difflib
import itertools
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import TypeVar

import aiosqlite

from benchmarks.percentiles import ms, percentile
from benchmarks.table import Row, table
from bot.conversation import Place, ResolvedPreferences
from bot.poe.catalogue import Catalogue
from bot.policy.models import Models
from bot.policy.preferences import PreferenceResolver
from storage.allowed_models import AllowedModelsStore
from storage.database import open_database
from storage.preferences import Preferences, PreferencesStore
from storage.usage import UsageLimits, UsageRow, UsageStore

_T = TypeVar("_T")
_SERVERS, _HANDLES, _AT_ONCE = 100_000, 2_000, 1_000
_LOOKUPS, _ACTIVE = 5_000, 1_000  # lookups that are timed, and servers in which people ask
_MAKERS = ("Claude", "GPT", "Gemini", "Llama", "Qwen", "Grok", "Mistral", "DeepSeek", "Command", "Nova")
_KINDS = ("Opus", "Sonnet", "Mini", "Pro", "Flash", "Turbo", "Instruct", "Coder", "Reasoner", "Nano")
_OPERATOR = ResolvedPreferences("gpt-3.5-turbo")


async def run() -> str:
    """Measure and return the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quoth.sqlite3"
        async with open_database(path) as connection:
            _progress(f"{_SERVERS:,} servers")
            await asyncio.to_thread(_fill, path)
            anywhere, active, baseline, writes = await _lookups(connection)
            completed, elapsed, compared = await _completions(connection)
            seconds, lost = await _changes(connection, path)
    rows = [
        Row(f"looking up all preferences of a place, {_ACTIVE:,} active servers of {_SERVERS:,}: p99", "ms",
            _p99(active), (_p99(baseline),), 1),
        Row(f"the same, any of {_SERVERS:,} servers: p99", "ms", _p99(anywhere), (None,), 1),
        Row(f"completing a model's name among {_HANDLES:,} handles, CPU: p99", "ms",
            _p99(completed), (_p99(compared),), 10),
        Row(f"{_AT_ONCE:,} changes of a model at once: lost", "", lost, (None,), 0),
    ]  # fmt: skip
    notes = [
        f"- Medians, in the same order: {ms(median(active)):.3f}, {ms(median(anywhere)):.3f} and "
        f"{ms(median(completed)):.2f} ms; worst: {ms(max(active)):.1f}, {ms(max(anywhere)):.1f} and "
        f"{ms(max(completed)):.1f} ms.",
        f"- Changes that were stored meanwhile: {writes:,.0f} a second.",
        f"- Completing, elapsed time: median {ms(median(elapsed)):.2f} ms, p99 {_p99(elapsed):.1f} ms.",
        f"- The {_AT_ONCE:,} changes were stored within {ms(seconds):.0f} ms.",
    ]
    return table(rows, ["straightforward"], notes)


def _fill(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO preferences (scope, id, guild_id, model, history) VALUES (?, ?, ?, ?, ?)",
            itertools.chain(
                (("guild", guild, guild, "gpt-4", 10) for guild in range(_SERVERS)),
                (("channel", guild, guild, "palm", None) for guild in range(0, _SERVERS, 2)),
                (("user", guild, None, None, 5) for guild in range(0, _SERVERS, 3)),
            ),
        )


async def _lookups(connection: aiosqlite.Connection) -> tuple[list[float], list[float], list[float], float]:
    """Time lookups while changes are stored one after the other without a pause.

    Returns the seconds per lookup in any server, in active ones, and of the baseline, and how many changes were
    stored per second.
    """
    store = PreferencesStore(connection)
    resolver = PreferenceResolver(store, _OPERATOR)
    rng = random.Random(7)  # noqa: S311 - no secret
    written = 0

    async def write() -> None:
        nonlocal written
        while True:
            guild = rng.randrange(_SERVERS)
            await store.change("guild", guild, guild, Preferences(history=guild % 50))
            written += 1

    async def look_up(guild: int) -> None:
        await resolver.resolve(Place(guild, guild, guild))

    async def read(guild: int) -> None:
        for scope in ("user", "channel", "guild"):
            sql = "SELECT * FROM preferences WHERE scope = ? AND id = ?"
            async with connection.execute(sql, (scope, guild)) as cursor:
                await cursor.fetchone()

    writing = asyncio.create_task(write())
    began = time.perf_counter()
    active = [rng.randrange(_ACTIVE) for _ in range(_LOOKUPS)]
    _progress("lookups")
    for guild in range(_ACTIVE):
        await look_up(guild)
    in_active = await _timed(look_up, active)
    in_any = await _timed(look_up, [rng.randrange(_SERVERS) for _ in range(_LOOKUPS)])
    baseline = await _timed(read, active[:1000])
    writing.cancel()
    await asyncio.wait({writing})
    return in_any, in_active, baseline, written / (time.perf_counter() - began)


async def _completions(connection: aiosqlite.Connection) -> tuple[list[float], list[float], list[float]]:
    """Time completions of names as people type them, partly and with typing errors.

    Returns the seconds of CPU, the elapsed seconds, and the seconds of CPU of the baseline.
    """
    handles = [
        f"{maker}-{number}.{minor}-{kind}"
        for number, minor, maker, kind in itertools.product(range(1, 6), range(4), _MAKERS, _KINDS)
    ][:_HANDLES]
    uses = UsageStore(connection)
    for number, handle in enumerate(handles[::400]):
        await uses.take(UsageRow(number, 1, 1, handle, time.time()), UsageLimits())
    resolver = PreferenceResolver(PreferencesStore(connection), _OPERATOR)
    models = Models(Catalogue(handles), AllowedModelsStore(connection), uses)
    rng = random.Random(7)  # noqa: S311 - no secret
    typed = ["", "😀" * 100, "xyzzyxyzzy", "a" * 100]
    for _ in range(150):
        name = rng.choice(handles).casefold()
        error = rng.randrange(len(name))
        typed += [name[:length] for length in (1, 3, 6)]
        typed += [name.replace("-", ""), name[:error] + name[error + 1 :], name[:error] + "z" + name[error + 1 :]]

    async def complete(text: str) -> None:
        await models.search(await resolver.layers(Place(1, 1, 1)), text)

    async def compare(text: str) -> None:
        wanted = text[:100]
        _ = [each for each in handles if each.casefold().startswith(wanted)]
        difflib.get_close_matches(wanted, handles, n=25, cutoff=0.6)

    _progress("completions")
    cpu = await _timed(complete, typed, time.thread_time)
    return cpu, await _timed(complete, typed), await _timed(compare, typed[::5], time.thread_time)


async def _changes(connection: aiosqlite.Connection, path: Path) -> tuple[float, int]:
    """Store changes that are made at the same time; return the seconds and how many are not in the file."""
    store = PreferencesStore(connection)
    ids = range(10_000_000, 10_000_000 + _AT_ONCE)
    _progress("changes at once")
    began = time.perf_counter()
    await asyncio.gather(*(store.change("guild", id_, id_, Preferences(f"model-{id_}")) for id_ in ids))
    seconds = time.perf_counter() - began
    with closing(sqlite3.connect(path)) as other:
        stored = dict(other.execute("SELECT id, model FROM preferences WHERE id >= ?", (ids[0],)).fetchall())
    return seconds, sum(stored.get(id_) != f"model-{id_}" for id_ in ids)


async def _timed(
    function: Callable[[_T], Awaitable[None]], arguments: Sequence[_T], clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    seconds: list[float] = []
    for argument in arguments:
        began = clock()
        await function(argument)
        seconds.append(clock() - began)
        await asyncio.sleep(0)  # other tasks run, as between two events
    return seconds


def _progress(what: str) -> None:
    print(f"Preferences: {what} …", file=sys.stderr)


def _p99(seconds: list[float]) -> float:
    return ms(percentile(seconds, 99))
