"""What is stored about a person: counted, exported in parts of a bounded size, in plain UTF-8."""

import json
from pathlib import Path

from storage.asks import AskRow
from storage.database import open_database
from storage.stores import Stores


async def fill(stores: Stores, asks: int) -> None:
    """Store asks of person 5 with a text of 10,000 Cyrillic letters (20,000 bytes) each, and one ask of person 6."""
    text = "щ" * 10_000
    for number in range(1, asks + 1):
        await stores.asks.remember(AskRow(number, 1, 6, 5, 8, f"Why {number}?", "gpt-4", attached=[("a.txt", text)]))
        await stores.reply_messages.remember(1000 + number, number)
    await stores.asks.remember(AskRow(10_000, 1, 6, 6, 8, "Of somebody else", "gpt-4"))
    await stores.opt_outs.opt_out(5)


async def test_an_export_comes_in_parts(tmp_path: Path) -> None:
    """Every row is in exactly one part, no part is larger than asked for, and nothing of others is there."""
    async with open_database(tmp_path / "quoth.sqlite3") as connection:
        stores = Stores.over(connection)
        await fill(stores, asks=45)
        assert await stores.personal_data.counts(5) == {"asks": 45, "pages": 45, "opt_outs": 1}
        documents = [document async for document in stores.personal_data.export(5, 100_000)]
        assert 9 < len(documents) < 14
        assert max(len(document) for document in documents) <= 100_000
        rows = [(table, row) for part in documents for table, found in json.loads(part).items() for row in found]
        questions = [row["question"] for table, row in rows if table == "asks"]
        assert questions == [f"Why {number}?" for number in range(1, 46)]
        assert [row["message_id"] for table, row in rows if table == "pages"] == [str(1000 + n) for n in range(1, 46)]
        assert [table for table, _ in rows if table not in ("asks", "pages")] == ["opt_outs"]


async def test_a_row_that_is_larger_than_a_part_is_alone(tmp_path: Path) -> None:
    """A single large row is exported whole, in a part of its own."""
    async with open_database(tmp_path / "quoth.sqlite3") as connection:
        stores = Stores.over(connection)
        await fill(stores, asks=2)
        sizes = [len(json.loads(part).get("asks", [])) async for part in stores.personal_data.export(5, 100)]
        assert sizes[:2] == [1, 1]


async def test_attached_text_is_stored_as_it_is(tmp_path: Path) -> None:
    """A letter takes as many bytes as in UTF-8, not six; half a surrogate pair, which UTF-8 lacks, is replaced."""
    async with open_database(tmp_path / "quoth.sqlite3") as connection:
        stores = Stores.over(connection)
        await fill(stores, asks=1)
        sql = "SELECT length(CAST(attached AS BLOB)) FROM asks WHERE id = 1"
        ((size,),) = await connection.execute_fetchall(sql)
        assert 20_000 < size < 20_050
        broken = AskRow(2, 1, 6, 5, 8, "a\ud83db", "gpt-4", attached=[("a.txt", "c\udc00d")])
        await stores.asks.remember(broken)
        found = await stores.asks.find(2)
        assert found
        assert (found.question, found.attached) == ("a?b", (("a.txt", "c?d"),))
