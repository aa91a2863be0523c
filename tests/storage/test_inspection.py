"""Looking at a database: it is described, and nothing is changed, created or locked."""

import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from storage.database import open_database, reserved
from storage.inspection import Inspection, inspect_database
from storage.migrations import MIGRATIONS
from storage.preferences import Preferences, PreferencesStore
from storage.replacement import begin_replacement
from tests.support.database_file import contents

LATEST = len(MIGRATIONS)


def make(path: Path, version: int) -> None:
    """Make a database as a Quoth of that schema leaves it when it ends."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(";".join(MIGRATIONS[:version]))
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()


@contextmanager
def unchanged(folder: Path) -> Generator[None]:
    """Check that the block neither changes nor creates a file; SQLite's shared memory may change."""
    before = {file: contents(file) for file in folder.rglob("*") if file.is_file() and not file.name.endswith("-shm")}
    names = sorted(folder.rglob("*"))
    yield
    assert sorted(folder.rglob("*")) == names
    assert {file: contents(file) for file in before} == before


def inspected(path: Path) -> Inspection:
    """Inspect a database, which changes nothing."""
    with unchanged(path.parent):
        return inspect_database(path)


def test_no_database(tmp_path: Path) -> None:
    """If there is no database, none is created, and no folder and no lock."""
    with unchanged(tmp_path):
        found = inspect_database(tmp_path / "new" / "quoth.sqlite3")
    assert found == Inspection(f"{tmp_path}/new/quoth.sqlite3 does not exist yet; `quoth run` creates it")


def test_schemas(tmp_path: Path) -> None:
    """An older schema is named and left as it is; a newer one needs an update; the present one needs nothing."""
    path = tmp_path / "quoth.sqlite3"
    make(path, 3)
    older = f"{path} is writable; `quoth run` updates it from schema version 3 to {LATEST}"
    assert inspected(path) == Inspection(older)
    path.unlink()
    make(path, LATEST)
    assert inspected(path) == Inspection(f"{path} is writable")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {LATEST + 1}")
    newer = f"{path} has schema version {LATEST + 1}, but this Quoth only knows version {LATEST}"
    assert inspected(path) == Inspection(newer, usable=False, fix="Update Quoth.")


async def test_beside_a_running_quoth(tmp_path: Path) -> None:
    """While Quoth runs, its log is read, and neither its lock nor its connection notices."""
    path = tmp_path / "quoth.sqlite3"
    with reserved(path):
        async with open_database(path) as connection:
            store = PreferencesStore(connection)
            await store.change("guild", 7, 7, Preferences("palm"))
            assert inspected(path) == Inspection(f"{path} is writable")
            await store.change("guild", 8, 8, Preferences("palm"))
        assert inspected(path) == Inspection(f"{path} is writable")
    with reserved(path):
        pass


async def test_after_a_crash(tmp_path: Path) -> None:
    """The log of a killed Quoth stays for its next start."""
    path = tmp_path / "running" / "quoth.sqlite3"
    async with open_database(path) as connection:
        await PreferencesStore(connection).change("guild", 7, 7, Preferences("palm"))
        shutil.copytree(path.parent, tmp_path / "crashed")
    crashed = tmp_path / "crashed" / path.name
    assert crashed.with_name(f"{path.name}-wal").stat().st_size > 0
    assert inspected(crashed) == Inspection(f"{crashed} is writable")


def test_damage(tmp_path: Path) -> None:
    """A damaged file is named with a way to mend it."""
    path = tmp_path / "quoth.sqlite3"
    make(path, LATEST)
    path.write_bytes(contents(path)[:-4096] + b"\xa5" * 4096)
    found = inspected(path)
    assert (found.usable, "is damaged" in found.found, "quoth restore FILE" in found.fix) == (False, True, True)
    path.write_bytes(b"no database " * 100)
    found = inspected(path)
    assert (found.usable, "file is not a database" in found.found) == (False, True)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder in the place of the file, or a place where nothing can be created, is not usable."""
    for path in (tmp_path, Path("/proc/nowhere/quoth.sqlite3"), tmp_path / ("x" * 300)):
        found = inspect_database(path)
        assert (found.usable, found.fix) == (False, "Check DATABASE_PATH and its permissions.")


def test_an_interrupted_restore(tmp_path: Path) -> None:
    """A restore that has to be completed is named, and not completed."""
    path = tmp_path / "quoth.sqlite3"
    part = begin_replacement(path)
    part.rename(part.with_name("restored"))
    found = inspected(path)
    assert found == Inspection(f"a restore of {path} was interrupted; `quoth run` completes it")
