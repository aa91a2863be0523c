"""What Quoth confirmed outlasts a power cut, and what it deleted leaves the disk, or somebody is told."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage import database
from storage.asks import AskRow
from storage.database import open_database
from storage.personal_data import Deleted
from storage.stores import Stores
from tests.support.database_file import contents


async def test_a_commit_is_flushed_before_it_is_confirmed(tmp_path: Path) -> None:
    """SQLite flushes its log at each commit, also on macOS, where that needs a pragma of its own."""
    async with open_database(tmp_path / "quoth.sqlite3") as connection:
        full = 2
        for pragma, value in (("synchronous", full), ("fullfsync", 1)):
            assert list(await connection.execute_fetchall(f"PRAGMA {pragma}")) == [(value,)]


async def test_a_log_that_could_not_be_emptied_is_emptied_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While another program reads, a deletion is real but remains in the log; both are told, and it is tried again."""
    monkeypatch.setattr(database, "_BUSY", 50)
    path = tmp_path / "quoth.sqlite3"
    log = path.with_name(f"{path.name}-wal")
    async with open_database(path) as connection:
        stores = Stores.over(connection)
        await stores.asks.remember(AskRow(1, None, 6, 5, 8, "marzipan", "gpt-4"))
        with closing(sqlite3.connect(path)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM asks").fetchall()
            assert await stores.personal_data.delete(5) == Deleted(1, erased=False)
            assert b"marzipan" in contents(log)
        assert "another program is reading the database" in caplog.text
        assert await stores.delete_old() == 0
        assert b"marzipan" not in contents(path) + contents(log)
