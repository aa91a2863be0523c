"""Tables on Discord: aligned code, or rows of cells with their names, and stable while they are written."""

import pytest
from wcwidth import width

from bot.markdown.convert import Converter, convert

HEADER = "| Name | Qty |\n|:-----|----:|\n"


def test_columns_are_aligned() -> None:
    """Cells are as wide as their column, also with wide or combining letters, and without marks."""
    assert convert(HEADER + "| **Apple** | 3 |\n| 日本語 | 12 |\n| e\u0301 👩\u200d👩 | `1` |\n\nEnd.") == (
        "```\nName    Qty\n──────  ───\nApple     3\n日本語   12\ne\u0301 👩\u200d👩      1\n```\n\nEnd."
    )


def test_wide_tables_become_rows() -> None:
    """A table too wide for a screen is shown row by row, with every cell whole."""
    wide = "some words " * 8
    text = convert(f"| a | b |\n|---|---|\n| {wide} | *x* |\n| y | |")
    assert text == f"**a:** {wide.strip()}\n**b:** *x*\n\n**a:** y"


def test_links_are_words_in_a_table() -> None:
    """A narrow table with links is code, with the words of each link whole."""
    table = "| Site | Where |\n|---|---|\n| A | [a *b*](https://a.b) |"
    assert convert(table) == "```\nSite  Where\n────  ─────\nA     a b\n```"


@pytest.mark.parametrize("around", ["> ", "  "])
def test_tables_anywhere(around: str) -> None:
    """A table in a quote or a list is code too; in a list it stands at the beginning of its lines."""
    table = "\n".join(around + line for line in f"{HEADER}| a | 1 |".split("\n"))
    text = convert(table if around == "> " else f"- Look:\n{table}\n- b")
    before = "> " if around == "> " else ""
    code = "\n".join(before + line for line in ["```", "Name  Qty", "────  ───", "a       1", "```"])
    assert text == code if before else f"- Look:\n{code}\n- b"


def test_a_growing_table_keeps_its_form() -> None:
    """A table appears with its first rows, and nothing before its newest row changes once it has many."""
    rows = "".join(f"| {'x' * (n % 13 + 1)} | {n} |\n" for n in range(40))
    table = HEADER + rows
    growing, before = Converter(), ""
    for end in range(1, len(table)):
        text = growing.convert(table[:end], growing=True).rstrip("\n")
        assert text == "" or (text.startswith("```\nName") and text.endswith("\n```"))
        assert width(text.partition("\n")[0]) < 60
        if end > table.index("| 9 |"):
            assert text.startswith("\n".join(before.split("\n")[:-1]))
            before = text


@pytest.mark.parametrize(
    "text",
    ["a | b\nc | d", "| a | b |\n|---|", "x | y\n- z", "```\n| a | b |\n|---|---|\n```"],
)
def test_what_is_no_table_stays(text: str) -> None:
    """Only a header and a separator with as many cells begin a table, and none does in code."""
    assert convert(text) == text


def test_cells_may_hold_pipes_and_breaks() -> None:
    """An escaped pipe belongs to its cell, and a line break in a cell of code is a space."""
    assert convert("a | b\n--|--\nx \\| y | z<br>z") == "```\na      b\n─────  ───\nx | y  z z\n```"


def test_many_short_rows_are_not_padded() -> None:
    """A wide table of nearly empty rows does not become many times as long."""
    table = f"| {'a' * 50} | b |\n|---|---|\n" + "| | x |\n" * 500
    assert len(convert(table)) < 2 * len(table) + 200
