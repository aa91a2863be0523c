"""The operator's files on the command line: restoring the database, looking at it, and who can read ``.env``."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.settings import is_env_file_exposed
from sandbox.poe.sandbox import PoeSandbox
from storage.backup import back_up
from storage.database import open_database, reserved
from storage.migrations import MIGRATIONS
from storage.opt_outs import OptOutsStore
from tests.support.bot_environment import by_api
from tests.support.command_line import output
from tests.support.database_file import read


async def test_restore_says_what_it_did(tmp_path: Path) -> None:
    """`quoth restore` needs neither a token nor a browser; it names the old files and what it applied from them."""
    path, copy = tmp_path / "quoth.sqlite3", tmp_path / "copy"
    environment = {"DATABASE_PATH": str(path)}
    async with open_database(path) as connection:
        back_up(path, copy)
        await OptOutsStore(connection).opt_out(5)
    code, out, error = await output(environment, "bot", "restore", str(copy))
    assert (code, error) == (0, "")
    restored, aside, applied = out.splitlines()
    assert restored == f"{path} was restored from {copy}."
    assert f"{path}.before-" in aside
    assert applied == "Applied from the previous database: 1 opt-outs."
    assert read(path, "SELECT user_id FROM opt_outs") == [(5,)]


async def test_restore_says_what_it_could_not_apply(tmp_path: Path) -> None:
    """If the database can't be read, one line says what may be missing, and the copy is restored all the same."""
    path, copy = tmp_path / "quoth.sqlite3", tmp_path / "copy"
    async with open_database(path):
        back_up(path, copy)
    path.write_bytes(b"no database " * 100)
    code, out, error = await output({"DATABASE_PATH": str(path)}, "bot", "restore", str(copy))
    assert (code, error) == (0, "")
    (note,) = (line for line in out.splitlines() if line.startswith("Note: "))
    assert "file is not a database" in note
    assert "later opt-outs, deletions by /privacy delete and uses of /forget may be missing" in note
    assert read(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]


async def test_restore_fails_in_one_line(tmp_path: Path) -> None:
    """While a Quoth runs, or without the file, nothing happens but one line and exit code 1."""
    path = tmp_path / "quoth.sqlite3"
    environment = {"DATABASE_PATH": str(path)}
    code, out, error = await output(environment, "bot", "restore", str(tmp_path / "nowhere"))
    assert (code, out, error) == (1, "", f"quoth: There is no file {tmp_path / 'nowhere'}.\n")
    with reserved(path):
        code, out, error = await output(environment, "bot", "restore", str(path))
    assert (code, out, error) == (1, "", f"quoth: The database {path} is in use. Stop the other Quoth first.\n")


async def test_doctor_only_reads(environment: dict[str, str], poe: PoeSandbox) -> None:
    """`quoth doctor` does not migrate the database, takes no lock and creates none; without one it creates nothing."""
    environment |= by_api(poe)
    path = Path(environment["DATABASE_PATH"])
    _, out, _ = await output(environment, "bot", "doctor")
    assert f"{path} does not exist yet; `quoth run` creates it" in out
    assert list(path.parent.glob(f"{path.name}*")) == []
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(";".join(MIGRATIONS[:3]))
        connection.execute("PRAGMA user_version = 3")
        connection.commit()
    with reserved(path):
        _, out, _ = await output(environment, "bot", "doctor")
    assert f"`quoth run` updates it from schema version 3 to {len(MIGRATIONS)}" in out
    assert read(path, "PRAGMA user_version") == [(3,)]


@pytest.mark.parametrize(("mode", "exposed"), [(0o600, False), (0o640, True), (0o604, True), (0o644, True)])
def test_who_can_read_the_env_file(mode: int, exposed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `.env` that others can read is found, and one that is not there is fine."""
    monkeypatch.chdir(tmp_path)
    assert not is_env_file_exposed()
    (tmp_path / ".env").touch()
    (tmp_path / ".env").chmod(mode)
    assert is_env_file_exposed() is exposed


@pytest.mark.parametrize("mode", [0o600, 0o644])
async def test_the_start_warns_of_an_exposed_env_file(mode: int, tmp_path: Path) -> None:
    """`quoth run` says in one line that others can read `.env`, and goes on."""
    (tmp_path / ".env").write_text(f"DISCORD_TOKEN=x\nDATABASE_PATH={tmp_path / 'quoth.sqlite3'}\n")
    (tmp_path / ".env").chmod(mode)
    with reserved(tmp_path / "quoth.sqlite3"):  # so that it ends at once
        code, _, error = await output({}, "bot", "run", cwd=tmp_path)
    *warnings, last = error.splitlines()
    assert (code, "is in use" in last) == (1, True)
    assert [line for line in warnings if "Run `chmod 600 .env`" in line] == warnings
    assert len(warnings) == (mode == 0o644)


async def test_doctor_warns_of_an_exposed_env_file(
    environment: dict[str, str], poe: PoeSandbox, tmp_path: Path
) -> None:
    """`quoth doctor` has a line about it."""
    (tmp_path / ".env").write_text("# nothing\n")
    (tmp_path / ".env").chmod(0o644)
    code, out, _ = await output(environment | by_api(poe) | {"DISCORD_TOKEN": ""}, "bot", "doctor", cwd=tmp_path)
    assert code == 1
    (line,) = (line for line in out.splitlines() if ".env can be read by others" in line)
    assert line.startswith("FAIL")
    assert line.endswith("→ Run `chmod 600 .env`.")


@pytest.mark.parametrize("words", [("run",), ("ask", "--model", "gtp-5", "hi"), ("backup", "copy")], ids=" ".join)
async def test_oddities_of_the_settings_are_told(words: tuple[str, ...], tmp_path: Path) -> None:
    """Each command says in a sentence that others can read `.env`, and which names in it are unknown."""
    (tmp_path / ".env").write_text("DEFAULT_MODLE=GPT-5\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o644)
    code, _, error = await output({}, "bot", *words, cwd=tmp_path)
    assert code == 1
    assert error.splitlines()[:-1] == [
        "quoth: Others can read .env and the token in it. Run `chmod 600 .env`.",
        "quoth: DEFAULT_MODLE in .env is no setting of Quoth. Did you mean DEFAULT_MODEL?",
    ]


async def test_doctor_names_unknown_settings(tmp_path: Path, environment: dict[str, str], poe: PoeSandbox) -> None:
    """`quoth doctor` names unknown settings, too, and a `.env` that is none in one line."""
    environment |= by_api(poe)
    (tmp_path / ".env").write_text("DEFAULT_MODLE=GPT-5\n", encoding="utf-8")
    _, out, _ = await output(environment, "bot", "doctor", cwd=tmp_path)
    assert "DEFAULT_MODLE in .env is no setting of Quoth. Did you mean DEFAULT_MODEL?" in out
    (tmp_path / ".env").write_text("no settings at all\n", encoding="utf-8")
    code, out, error = await output(environment, "bot", "doctor", cwd=tmp_path)
    assert (code, error) == (1, "")
    (line,) = out.splitlines()
    assert "Can't read .env: line 1 is not of the form NAME=value." in line
