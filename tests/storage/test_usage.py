"""Uses on real SQLite files where something is wrong: the clock, the disk, or a person who asks everywhere."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from storage import database
from storage.database import DatabaseFailure, open_database
from storage.usage import DAY, RetryTimes, UsageLimits, UsageRow, UsageStore

NOW = 1_000_000.0
DAYS = 200 * DAY
ONE = UsageLimits(per_person=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of the database."""
    return tmp_path / "quoth.sqlite3"


@pytest.fixture
async def store(path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[UsageStore]:
    """A store that does not wait long for other programs."""
    monkeypatch.setattr(database, "_BUSY", 20)
    async with open_database(path) as connection:
        yield UsageStore(connection)


@contextmanager
def unwritable(path: Path) -> Generator[None]:
    """Let nobody else write to the database."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def take(store: UsageStore, id_: int, limits: UsageLimits, at: float = NOW, guild: int = 7) -> RetryTimes | None:
    """Use something once as person 1."""
    return await store.take(UsageRow(id_, guild, 1, "gpt-4", at), limits)


@pytest.mark.parametrize(
    "limits",
    [ONE, UsageLimits(per_server=1), UsageLimits(cooldown=60), UsageLimits(per_person_total=1)],
    ids=["person", "server", "cooldown", "total"],
)
async def test_uses_in_the_future_do_not_count(store: UsageStore, limits: UsageLimits) -> None:
    """A clock that was ahead and is right again neither blocks anybody nor makes a wait longer than its window."""
    assert await take(store, 1, limits, NOW + DAYS) is None
    assert await take(store, 2, limits, NOW) is None
    refused = await take(store, 3, limits, NOW - 5.0)  # the clock was set back by a little
    assert refused
    window = 60.0 if limits.cooldown else DAY
    times = (refused.per_person, refused.per_server, refused.cooldown, refused.per_person_total)
    assert max(times) == NOW - 5.0 + window
    assert await take(store, 4, limits, NOW + window) is None


async def test_uses_in_the_future_are_no_figures_and_can_be_deleted(store: UsageStore) -> None:
    """A use that is dated half a year ahead is in no figures, and goes when the person deletes their data."""
    now = time.time()
    await take(store, 1, UsageLimits(), now + DAYS)
    await take(store, 2, UsageLimits(), now)
    assert [count.asks for count in await store.counted(0.0, 7)] == [1]
    assert await store.forget(1) == 1


async def test_a_person_has_one_total_in_all_servers(store: UsageStore) -> None:
    """Whatever servers a person asks in, their total counts; a day after the oldest use there is room again."""
    limits = UsageLimits(per_person=1, per_person_total=3)
    taken = [await take(store, guild, limits, NOW + guild, guild) for guild in range(1, 51)]
    assert taken[:3] == [None, None, None]
    assert taken[3:] == [RetryTimes(0.0, 0.0, 0.0, NOW + 1 + DAY)] * 47
    assert await store.take(UsageRow(60, 7, 2, "gpt-4", NOW), limits) is None
    assert await take(store, 61, limits, NOW + 1 + DAY, 61) is None


async def test_a_database_that_can_t_be_written_opens_no_limit(store: UsageStore, path: Path) -> None:
    """Of many asks at once no more are let in than may be, with those before; later they are in the table, once."""
    limits = UsageLimits(per_person=4)
    assert await take(store, 1, limits) is None
    with unwritable(path):
        taken = await asyncio.gather(*(take(store, id_, limits) for id_ in range(2, 12)))
        assert taken.count(None) == 3
        assert {each for each in taken if each} == {RetryTimes(NOW + DAY, 0.0, 0.0, 0.0)}
        await give_back(store, 2)
        assert await take(store, 12, limits) is None
        assert await take(store, 13, limits)
    assert await take(store, 14, limits)
    assert [count.asks for count in await store.counted(0.0, 7)] == [4]
    await store.give_back(12, 1)
    assert await take(store, 15, limits) is None
    assert await take(store, 16, limits)


async def give_back(store: UsageStore, id_: int) -> None:
    """Give a use back while the table can't be written."""
    with pytest.raises(DatabaseFailure):
        await store.give_back(id_, 1)


async def test_a_database_that_can_t_even_be_read_is_an_error(store: UsageStore, path: Path) -> None:
    """Where nothing can be counted, nothing is let in silently."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE uses")
    with pytest.raises(DatabaseFailure):
        await take(store, 1, ONE)
