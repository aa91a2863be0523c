"""Damaged, read-only and full files, and backups: nothing is lost, and one sentence says what is wrong."""

import asyncio
import os
import sqlite3
import stat
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from storage import database
from storage.backup import back_up
from storage.database import DatabaseFailure, UnusableDatabaseError, open_database, reserved
from storage.preferences import Preferences, PreferencesStore
from tests.support.database_file import contents, read

CHOICES = "SELECT id, model FROM preferences ORDER BY id"
NOBODY = 65534
PAGE = 4096  # bytes


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Return a closed database of some pages."""
    path = tmp_path / "quoth.sqlite3"
    async with open_database(path) as connection:
        for guild in range(200):
            await PreferencesStore(connection).change("guild", guild, guild, Preferences(f"model-{guild}" * 20))
    return path


async def refused(path: Path) -> str:
    """Open a database that can't be used, and return the sentence of the error."""
    with pytest.raises(UnusableDatabaseError) as caught:
        async with open_database(path):
            pytest.fail("opened")
    return str(caught.value)


@pytest.mark.parametrize("page", [1, 3, -1], ids=["schema", "rows", "last"])
async def test_a_damaged_file_is_refused_and_left_alone(path: Path, page: int) -> None:
    """Damage anywhere is found at the start and reported with the file's name; no byte changes."""
    whole = bytearray(contents(path))
    start = page * PAGE % len(whole)
    whole[start : start + PAGE] = b"\xa5" * PAGE
    put(path, bytes(whole))
    assert str(path) in await refused(path)
    with pytest.raises(UnusableDatabaseError):
        back_up(path, path.with_name("copy"))
    assert contents(path) == whole
    beside = {file.name: contents(file) for file in path.parent.iterdir() if not file.name.endswith("-shm")}
    assert beside.pop(path.name) == whole
    assert set(beside.values()) <= {b""}  # the journal of one that only reads


async def test_looking_for_damage_has_an_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is too large to be checked in time is opened."""
    monkeypatch.setattr(database, "_CHECKING", -1.0)
    monkeypatch.setattr(database, "_STEPS", 1)
    async with open_database(path) as connection:
        assert (await PreferencesStore(connection).of("guild", 7)).model == "model-7" * 20


def put(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write all of a file."""
    path.write_bytes(content)
    path.chmod(mode)


@contextmanager
def as_nobody() -> Generator[None]:
    """Become a user whom file modes bind: root may write everywhere."""
    me = os.geteuid()
    os.seteuid(NOBODY if me == 0 else me)
    try:
        yield
    finally:
        os.seteuid(me)


async def test_a_read_only_file_is_refused(path: Path) -> None:
    """A read-only file is refused at the start, not at the first write."""
    before = contents(path)
    with tempfile.TemporaryDirectory() as folder:  # a test's own folder is closed to nobody
        copy = Path(folder) / path.name
        put(copy, before, 0o444)
        os.chmod(folder, 0o777)  # noqa: S103 PTH101 - but the file itself can't be written
        with as_nobody():
            assert "Can't use" in await refused(copy)
        assert contents(copy) == before


async def test_a_full_disk_loses_nothing(path: Path) -> None:
    """On a full disk a large write fails with an error of its own; what was there stays, and small writes succeed."""
    async with open_database(path) as connection:
        store = PreferencesStore(connection)
        await connection.execute("PRAGMA max_page_count = 1")  # SQLite's own: as many as there are
        with pytest.raises(DatabaseFailure, match="full"):
            await store.change("guild", 1000, 1000, Preferences("x" * 5 * PAGE))
        await store.change("guild", 7, 7, Preferences("palm"))
        assert (await store.of("guild", 1000), (await store.of("guild", 7)).model) == (Preferences(), "palm")
    assert len(read(path, CHOICES)) == 200


def test_one_quoth_at_a_time(path: Path) -> None:
    """While one Quoth has the database a second is refused with a sentence; afterwards it is not."""
    with reserved(path):
        with pytest.raises(UnusableDatabaseError, match=r"in use. Stop the other Quoth"), reserved(path):
            pytest.fail("reserved twice")
        with reserved(path.with_name("another.sqlite3")):
            pass
    with reserved(path):
        pass


async def test_a_backup_is_whole_while_others_write(path: Path) -> None:
    """A copy made while Quoth writes contains one moment of it and is readable by its owner only."""
    copy = path.with_name("copy")
    async with open_database(path) as connection:
        store = PreferencesStore(connection)
        copying = asyncio.create_task(asyncio.to_thread(back_up, path, copy))
        for number in range(1, 1000):
            await store.change("guild", 0, 0, Preferences(str(number)))
            await store.change("user", 0, None, Preferences(str(number)))
            if copying.done():
                break
        await copying
    moment = {scope: str(model) for scope, model in read(copy, "SELECT scope, model FROM preferences WHERE id = 0")}
    assert int(moment["guild"].replace("model-0", "") or 0) - int(moment.get("user", 0)) in (0, 1)
    assert len(read(copy, CHOICES)) in (200, 201)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(file.name for file in path.parent.iterdir()) == [copy.name, path.name]


@pytest.mark.parametrize("name", ["mine", "quoth.sqlite3", "quoth.sqlite3/copy", "nowhere/copy", "x" * 300])
def test_a_backup_overwrites_nothing(path: Path, name: str) -> None:
    """When the copy can't be made, one sentence says why and no file changes."""
    path.with_name("mine").write_text("of somebody else")
    place = path.parent / name
    before = {file: contents(file) for file in path.parent.iterdir()}
    with pytest.raises(UnusableDatabaseError, match=r"^(?!.*\n).+\.$"):
        back_up(path, place)
    assert {file: contents(file) for file in path.parent.iterdir()} == before


def test_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    """Without a database no file is made."""
    with pytest.raises(UnusableDatabaseError, match="no database"):
        back_up(tmp_path / "quoth.sqlite3", tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


async def test_what_a_crash_left_is_kept(path: Path) -> None:
    """What is still in the journal of a killed Quoth is in a backup, and there at the next start."""
    with closing(sqlite3.connect(path)) as killed:
        killed.execute("UPDATE preferences SET model = 'palm' WHERE id = 7")
        killed.commit()
        folder = path.with_name("crashed")
        folder.mkdir()
        for file in path.parent.glob(f"{path.name}*"):
            (folder / file.name).write_bytes(contents(file))
    crashed = folder / path.name
    assert (folder / f"{path.name}-wal").stat().st_size > 0
    back_up(crashed, folder / "copy")
    assert read(folder / "copy", "SELECT model FROM preferences WHERE id = 7") == [("palm",)]
    async with open_database(crashed) as connection:
        assert (await PreferencesStore(connection).of("guild", 7)).model == "palm"
