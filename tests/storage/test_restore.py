"""Restoring a copy: crashes and damage at any moment, and what people decided after the copy was made."""

import asyncio
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from storage.asks import AskRow
from storage.backup import back_up
from storage.database import UnusableDatabaseError, open_database, reserved
from storage.migrations import MIGRATIONS
from storage.personal_data import Deleted
from storage.preferences import Preferences
from storage.restore import restore
from storage.stores import Stores
from tests.support.database_file import contents, read

MODEL = "SELECT model FROM preferences WHERE scope = 'guild' AND id = 7"
DAYS = 30
OPT_OUTS, DELETIONS, FORGETS = "opt-outs", "deletions by /privacy delete", "uses of /forget"


def write(path: Path, change: Callable[[Stores], Awaitable[object]]) -> None:
    """Open a database, change it and close it."""

    async def run() -> None:
        async with open_database(path) as connection:
            await change(Stores.over(connection, DAYS))

    asyncio.run(run())


def choose(path: Path, model: str) -> None:
    """Set the model of server 7."""
    write(path, lambda stores: stores.preferences.change("guild", 7, 7, Preferences(model)))


def crash(path: Path, *statements: str) -> None:
    """Run SQL in a Quoth that is killed, so that it is in the write-ahead log only."""
    words = [sys.executable, "-m", "tests.support.killed_quoth", str(path), *statements]
    assert subprocess.run(words, check=False).returncode == -9  # noqa: S603 - our own program
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0


def names(path: Path) -> list[str]:
    """The names of the files beside a database, without its lock."""
    return sorted(file.name for file in path.parent.iterdir() if not file.name.endswith(".lock"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database in a folder of its own, closed, in which server 7 has chosen the model "copied"."""
    path = tmp_path / "data" / "quoth.sqlite3"
    choose(path, "copied")
    return path


@pytest.fixture
def copy(path: Path) -> Path:
    """A backup of that database."""
    copy = path.parent.parent / "copy"
    back_up(path, copy)
    return copy


def test_a_log_of_a_crash_does_not_come_back(path: Path, copy: Path) -> None:
    """The restored database is the copy alone; the old one is kept beside it with its log, for its owner only."""
    crash(path, "UPDATE preferences SET model = 'crashed'")
    before = contents(copy)
    restored = restore(copy, path, DAYS)
    assert read(path, MODEL) == [("copied",)]
    assert restored.applied == {OPT_OUTS: 0, DELETIONS: 0, FORGETS: 0}
    assert restored.missing == []
    assert contents(copy) == before
    assert restored.aside
    assert restored.aside.name.startswith("quoth.sqlite3.before-2")
    assert names(path) == [path.name, restored.aside.name]
    assert stat.S_IMODE(restored.aside.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (path, *restored.aside.iterdir())} == {0o600}
    assert read(restored.aside / path.name, MODEL) == [("crashed",)]


def test_what_was_put_aside_can_be_restored(path: Path, copy: Path) -> None:
    """The previous database can be restored in its turn, with what only its log has."""
    crash(path, "UPDATE preferences SET model = 'crashed'")
    first = restore(copy, path, DAYS).aside
    assert first
    second = restore(first / path.name, path, DAYS).aside
    assert read(path, MODEL) == [("crashed",)]
    assert second
    assert read(second / path.name, MODEL) == [("copied",)]


def test_a_log_without_a_database_goes_too(path: Path, copy: Path) -> None:
    """If somebody deleted the database by hand, but not its log, the log is not replayed into the copy."""
    crash(path, "UPDATE preferences SET model = 'crashed'")
    path.unlink()
    restored = restore(copy, path, DAYS)
    assert read(path, MODEL) == [("copied",)]
    assert restored.missing == [
        "There was no previous database: later opt-outs, deletions by /privacy delete and uses of /forget are unknown."
    ]


def test_a_restore_on_a_new_machine(copy: Path, tmp_path: Path) -> None:
    """Without a database and its folder the copy becomes the database, and nothing else is left there."""
    path = tmp_path / "new" / "quoth.sqlite3"
    assert restore(copy, path, DAYS).aside is None
    assert read(path, MODEL) == [("copied",)]
    assert names(path) == [path.name]


class Killed(BaseException):
    """The process ends here."""


def restore_until(copy: Path, path: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Restore, but be killed at a step: a flush or a new name of a file; returns whether it was over before."""
    steps = iter(range(step))

    def tick() -> None:
        if next(steps, None) is None:
            raise Killed

    rename, fsync = Path.rename, os.fsync
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", lambda file, name: (tick(), rename(file, name))[1])  # pyright: ignore
        patch.setattr(os, "fsync", lambda file: (tick(), fsync(file))[1])  # pyright: ignore
        try:
            restore(copy, path, DAYS)
        except Killed:
            return False
    return True


def test_a_kill_at_any_step_leaves_one_whole_database(
    path: Path, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the process is killed, the next Quoth has the old database with its log or the new one without it."""
    crash(path, "UPDATE preferences SET model = 'crashed'")
    outcomes: list[str] = []
    for step in range(100):
        place = tmp_path / str(step) / path.name
        shutil.copytree(path.parent, place.parent)
        over = restore_until(copy, place, step, monkeypatch)
        with reserved(place):  # what the next Quoth does first
            asides = list(place.parent.glob("quoth.sqlite3.before-*"))
            ((found,),) = read(place, MODEL)
        assert [read(aside / path.name, MODEL) for aside in asides] == [[("crashed",)]] * (found == "copied")
        assert names(place) == sorted([path.name, *(aside.name for aside in asides)])
        outcomes.append(str(found))
        if over:
            break
    assert outcomes == sorted(outcomes, reverse=True)  # "crashed" up to one step, "copied" from there on
    assert set(outcomes) == {"crashed", "copied"}
    assert outcomes.count("copied") > 5


def people(path: Path) -> set[int]:
    """Who has asks or preferences in a database."""
    sql = "SELECT asker_id FROM asks UNION SELECT id FROM preferences WHERE scope = 'user'"
    return {int(str(person)) for (person,) in read(path, sql)}


async def ask(stores: Stores, person: int) -> None:
    """Store an ask and a preference of a person."""
    await stores.asks.remember(AskRow(person, None, 6, person, 8, f"marzipan-{person}", "gpt-4"))
    await stores.preferences.change("user", person, None, Preferences("gpt-4"))


async def before_the_copy(stores: Stores) -> None:
    """What people had said and decided when the copy was made."""
    for person in (5, 6):
        await ask(stores, person)
    await stores.opt_outs.opt_out(9)
    for channel in (1, 2):
        await stores.watermarks.forget(channel, 10)


def test_later_decisions_hold(path: Path, tmp_path: Path) -> None:
    """Opt-outs, deletions and /forget of after the copy apply to it, also those that only a crash's log has."""
    write(path, before_the_copy)
    back_up(path, copy := tmp_path / "copy")
    write(path, lambda stores: stores.personal_data.delete(5))
    later = ("INSERT INTO opt_outs VALUES (8, 1.5)", "UPDATE watermarks SET message_id = 20 WHERE channel_id = 1")
    crash(path, *later, "DELETE FROM opt_outs WHERE user_id = 9", "INSERT INTO watermarks VALUES (3, 7)")
    restored = restore(copy, path, DAYS)
    assert people(path) == {6}
    assert b"marzipan-5" not in contents(path)
    assert b"marzipan-6" in contents(path)
    assert read(path, "SELECT user_id, since > 2 FROM opt_outs ORDER BY user_id") == [(8, 0), (9, 1)]
    assert read(path, "SELECT * FROM watermarks ORDER BY channel_id") == [(1, 20), (2, 10), (3, 7)]
    assert restored.applied == {OPT_OUTS: 1, DELETIONS: 1, FORGETS: 2}
    assert restored.missing == [
        "Opt-outs that only the copy has: 1. They apply again, also for people who opted in since."
    ]
    assert restored.aside
    kept = read(restored.aside / path.name, "SELECT deleted_at FROM deletions")
    assert read(path, "SELECT deleted_at FROM deletions") == kept  # recorded for no longer than before


def test_a_deletion_that_the_copy_has_is_not_repeated(path: Path, tmp_path: Path) -> None:
    """What a person stored after their deletion, and the copy has, stays; an earlier copy loses it."""
    write(path, lambda stores: ask(stores, 5))
    back_up(path, earlier := tmp_path / "earlier")
    write(path, lambda stores: stores.personal_data.delete(5))
    write(path, lambda stores: ask(stores, 5))
    back_up(path, copy := tmp_path / "copy")
    assert restore(copy, path, DAYS).applied[DELETIONS] == 0
    assert people(path) == {5}
    assert restore(earlier, path, DAYS).applied[DELETIONS] == 1
    assert people(path) == set()


def test_a_record_of_a_deletion_expires(path: Path) -> None:
    """Quoth keeps the record as long as asks: then no copy within the retention can have what was deleted."""

    async def age(stores: Stores) -> None:
        assert await stores.personal_data.delete(5) == Deleted(0, erased=True)
        await stores.personal_data.delete(6, time.time() - DAYS * 86_400 - 1)
        await stores.delete_old()

    write(path, age)
    assert read(path, "SELECT user_id FROM deletions") == [(5,)]


def test_a_copy_older_than_the_records_is_told(path: Path, tmp_path: Path) -> None:
    """Where deletions may have been recorded and forgotten since the copy was made, a sentence says so."""
    write(path, lambda stores: ask(stores, 5))
    write(path, lambda stores: stores.watermarks.forget(1, 2))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE asks SET asked_at = asked_at - ?", (DAYS * 86_400 + 1,))
        connection.commit()
    back_up(path, copy := tmp_path / "copy")
    assert "preferences of people who deleted their data before that may be back" in " ".join(
        restore(copy, path, DAYS).missing
    )


@pytest.mark.parametrize("damage", ["all", "asks"])
def test_a_damaged_database_tells_what_it_can(path: Path, tmp_path: Path, damage: str) -> None:
    """From a database with damage is taken what can be read, and a sentence says what may be missing."""
    write(path, before_the_copy)
    back_up(path, copy := tmp_path / "copy")
    write(path, lambda stores: stores.opt_outs.opt_out(8))
    ((root,),) = read(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'asks'")
    with path.open("r+b") as file:
        file.seek(0 if damage == "all" else (int(str(root)) - 1) * 4096)
        file.write(b"\xa5" * 4096)
    restored = restore(copy, path, DAYS)
    assert people(path) == {5, 6}
    assert restored.applied[OPT_OUTS] == (damage == "asks")
    (sentence,) = restored.missing
    assert sentence.startswith("The previous database")
    assert "may be missing" in sentence


def test_an_older_copy_is_migrated(path: Path, tmp_path: Path) -> None:
    """A copy of an earlier Quoth gets the present schema; a sentence says that it did not record deletions."""
    with closing(sqlite3.connect(copy := tmp_path / "older")) as connection:
        connection.executescript(";".join(MIGRATIONS[:6]))
        connection.execute("INSERT INTO preferences (scope, id, model) VALUES ('guild', 7, 'older')")
        connection.execute("PRAGMA user_version = 6")
        connection.commit()
    before = contents(copy)
    restored = restore(copy, path, DAYS)
    assert read(path, MODEL) == [("older",)]
    assert read(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert [sentence for sentence in restored.missing if "did not record deletions" in sentence]
    assert contents(copy) == before


def bad_copy(kind: str, path: Path, copy: Path) -> Path:
    """Make a file that can't be restored."""
    if kind == "itself":
        return path
    if kind in ("missing", "folder"):
        return copy.parent / ("nowhere" if kind == "missing" else "data")
    if kind in ("text", "empty"):
        copy.write_bytes(b"no database " * 100 if kind == "text" else b"")
        return copy
    change = {
        "newer": f"PRAGMA user_version = {len(MIGRATIONS) + 1}",
        "foreign": "DROP TABLE opt_outs",
        "index": "DELETE FROM sqlite_schema WHERE name = 'asks_by_age'",
    }
    with closing(sqlite3.connect(copy)) as connection:
        if kind == "damaged":
            connection.execute("INSERT INTO preferences (scope, id, model) VALUES ('guild', 8, ?)", ("x" * 20_000,))
        else:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute(change[kind])
        connection.commit()
    if kind == "damaged":
        whole = contents(copy)
        copy.write_bytes(whole[:-4096] + b"\xa5" * 4096)
    return copy


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("itself", "is the database itself"),
        ("missing", "There is no file"),
        ("folder", "There is no file"),
        ("text", ": file is not a database"),
        ("empty", "is not a database of Quoth's"),
        ("foreign", "is not a database of Quoth's"),
        ("index", "is damaged"),
        ("damaged", "is damaged"),
        ("newer", f"this Quoth only knows version {len(MIGRATIONS)}. Update Quoth"),
    ],
)
def test_a_copy_that_cannot_be_used_changes_nothing(path: Path, copy: Path, kind: str, sentence: str) -> None:
    """A sentence names the file and says why; the database, its log and the folder are as they were."""
    crash(path, "UPDATE preferences SET model = 'crashed'")
    before = {file.name: contents(file) for file in path.parent.iterdir() if not file.name.endswith(".lock")}
    bad = bad_copy(kind, path, copy)
    with pytest.raises(UnusableDatabaseError) as caught:
        restore(bad, path, DAYS)
    assert str(bad) in str(caught.value)
    assert sentence in str(caught.value)
    after = {file.name: contents(file) for file in path.parent.iterdir() if not file.name.endswith(".lock")}
    assert after == before


def test_a_running_quoth_keeps_its_database(path: Path, copy: Path) -> None:
    """While another Quoth has the lock, a sentence says so."""
    before = names(path)
    with reserved(path), pytest.raises(UnusableDatabaseError, match="Stop the other Quoth first"):
        restore(copy, path, DAYS)
    assert names(path) == before


def test_a_link_stays_a_link(path: Path, copy: Path, tmp_path: Path) -> None:
    """If DATABASE_PATH is a symbolic link, the file to which it leads is replaced, with the log beside that."""
    (link := tmp_path / "link.sqlite3").symlink_to(path)
    crash(path, "UPDATE preferences SET model = 'crashed'")
    restore(copy, link, DAYS)
    assert link.is_symlink()
    assert read(path, MODEL) == [("copied",)]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
def test_root_restores_for_the_owner(path: Path, copy: Path) -> None:
    """If root restores, the database still belongs to the user under whom Quoth runs."""
    os.chown(path, 65534, 65534)
    restore(copy, path, DAYS)
    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)
