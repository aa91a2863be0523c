"""Pages of a text that grows, and of hostile texts: in time, and accepted by Discord."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markdown.pages import MOST_PAGES, PAGE_LIMIT, Planner, plan, units
from tests.support.markdown_documents import documents


@given(
    texts=st.lists(documents, min_size=1, max_size=3),
    cuts=st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1), st.integers(0, 260)), max_size=12),
    most=st.sampled_from([None, 2, MOST_PAGES]),
)
def test_planner_agrees_with_plan(texts: list[str], cuts: list[tuple[int, float, int]], most: int | None) -> None:
    """Whatever a text was before, its pages are those that it has by itself."""
    planner = Planner(most=most)
    for which, cut, last in cuts:
        text = texts[which % len(texts)]
        text = text[: int(cut * len(text))]
        whole = plan(text, first=100, last=last)
        pages = planner.plan(text, first=100, last=last)
        assert planner.more == (most is not None and len(whole) > most)
        if planner.more:
            assert pages[:-1] == whole[: len(pages) - 1]
            assert len(pages) == most
            assert units(pages[-1]) + last <= PAGE_LIMIT
        else:
            assert pages == whole


def test_no_page_ends_with_the_bare_mark_of_a_quote() -> None:
    """Wherever a long quote with empty lines is broken, Discord would show the mark of an empty last line as it is."""
    for words in range(5, 40):
        text = "\n> \n".join(f"> {'word ' * words}{number}" for number in range(3000 // words // 5 + 3))
        pages = plan(text)
        assert len(pages) > 1
        assert not any(page.rstrip().endswith("\n>") for page in pages)
        assert [n for page in pages for n in page.split() if n.isdecimal()] == [
            n for n in text.split() if n.isdecimal()
        ]


def test_a_page_that_made_room_takes_it_back() -> None:
    """A page that was split early for a long line below is filled again once that line is short."""
    planner, text = Planner(), "word " * 360
    assert len(planner.plan(text, first=100, last=209)) == 2
    assert planner.plan(text + "and more", first=100) == plan(text + "and more", first=100)


def test_what_is_over_is_shown_as_it_is() -> None:
    """In a finished text an unclosed mark is literal; only a fence is closed."""
    assert plan("Use **kwargs") == ["Use **kwargs"]


def test_no_more_than_the_most_pages_are_planned() -> None:
    """The last page that is shown leaves room for the line about the rest."""
    planner = Planner()
    pages = planner.plan("word " * 20_000, last=200)
    assert planner.more
    assert len(pages) == MOST_PAGES
    assert units(pages[-1]) <= PAGE_LIMIT - 200
    assert planner.plan("word") == ["word"]
    assert not planner.more


BAD = {
    "word": "x" * 100_000,
    "spaces": "a" + " " * 100_000 + "b",
    "lines": "a\n\n" * 33_000,
    "fences": "```\n" * 25_000,
    "marks": "a" + "\u0301" * 100_000,
    "joiners": "👩\u200d" * 50_000,
    "flags": "🇩🇪" * 50_000,
    "brackets": "[" * 100_000,
    "links": "[a](" * 25_000,
    "nested": "[[a](b)" * 15_000,
    "labels": "[" + "[a](b)" * 16_000,
    "parentheses": "[a](" + "(aaa" * 25_000 + " ",
    "bold": "**a " * 25_000,
    "mixed": "_a*b~~c||`" * 10_000,
    "ticks": "`a ``b " * 14_000,
    "addresses": "https://" * 12_500,
    "angles": "<@1" * 33_000,
    "escapes": "\\" * 100_000,
    "surrogates": "\ud800" * 100_000,
    "reversed": "\u202e" * 100_000,
    "everyone": "@everyone " * 10_000,
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_makes_good_pages(kind: str) -> None:
    """Discord accepts every page of any input, and none takes so long that others wait."""
    started = time.process_time()
    pages = plan(BAD[kind], first=300, last=100)
    assert time.process_time() - started < 2  # it takes 0.01 to 0.1 s; what is quadratic takes minutes
    assert all(page.strip() for page in pages)
    assert max(map(units, pages)) <= PAGE_LIMIT
    assert len(pages) <= 120
