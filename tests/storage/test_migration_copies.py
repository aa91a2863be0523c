"""The copy that is made before a database is migrated: the way back to an older Quoth."""

import asyncio
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot import bootstrap
from bot.settings import Settings
from storage import backup, database, inspection, restore
from storage.backup import delete_old_copies, keep_copy_for_downgrade
from storage.database import UnusableDatabaseError, open_database
from storage.migrations import MIGRATIONS
from tests.support.database_file import read

LATEST = len(MIGRATIONS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database as an older Quoth left it."""
    path = tmp_path / "quoth.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(";".join(MIGRATIONS[:6]))
        connection.execute("PRAGMA user_version = 6")
        connection.execute("INSERT INTO opt_outs VALUES (5, 1.5)")
        connection.commit()
    return path


def older(monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    """Know no more than the migrations of an older Quoth."""
    for module in (backup, database, inspection, restore):
        monkeypatch.setattr(module, "MIGRATIONS", MIGRATIONS[:version])


async def test_the_start_makes_a_copy(path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Quoth copies an older database before it migrates it, says so once, and copies nothing at the next start."""
    caplog.set_level("INFO", "bot")
    settings = Settings.read(
        {
            "DATABASE_PATH": str(path),
            "POE_PROFILE_DIR": str(tmp_path / "profile"),
            "POE_API_URL": "http://127.0.0.1:9",  # where nobody is
        },
        need_token=False,
    )
    for _ in range(2):
        async with bootstrap.open_bot(settings):
            pass
    copy = path.with_name("quoth.sqlite3.schema-6")
    assert caplog.text.count(f"the database was copied to {copy}.") == 1
    assert copy.stat().st_mode & 0o777 == 0o600
    assert read(copy, "PRAGMA user_version") == [(6,)]
    assert read(path, "PRAGMA user_version") == [(LATEST,)]
    assert [each.name for each in path.parent.glob("*.schema-*")] == [copy.name]


async def test_going_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older Quoth refuses the migrated database and names the newest copy that it can read; restoring that works.

    What people decided since then holds.
    """
    copy = keep_copy_for_downgrade(path)
    older(monkeypatch, 8)
    async with open_database(path):
        pass
    assert keep_copy_for_downgrade(path) is None
    monkeypatch.undo()
    keep_copy_for_downgrade(path)
    async with open_database(path) as connection:
        await connection.execute("INSERT INTO opt_outs VALUES (9, 2.5)")
    older(monkeypatch, 7)
    sentence = f"Update Quoth, or go back to the copy from before that update: `quoth restore {copy}`."
    with pytest.raises(UnusableDatabaseError) as caught:
        async with open_database(path):
            pass
    assert str(caught.value).endswith(f"this Quoth only knows version 7. {sentence}")
    assert inspection.inspect_database(path).fix == sentence
    assert copy is not None
    await asyncio.to_thread(restore.restore, copy, path, 30)
    async with open_database(path):
        pass
    assert read(path, "PRAGMA user_version") == [(7,)]
    assert read(path, "SELECT user_id FROM opt_outs ORDER BY 1") == [(5,), (9,)]


def test_a_copy_that_can_not_be_made_keeps_the_database_as_it_is(path: Path) -> None:
    """Without the copy there is no migration."""
    path.with_name("quoth.sqlite3.schema-6").mkdir()
    before = path.read_bytes()
    with pytest.raises(UnusableDatabaseError, match=r"^Can't copy the database .* before its update"):
        keep_copy_for_downgrade(path)
    assert path.read_bytes() == before
    assert not path.with_name("quoth.sqlite3.schema-6.part").exists()


@pytest.mark.parametrize("content", [None, b"", b"no database " * 100])
def test_what_is_no_database_is_not_copied(content: bytes | None, tmp_path: Path) -> None:
    """There is no copy of nothing; opening it says what is wrong."""
    path = tmp_path / "quoth.sqlite3"
    if content is not None:
        path.write_bytes(content)
    assert keep_copy_for_downgrade(path) is None
    assert [each for each in tmp_path.iterdir() if each != path] == []


def test_copies_are_kept_as_long_as_questions(path: Path) -> None:
    """What people deleted is in the copies, so that these go after the same time; other files stay."""
    old, new, other = (path.with_name(f"quoth.sqlite3.schema-{name}") for name in ("3", "4", "mine"))
    for copy, days in ((old, 31), (new, 29), (other, 31)):
        copy.touch()
        then = time.time() - days * 86_400
        os.utime(copy, (then, then))
    delete_old_copies(path, 30)
    assert [copy.exists() for copy in (old, new, other)] == [False, True, True]
