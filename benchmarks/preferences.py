"""The part of the bench that measures preferences: looking them up, completing a model's name, choosing all at once.

Beside each stands the straightforward way: a row read from SQLite at each lookup, and difflib over all names.
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
from statistics import median, quantiles
from typing import TypeVar

import aiosqlite

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
_LOOKUPS, _LIVELY = 5_000, 1_000  # lookups that are timed, and servers in which people ask just now
_MAKERS = ("Claude", "GPT", "Gemini", "Llama", "Qwen", "Grok", "Mistral", "DeepSeek", "Command", "Nova")
_KINDS = ("Opus", "Sonnet", "Mini", "Pro", "Flash", "Turbo", "Instruct", "Coder", "Reasoner", "Nano")
_OPERATOR = ResolvedPreferences("gpt-3.5-turbo")


async def run() -> str:
    """Measures all and gives the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quoth.sqlite3"
        async with open_database(path) as connection:
            _doing(f"{_SERVERS:,} servers")
            await asyncio.to_thread(_fill, path)
            everywhere, lively, plain, writes = await _lookups(connection)
            completed, whole, searched = await _completions(connection)
            taken, lost = await _choices(connection, path)
    rows = [
        Row(f"looking all preferences of a place up, {_LIVELY:,} lively servers of {_SERVERS:,}: p99", "ms",
            _p99(lively), (_p99(plain),), 1),
        Row(f"the same, any of {_SERVERS:,} servers: p99", "ms", _p99(everywhere), (None,), 1),
        Row(f"completing a model's name among {_HANDLES:,} handles, CPU: p99", "ms",
            _p99(completed), (_p99(searched),), 10),
        Row(f"{_AT_ONCE:,} choices of a model at once: lost", "", lost, (None,), 0),
    ]  # fmt: skip
    notes = [
        f"- Medians, in the same order: {_ms(median(lively)):.3f}, {_ms(median(everywhere)):.3f} and "
        f"{_ms(median(completed)):.2f} ms; worst: {_ms(max(lively)):.1f}, {_ms(max(everywhere)):.1f} and "
        f"{_ms(max(completed)):.1f} ms.",
        f"- Choices that the writer stored meanwhile: {writes:,.0f} a second.",
        f"- Completing by the clock, with what else the machine does: median {_ms(median(whole)):.2f} ms, "
        f"p99 {_p99(whole):.1f} ms.",
        f"- The {_AT_ONCE:,} choices were stored within {_ms(taken):.0f} ms.",
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
    """Times lookups while choices are stored one after the other without a pause."""
    store = PreferencesStore(connection)
    resolver = PreferenceResolver(store, _OPERATOR)
    chooses = random.Random(7)  # noqa: S311 - no secret
    written = 0

    async def write() -> None:
        nonlocal written
        while True:
            guild = chooses.randrange(_SERVERS)
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
    lively = [chooses.randrange(_LIVELY) for _ in range(_LOOKUPS)]
    _doing("lookups")
    for guild in range(_LIVELY):
        await look_up(guild)
    of_lively = await _timed(look_up, lively)
    of_any = await _timed(look_up, [chooses.randrange(_SERVERS) for _ in range(_LOOKUPS)])
    plainly = await _timed(read, lively[:1000])
    writing.cancel()
    await asyncio.wait({writing})
    return of_any, of_lively, plainly, written / (time.perf_counter() - began)


async def _completions(connection: aiosqlite.Connection) -> tuple[list[float], list[float], list[float]]:
    """Times completions of names as people type them, sign by sign and with slips: their CPU, and by the clock."""
    handles = [
        f"{maker}-{number}.{minor}-{kind}"
        for number, minor, maker, kind in itertools.product(range(1, 6), range(4), _MAKERS, _KINDS)
    ][:_HANDLES]
    uses = UsageStore(connection)
    for number, handle in enumerate(handles[::400]):
        await uses.take(UsageRow(number, 1, 1, handle, time.time()), UsageLimits())
    resolver = PreferenceResolver(PreferencesStore(connection), _OPERATOR)
    models = Models(Catalogue(handles), AllowedModelsStore(connection), uses)
    chooses = random.Random(7)  # noqa: S311 - no secret
    typed = ["", "😀" * 100, "xyzzyxyzzy", "a" * 100]
    for _ in range(150):
        name = chooses.choice(handles).casefold()
        slip = chooses.randrange(len(name))
        typed += [name[:length] for length in (1, 3, 6)]
        typed += [name.replace("-", ""), name[:slip] + name[slip + 1 :], name[:slip] + "z" + name[slip + 1 :]]

    async def complete(text: str) -> None:
        await models.search(await resolver.layers(Place(1, 1, 1)), text)

    async def compare(text: str) -> None:
        wanted = text[:100]
        _ = [each for each in handles if each.casefold().startswith(wanted)]
        difflib.get_close_matches(wanted, handles, n=25, cutoff=0.6)

    _doing("completions")
    cpu = await _timed(complete, typed, time.thread_time)
    return cpu, await _timed(complete, typed), await _timed(compare, typed[::5], time.thread_time)


async def _choices(connection: aiosqlite.Connection, path: Path) -> tuple[float, int]:
    """Stores choices that are made at the same time; gives the seconds and how many are not in the file."""
    store = PreferencesStore(connection)
    ids = range(10_000_000, 10_000_000 + _AT_ONCE)
    _doing("choices at once")
    began = time.perf_counter()
    await asyncio.gather(*(store.change("guild", id_, id_, Preferences(f"model-{id_}")) for id_ in ids))
    taken = time.perf_counter() - began
    with closing(sqlite3.connect(path)) as other:
        stored = dict(other.execute("SELECT id, model FROM preferences WHERE id >= ?", (ids[0],)).fetchall())
    return taken, sum(stored.get(id_) != f"model-{id_}" for id_ in ids)


async def _timed(
    do: Callable[[_T], Awaitable[None]], given: Sequence[_T], clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    taken: list[float] = []
    for each in given:
        began = clock()
        await do(each)
        taken.append(clock() - began)
        await asyncio.sleep(0)  # others' turn, as between two events
    return taken


def _doing(what: str) -> None:
    print(f"Preferences: {what} …", file=sys.stderr)


def _ms(seconds: float) -> float:
    return seconds * 1000


def _p99(seconds: list[float]) -> float:
    return _ms(quantiles(seconds, n=100, method="inclusive")[-1])
