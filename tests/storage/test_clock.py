"""Old data is deleted by a time that no jump of the clock can move ahead at once."""

import time
from pathlib import Path

import pytest

from bot.ops.retention import deleting
from storage.asks import AskRow
from storage.database import open_database
from storage.stores import DAY, Stores

HOUR = 3600.0


class Clocks:
    """The wall clock and the monotonic clock, in seconds that are added to the real ones."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall = self.monotonic = 0.0
        real_wall, real_monotonic = time.time, time.monotonic
        monkeypatch.setattr(time, "time", lambda: real_wall() + self.wall)
        monkeypatch.setattr(time, "monotonic", lambda: real_monotonic() + self.monotonic)

    def run(self, seconds: float) -> None:
        """Let Quoth run for so long."""
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """The clocks of this machine."""
    return Clocks(monkeypatch)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of the database."""
    return tmp_path / "quoth.sqlite3"


@pytest.fixture
async def asked(path: Path, clocks: Clocks) -> None:
    """A database in which an ask is remembered, as a Quoth left it that ran."""
    async with open_database(path) as connection:
        stores = Stores.over(connection)
        await stores.delete_old()
        await stores.asks.remember(AskRow(1, None, 6, 7, 8, "Why?", "gpt-4"))


async def rows(stores: Stores) -> int:
    """Count the asks."""
    return (await stores.personal_data.counts(7)).get("asks", 0)


@pytest.mark.usefixtures("asked")
async def test_a_start_with_a_clock_that_is_ahead_deletes_nothing(path: Path, clocks: Clocks) -> None:
    """A clock 31 days ahead deletes nothing at the start nor at further ones; set right, it did no harm."""
    clocks.wall = 31 * DAY
    for _ in range(5):
        async with open_database(path) as connection:
            stores = Stores.over(connection)
            async with deleting(stores.delete_old):
                assert await rows(stores) == 1
                assert await stores.asks.find(1) is None  # too old for its buttons as long as the clock says so
    clocks.wall = 0.0
    async with open_database(path) as connection:
        stores = Stores.over(connection)
        await stores.delete_old()
        assert await stores.asks.find(1)


@pytest.mark.usefixtures("asked")
async def test_what_is_old_goes_after_a_long_pause(path: Path, clocks: Clocks) -> None:
    """After 40 days in which Quoth did not run, asks of the first day are deleted within two days."""
    clocks.wall = 40 * DAY
    async with open_database(path) as connection:
        stores = Stores.over(connection)
        await stores.delete_old()
        assert await rows(stores) == 1
        for _ in range(48):
            clocks.run(HOUR)
            await stores.delete_old()
        assert await rows(stores) == 0


@pytest.mark.usefixtures("asked")
async def test_a_jump_while_quoth_runs_deletes_nothing(path: Path, clocks: Clocks) -> None:
    """A clock that jumps ahead between two runs deletes nothing; set back, the retention is what it was."""
    async with open_database(path) as connection:
        stores = Stores.over(connection)
        for jump in (200 * DAY, -200 * DAY, -200 * DAY, 200 * DAY):
            clocks.wall += jump
            clocks.run(HOUR)
            await stores.delete_old()
            assert await rows(stores) == 1
        clocks.run(40 * DAY)
        await stores.delete_old()
        assert await rows(stores) == 0


async def test_an_older_database_has_no_trusted_time(path: Path, clocks: Clocks) -> None:
    """Where there is none yet, the newest ask tells how late it surely is."""
    async with open_database(path) as connection:
        stores = Stores.over(connection)
        await stores.asks.remember(AskRow(1, None, 6, 7, 8, "Why?", "gpt-4"))
        clocks.wall = 31 * DAY
        await stores.delete_old()
        assert await rows(stores) == 1
