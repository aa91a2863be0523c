"""Pages keep formatting: each page alone, rendered by the sandbox's own reader of Discord's Markdown."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.markdown.pages import PAGE_LIMIT, plan, units
from sandbox.discord.markdown.render import Names, render
from tests.support.markdown_documents import documents


class _Letters(HTMLParser):
    """Collects every letter with the tags around it."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[tuple[str, frozenset[str]]] = []
        self._tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self._tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._tags:
            del self._tags[len(self._tags) - 1 - self._tags[::-1].index(tag)]

    def handle_data(self, data: str) -> None:
        tags = frozenset(self._tags) - {"div", "ul", "ol", "li"}
        self.letters += [(letter, tags) for letter in data if not letter.isspace()]


def letters(*pages: str) -> list[tuple[str, frozenset[str]]]:
    """Return what a reader sees of some messages, letter by letter, without white space."""
    reader = _Letters()
    for page in pages:
        reader.feed(render(page, Names({}, {}, {})))
    return reader.letters


@settings(max_examples=40)  # rendering takes long
@given(text=documents, first=st.integers(0, 310), last=st.integers(0, 150))
def test_every_letter_keeps_its_formatting(text: str, first: int, last: int) -> None:
    """What is bold, quoted, hidden or code in the answer is so on its page."""
    pages = plan(text, first=first, last=last)
    assert letters(*pages) == letters(text)


@given(text=documents, first=st.integers(0, 310), last=st.integers(0, 150))
def test_pages_are_filled(text: str, first: int, last: int) -> None:
    """No page but the last is less than 60 % full."""
    pages = plan(text, first=first, last=last)
    used = [units(page) for page in pages[:-1]]
    if used:
        used[0] += first
        assert min(used) >= 0.6 * PAGE_LIMIT


@given(text=documents, cuts=st.lists(st.floats(0, 1), max_size=20), first=st.integers(0, 310))
def test_a_sealed_page_stays(text: str, cuts: list[float], first: int) -> None:
    """A page never changes once another follows it, while the line below the last one is short."""
    sealed: list[str] = []
    for cut in sorted(cuts):
        pages = plan(text[: int(cut * len(text))], first=first, last=60, growing=True)
        assert pages[: len(sealed)] == sealed
        sealed = pages[:-1]


@given(text=documents, cut=st.floats(0, 1))
def test_the_growing_end_is_formatted_at_once(text: str, cut: float) -> None:
    """While an answer grows, nothing before its last words shows its marks."""
    text = text.replace(" * ", " x ")  # in a span of several pages a bare star is one of the marks that Discord reads
    part = text[: int(cut * len(text))]
    pages = plan(part, growing=True)
    seen = letters(*pages)
    sure = len(seen) - 60  # a link, say, may be half
    assert [letter for letter, _ in seen[:sure]] == [letter for letter, _ in letters(text)[: max(sure, 0)]] or sure < 0


WHOLES = [
    "[some words](https://example.com/a_(b)_c)",
    "![a picture](https://example.com/p.png)",
    "[![alt](https://example.com/a.png)](https://example.com)",
    "https://example.com/a/very/long/path?with=arguments&and=more#fragment",
    "<https://example.com/a>",
    "<@123456789012345678>",
    "<@&123456789012345678>",
    "<#123456789012345678>",
    "<:blob_wave:123456789012345678>",
    "<a:blob_wave:123456789012345678>",
    "<t:1700000000:R>",
    "</ask now:123456789012345678>",
    "`some code here`",
    "\\*",
]


@pytest.mark.parametrize("whole", WHOLES)
@pytest.mark.parametrize("filler", ["x", "x " * 7, "字"])
def test_no_link_nor_mention_is_torn(whole: str, filler: str) -> None:
    """Links and mentions stay on one page, wherever the page ends."""
    for shift in range(0, 130, 3):
        text = (filler * 2000)[: 1810 + shift] + whole + " and so on" * 40
        pages = plan(text)
        assert len(pages) > 1
        assert any(whole in page for page in pages), (shift, pages)


def test_an_address_longer_than_a_page_is_torn() -> None:
    """An address that fits no page is split."""
    text = "See https://example.com/" + "a" * 9000 + " there."
    pages = plan(text)
    assert re.sub(r"\s", "", "".join(pages)) == re.sub(r"\s", "", text)


def test_a_long_span_is_closed_and_opened_again() -> None:
    """Marks around more than a page are on every page of it."""
    pages = plan(f"**{'some words ' * 400}end** and *more*")
    assert len(pages) == 3
    assert all(re.match(r"\*\*\w", page) for page in pages)
    assert all(re.search(r"\w\*\*\Z", page) for page in pages[:-1])
    assert pages[-1].endswith("end** and *more*")


def test_a_spoiler_stays_one_over_paragraphs() -> None:
    """A spoiler is hidden on every page."""
    pages = plan("||" + "Nobody may know.\n\n" * 300 + "Not even you.|| But this.")
    assert all(page.startswith("||") and page.endswith("||") for page in pages[:-1])
    assert pages[-1].endswith("Not even you.|| But this.")


@pytest.mark.parametrize(("start", "again"), [("> ", "> "), (">>> ", ">>> ")])
def test_a_quote_goes_on(start: str, again: str) -> None:
    """A quoted paragraph longer than a page is quoted on the next one too, with its bold words."""
    pages = plan(start + "**" + "word " * 900 + "end**")
    assert len(pages) == 3
    assert all(page.startswith(f"{again}**word") for page in pages[1:])


def test_code_in_a_quote_goes_on() -> None:
    """A fence in a quote is closed and reopened in the quote."""
    pages = plan("> ```py\n" + "> x = 1\n" * 400 + "> ```\nDone.")
    assert all(page.startswith("> ```py\n> x") for page in pages)
    assert all(page.endswith("> x = 1\n> ```") for page in pages[:-1])
    assert pages[-1].endswith("> ```\nDone.")


def test_no_page_holds_only_the_end_of_a_fence() -> None:
    """When a page ends with the last line of code, the next one does not reopen the fence."""
    for lines in range(180, 200):
        pages = plan("```\n" + "123456789\n" * lines + "```\nDone." + " x" * 400)
        assert not any(re.match(r"```\n```", page) for page in pages)


def test_a_heading_stays_with_its_text() -> None:
    """No page ends with a heading."""
    for length in range(1700, 1900, 7):
        pages = plan(f"{'x' * 1300} {'y' * (length - 1300)}\n\n## Heading\n\n{'z ' * 300}")
        assert not pages[0].endswith("Heading")
