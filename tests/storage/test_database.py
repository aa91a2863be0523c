"""Real SQLite files: opened, migrated, refused and written to at once."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.ops.retention import deleting
from storage import database
from storage.asks import AskRow
from storage.database import UnusableDatabaseError, open_database, schema_version
from storage.migrations import MIGRATIONS
from storage.preferences import Preferences, PreferencesStore
from storage.prompt_sources import PromptSourcesRow
from storage.stores import Stores
from tests.support.database_file import contents, read

# A row for each table, with the schema in which it appeared: what must survive every later migration.
ROWS = {
    1: ("INSERT INTO guild_preferences VALUES (7, 'gpt-4')", "SELECT id, model FROM preferences WHERE scope = 'guild'"),
    2: (
        "INSERT INTO asks VALUES (5, NULL, 6, 7, 8, 'Why?', 'gpt-4', 0, 1.5)",
        "SELECT id, question, model, asked_at FROM asks WHERE id = 5",
    ),
    3: (
        "INSERT INTO preferences (scope, id, history) VALUES ('channel', 9, 0)",
        "SELECT id FROM preferences WHERE id = 9",
    ),
    4: (
        "INSERT INTO pages SELECT 11, id FROM asks",
        "SELECT ask_id FROM pages WHERE message_id = 11",
    ),
    5: (
        "INSERT INTO readings SELECT id, '[[6, 1]]', '[]', 0, '' FROM asks",
        "SELECT taken FROM readings WHERE ask_id = 5",
    ),
    6: ("INSERT INTO opt_outs VALUES (7, 1.5)", "SELECT since FROM opt_outs WHERE user_id = 7"),
    7: ("INSERT INTO watermarks VALUES (6, 4)", "SELECT message_id FROM watermarks WHERE channel_id = 6"),
    8: (
        "INSERT INTO asks VALUES (6, NULL, 6, 7, 8, 'Why?', 'gpt-4', 0, 1.5, 4, NULL, 1, '[]')",
        "SELECT replies_to, fresh FROM asks WHERE id = 6",
    ),
    9: ("INSERT INTO maintenance VALUES (1, 'Back soon.', 1.5)", "SELECT sentence FROM maintenance"),
    10: ("INSERT INTO allowed_models VALUES (7, 0, 'gpt-4')", "SELECT * FROM allowed_models"),
    11: ("INSERT INTO limits VALUES (7, 0, 10, NULL, NULL, 30)", "SELECT * FROM limits"),
    12: ("INSERT INTO uses VALUES (5, 7, 8, 'gpt-4', 1.5)", "SELECT * FROM uses"),
    13: ("INSERT INTO departures VALUES (7, 1.5)", "SELECT * FROM departures"),
    14: (
        "INSERT INTO asks VALUES (7, NULL, 6, 7, 8, 'Why?', 'gpt-4', 0, 1.5, 4, NULL, 1, '[]', 0)",
        "SELECT id FROM asks WHERE ended = 0",
    ),
    15: ("INSERT INTO deletions VALUES (7, 1.5)", "SELECT deleted_at FROM deletions WHERE user_id = 7"),
    16: (
        "INSERT INTO preferences (scope, id, read_webhooks) VALUES ('channel', 10, 1)",
        "SELECT read_webhooks FROM preferences WHERE id = 10",
    ),
    17: ("INSERT INTO clock VALUES (1, 1.5)", "SELECT trusted FROM clock"),
    18: (
        "INSERT INTO asks (id, channel_id, asker_id, before_id, question, model, private, asked_at, unasked)"
        " VALUES (8, 6, 7, 8, 'Why?', 'gpt-4', 0, 1.5, 1)",
        "SELECT id FROM asks WHERE unasked = 1",
    ),
    19: (
        "INSERT INTO asks (id, channel_id, asker_id, before_id, question, model, private, asked_at)"
        " VALUES (9, 6, 7, 9, 'Why?', 'gpt-4', 0, 1.5)",
        "SELECT id FROM asks WHERE id = 9",
    ),
    20: (
        "INSERT INTO preferences (scope, id, files) VALUES ('user', 11, 'links')",
        "SELECT files FROM preferences WHERE id = 11",
    ),
    21: (
        "INSERT INTO live_models VALUES ('GPT-4o', 'OpenAI', 'text', 'text', 2.2, 9.0, NULL, 1.5, 0, NULL)",
        "SELECT maker FROM live_models WHERE handle = 'gpt-4o'",
    ),
    22: ("INSERT INTO role_models VALUES (7, 8, 0, 'gpt-4')", "SELECT * FROM role_models"),
    23: (
        "INSERT INTO preferences (scope, id, instructions) VALUES ('user', 12, 'Be brief.')",
        "SELECT instructions FROM preferences WHERE id = 12",
    ),
    24: (
        "INSERT INTO readings (ask_id, taken, cut, hidden, why, files) VALUES (9, '[]', '[]', 0, '', '[\"a.png\"]')",
        "SELECT files FROM readings WHERE ask_id = 9",
    ),
    25: ("INSERT INTO last_seen (only, moment) VALUES (1, 2.5)", "SELECT moment FROM last_seen"),
    26: (
        "INSERT INTO preferences (scope, id, threads) VALUES ('channel', 14, 1)",
        "SELECT threads FROM preferences WHERE id = 14",
    ),
    27: (
        "INSERT INTO preferences (scope, id, continue_chat) VALUES ('user', 15, 1)",
        "SELECT continue_chat FROM preferences WHERE id = 15",
    ),
    28: (
        "INSERT INTO readings (ask_id, taken, cut, hidden, why, instructions) VALUES (16, '[]', '[]', 0, '', 'you')",
        "SELECT instructions_rule FROM readings WHERE ask_id = 16",
    ),
    29: (
        "INSERT INTO readings (ask_id, taken, cut, hidden, why, instructions_rule)"
        " VALUES (17, '[]', '[]', 0, '', 'you')",
        "SELECT instructions_rule FROM readings WHERE ask_id = 17",
    ),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a new database in a folder that does not exist yet."""
    return tmp_path / "new" / "data" / "quoth.sqlite3"


def make(path: Path, version: int) -> None:
    """Make a database as a Quoth with that schema left it, with a row in each of its tables."""
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection:
        for number, script in enumerate(MIGRATIONS[:version], start=1):
            connection.executescript(script)
            connection.execute(ROWS[number][0])
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()


async def test_what_is_written_survives(path: Path) -> None:
    """A choice is there after the file is opened again, and a server without one has none."""
    async with open_database(path) as connection:
        await PreferencesStore(connection).change("guild", 1, 1, Preferences("gpt-4"))
        await PreferencesStore(connection).change("guild", 1, 1, Preferences("palm"))
    async with open_database(path) as connection:
        store = PreferencesStore(connection)
        assert await store.of("guild", 1) == Preferences("palm")
        assert await store.of("guild", 2) == Preferences()


async def test_guild_ids_of_any_size_are_kept(path: Path) -> None:
    """Discord's ids of up to 63 bits are stored exactly."""
    async with open_database(path) as connection:
        store = PreferencesStore(connection)
        await store.change("guild", 2**63 - 1, 2**63 - 1, Preferences("gpt-4"))
        assert (await store.of("guild", 2**63 - 1)).model == "gpt-4"
        assert (await store.of("guild", 2**63 - 2)).model is None


async def test_the_file_is_a_write_ahead_database_for_its_owner_alone(path: Path) -> None:
    """The database's files are readable by their owner only, and readers don't wait for writers."""
    async with open_database(path) as connection:
        await PreferencesStore(connection).change("guild", 1, 1, Preferences("gpt-4"))
        assert sorted(file.name for file in path.parent.iterdir()) == [path.name + end for end in ("", "-shm", "-wal")]
        assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
        assert read(path, "PRAGMA journal_mode") == [("wal",)]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("version", range(len(MIGRATIONS) + 1))
async def test_every_earlier_schema_is_brought_up_to_date(path: Path, version: int) -> None:
    """A file of any earlier schema gets the present one and keeps its rows."""
    make(path, version)
    fresh = path.parent / "fresh.sqlite3"
    async with open_database(path) as connection, open_database(fresh):
        assert await schema_version(connection) == len(MIGRATIONS)
        schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
        assert read(path, schema) == read(fresh, schema)
    for since, (_, select) in ROWS.items():
        assert len(read(path, select)) == (since <= version)


async def test_a_copy_of_a_question_becomes_its_author_s(path: Path) -> None:
    """What a moderator asked again was stored as the moderator's; where its author is known, it becomes theirs."""
    make(path, next(number for number, script in enumerate(MIGRATIONS) if "original.asker_id" in script))
    columns = "id, channel_id, asker_id, before_id, question, model, private, asked_at"
    with closing(sqlite3.connect(path)) as connection:
        for row in ((50, 6, 1, 50), (51, 6, 2, 50), (52, 6, 2, 49)):
            connection.execute(f"INSERT INTO asks ({columns}) VALUES (?, ?, ?, ?, 'Why?', 'gpt-4', 0, 1.5)", row)  # noqa: S608 - our own names
        connection.commit()
    async with open_database(path):
        assert read(path, "SELECT id, asker_id FROM asks WHERE id >= 50") == [(50, 1), (51, 1), (52, 2)]


async def test_every_migration_has_a_row_to_keep() -> None:
    """Each table has a row in the migration test."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(";".join(MIGRATIONS))
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert set(ROWS) == set(range(1, len(MIGRATIONS) + 1))
    assert tables <= {insert.split()[2] for insert, _ in ROWS.values()}


async def test_a_migration_that_fails_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails half-way changes nothing: it is one transaction with its version number."""
    make(path, len(MIGRATIONS))
    broken = (*MIGRATIONS, "CREATE TABLE half (id INTEGER); INSERT INTO nowhere VALUES (1)")
    monkeypatch.setattr(database, "MIGRATIONS", broken)
    with pytest.raises(UnusableDatabaseError, match="nowhere"):
        async with open_database(path):
            pytest.fail("opened")
    assert read(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert read(path, "SELECT name FROM sqlite_schema WHERE name = 'half'") == []
    assert len(read(path, ROWS[1][1])) == 1


async def test_a_newer_schema_is_refused(path: Path) -> None:
    """A file of a newer Quoth is not changed, and the sentence says what to do."""
    make(path, len(MIGRATIONS))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = contents(path)
    with pytest.raises(UnusableDatabaseError, match="Update Quoth"):
        async with open_database(path):
            pytest.fail("opened")
    assert contents(path) == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "content", [b"not a database, but a text of more than one hundred characters. " * 3, b"\x00" * 5000]
)
async def test_what_is_no_database_is_refused(path: Path, content: bytes) -> None:
    """A file that is no database is refused by its name and not changed."""
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.write(content)
    with pytest.raises(UnusableDatabaseError) as caught:
        async with open_database(path):
            pytest.fail("opened")
    assert str(path) in str(caught.value)
    assert contents(path) == content


async def test_a_path_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """A folder in place of the file, or a file in place of the folder, is named in one sentence."""
    (tmp_path / "file").touch()
    for unusable in (tmp_path, tmp_path / "file" / "quoth.sqlite3", tmp_path / ("x" * 300)):
        with pytest.raises(UnusableDatabaseError, match=r"^Can't use the database .*: .*\.$"):
            async with open_database(unusable):
                pytest.fail("opened")


async def test_two_hundred_choices_at_once(path: Path) -> None:
    """Of 200 choices made at once over two connections none is lost and none fails."""
    async with open_database(path) as one, open_database(path) as other:
        stores = [PreferencesStore(one), PreferencesStore(other)]
        await asyncio.gather(
            *(stores[guild % 2].change("guild", guild, guild, Preferences(f"model-{guild}")) for guild in range(200)),
            *(stores[guild % 2].change("guild", 1000, 1000, Preferences(f"model-{guild}")) for guild in range(20)),
        )
        found = await asyncio.gather(*(stores[0].of("guild", guild) for guild in range(200)))
    assert [preferences.model for preferences in found] == [f"model-{guild}" for guild in range(200)]
    assert len(read(path, "SELECT * FROM preferences")) == 201


async def test_a_schema_is_made_once(path: Path) -> None:
    """When several programs start on an old file at once, one migrates it and all can use it."""
    make(path, 0)

    async def start(guild: int) -> None:
        async with open_database(path) as connection:
            await PreferencesStore(connection).change("guild", guild, guild, Preferences("gpt-4"))

    with closing(sqlite3.connect(path)) as holding:  # open all the time, so that what is tried is the schema alone
        holding.execute("PRAGMA journal_mode = WAL")
        await asyncio.gather(*(start(guild) for guild in range(8)))
    assert len(read(path, "SELECT * FROM preferences")) == 8


async def test_what_is_too_old_goes_with_all_that_belongs_to_it(path: Path) -> None:
    """Asks that are too old are deleted with their pages and sources, at the start and again later."""
    async with open_database(path) as connection:
        stores = Stores.over(connection, days=1)
        for number in (1, 2):
            await stores.asks.remember(AskRow(number, None, 6, 7, number, "Why?", "gpt-4", replies_to=5))
            await stores.reply_messages.remember(10 + number, number)
            await stores.prompt_sources.remember(PromptSourcesRow(number, [(6, 1)], hidden=2))
        await connection.execute("UPDATE asks SET asked_at = asked_at - 90000 WHERE id = 1")
        assert await stores.asks.find(1) is None
        assert await stores.asked([11, 12]) == {12: await stores.asks.find(2)}
        async with deleting(stores.delete_old, every=0.01):
            assert await stores.pages(1) == []
            assert await stores.prompt_sources.find(1) is None
            assert await stores.prompt_sources.find(2) == PromptSourcesRow(2, ((6, 1),), hidden=2)
            await connection.execute("UPDATE asks SET asked_at = asked_at - 90000")
            async with asyncio.timeout(20.0):
                for _ in iter(lambda: None, True):
                    if not await stores.pages(2):
                        break
                    await asyncio.sleep(0.005)
        assert {task.get_name() for task in asyncio.all_tasks()}.isdisjoint({"retention"})


async def test_a_page_of_an_ask_that_is_gone_is_not_kept(path: Path) -> None:
    """A page that is stored after its ask was deleted leaves no row."""
    async with open_database(path) as connection:
        stores = Stores.over(connection)
        await stores.reply_messages.remember(11, 1)
        await stores.prompt_sources.remember(PromptSourcesRow(1))
        assert await stores.asked([11]) == {}
        assert await stores.prompt_sources.find(1) is None


async def test_watermarks_only_rise(path: Path) -> None:
    """The newest mark of a channel and its parent applies; an older one changes nothing."""
    async with open_database(path) as connection:
        marks = Stores.over(connection).watermarks
        assert await marks.newest([6, 7]) == 0
        for message in (5, 9, 4):
            await marks.forget(6, message)
        await marks.forget(7, 3)
        assert (await marks.newest([6, 7]), await marks.newest([7])) == (9, 3)
