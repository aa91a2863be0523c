"""docs/markdown.md shows what the code does."""

from tests.support.dialects import FILE, page


def test_the_page_is_up_to_date() -> None:
    """The tables of the page are those that `make docs` writes."""
    text = FILE.read_text(encoding="utf-8")
    assert page(text) == text, "run `make docs`"
