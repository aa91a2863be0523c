"""Tables on Discord: aligned, narrow enough, and stable while they are written."""

import pytest
from wcwidth import width

from bot.markdown.convert import convert
from bot.markdown.tables import is_row, starts_table

HEADER = "| Name | Qty |\n|:-----|----:|\n"


def test_columns_are_aligned() -> None:
    """Cells are as wide as their column, also with wide or combining letters, and without marks."""
    assert convert(HEADER + "| **Apple** | 3 |\n| 日本語 | 12 |\n| e\u0301 👩\u200d👩 | `1` |\n\nEnd.") == (
        "```\nName     Qty\n──────  ────\nApple      3\n日本語    12\ne\u0301 👩\u200d👩       1\n```\n\nEnd."
    )


def test_wide_cells_are_wrapped() -> None:
    """No line of a table is wider than a narrow screen, whatever its cells contain."""
    text = convert("| a | b | c |\n|---|---|---|\n| " + "some words " * 20 + "| " + "x" * 200 + " | 日本語" * 20 + " |")
    lines = text.split("\n")
    assert max(map(width, lines)) <= 60
    assert text.count("some") == 20
    assert text.count("x") == 200


def test_many_columns_become_a_list() -> None:
    """A table too wide for a screen becomes a list of rows."""
    table = f"|{'|'.join('abcdefg')}|\n|{'-|' * 7}\n|{'|'.join('1234567')}|\n|8|9||||||"
    assert convert(table).startswith("- **a**: 1\n  - **b**: 2\n")
    assert convert(table).endswith("  - **g**: 7\n- **a**: 8\n  - **b**: 9")


def test_links_stay_links() -> None:
    """A table with links becomes a list, because code would show them as text."""
    assert (
        convert("| Site | Where |\n|---|---|\n| A | [a](https://a.b) |")
        == "- **Site**: A\n  - **Where**: [a](<https://a.b>)"
    )


def test_a_growing_table_keeps_its_form() -> None:
    """After the separator a table is code, and rows before the newest no longer change once there are many."""
    rows = "".join(f"| {'x' * (n % 13 + 1)} | {n} |\n" for n in range(40))
    table = HEADER + rows
    before = ""
    for end in range(len(HEADER), len(table)):
        text = convert(table[:end]).rstrip("\n")
        assert text.startswith("```\nName")
        assert text.endswith("\n```")
        if end > table.index("| 9 |"):
            newest = 4  # lines at most of the row that is being written, and of the end
            assert text.startswith("\n".join(before.split("\n")[:-newest]))
            before = text


@pytest.mark.parametrize(
    "text",
    [
        "a | b\nc | d",
        "| a | b |\n|---|",
        "| a |\n| - | - |",
        "a\n---",
        "x | y\n- z",
        "```\n| a | b |\n|---|---|\n```",
        "Either a || b\n---",
    ],
)
def test_what_is_no_table_stays(text: str) -> None:
    """Only a header and a separator with as many cells begin a table, and none does in code."""
    assert convert(text) == text


def test_cells_may_hold_pipes_and_breaks() -> None:
    """An escaped pipe belongs to its cell, and a line break in a cell is a space."""
    assert convert("a | b\n--|--\nx \\| y | z<br>z") == "```\na      b\n─────  ────\nx | y  z z\n```"
    assert starts_table("a | b", "--|--")
    assert is_row("x |")
    assert not is_row("x")


def test_what_follows_a_table() -> None:
    """A line without cells ends the table."""
    assert convert(HEADER + "| a | 1 |\nEnd").endswith("a        1\n```\nEnd")
    assert convert(HEADER + "| a | 1 |\n```\nx\n```").endswith("a        1\n```\n```\nx\n```")
    assert convert(HEADER) == "```\nName   Qty\n────  ────\n```\n"
