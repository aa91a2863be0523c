"""An answer becomes pages: within Discord's limit, complete, with whole fences, and stable while it grows."""

import re
from bisect import bisect_left
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.markdown.pages import PAGE_LIMIT, plan, units

FAMILY = "👩\u200d👩\u200d👧\u200d👦"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
WHOLE = ["e\u0301", "👍🏽", FAMILY, "❤\ufe0f", "1\ufe0f\u20e3", "🇩🇪", ENGLAND, "कि", "𝔘", "x"]
"""Characters as people count them; most are several code points."""
PIECES = ["word ", "A sentence. ", "\n", "\n\n", "    indented\n", "- item\n", "`code` ", "\t", "\u2028"]
FENCES = ["\n```\n", "\n```python\n", "\n~~~\n", "\n~~~ info\n", "\n`````\n", "\n   ```\n", "a```b "]

tokens = st.lists(
    st.tuples(st.sampled_from([*WHOLE, *PIECES, *FENCES]), st.sampled_from([1, 1, 2, 7, 300, 900])), max_size=14
).map(lambda runs: [token for token, times in runs for _ in range(times if token not in FENCES else min(times, 7))])
rooms = {"first": st.integers(0, 610), "last": st.integers(0, 260)}
given_answers = given(answer=tokens, **rooms)


def spans(text: str, pages: list[str]) -> list[tuple[int, int]]:
    """Return where each page's own text is in the answer, without added fences; fail if there is no way."""

    def bodies(page: str, reopened: bool) -> list[tuple[str, bool]]:
        first, _, rest = page.partition("\n")
        starts = [page, *([rest] if reopened and re.match(r"`{3}|~{3}", first) else [])]
        return [
            body
            for start in starts
            for body in ((start, False), (start.rpartition("\n")[0], True))
            if not body[1] or re.fullmatch(r"`{3,}|~{3,}", start.rpartition("\n")[2])
        ]

    def match(position: int, index: int, reopened: bool) -> list[tuple[int, int]] | None:
        if index == len(pages):
            return None if text[position:].strip() else []
        for body, closed in bodies(pages[index], reopened):
            start = position
            while True:
                if text.startswith(body, start):
                    found = match(start + len(body), index + 1, closed)
                    if found is not None:
                        return [(start, start + len(body)), *found]
                if start >= len(text) or not text[start].isspace():
                    break
                start += 1
        return None

    found = match(0, 0, False)
    assert found is not None, "the pages do not give the answer back"
    return found


def leaves_open(page: str) -> bool:
    """Return whether a fence is still open at the end of a page, as an independent reader of Markdown sees it."""
    blocks = MarkdownIt("zero").enable("fence").parse(f"{page}\n\nsentinel")
    return any(block.type == "fence" and "sentinel" in block.content for block in blocks)


@given_answers
def test_no_page_is_too_long(answer: list[str], first: int, last: int) -> None:
    """Every page fits a message together with the lines that its first and last page need."""
    pages = plan("".join(answer), first=first, last=last)
    used = [units(page) for page in pages]
    used[0] += first
    used[-1] += last
    assert max(used) <= PAGE_LIMIT


@given_answers
def test_pages_give_the_answer_back(answer: list[str], first: int, last: int) -> None:
    """Without added fences the pages join to the answer, except for white space, and split no character."""
    text = "".join(answer)
    ends = list(accumulate(map(len, answer)))
    for _, end in spans(text, plan(text, first=first, last=last)):
        index = bisect_left(ends, end)
        assert not ends or ends[index] == end or answer[index] not in WHOLE


@given_answers
def test_fences_are_whole_on_every_page(answer: list[str], first: int, last: int) -> None:
    """No page ends inside a fence."""
    assert not any(map(leaves_open, plan("".join(answer), first=first, last=last)))


@given(answer=tokens, cuts=st.lists(st.tuples(st.floats(0, 1), rooms["last"]), max_size=6), first=rooms["first"])
def test_pages_stay_while_the_answer_grows(answer: list[str], cuts: list[tuple[float, int]], first: int) -> None:
    """A page that two others follow never changes again, whatever the last one ends with."""
    text = "".join(answer)
    settled: list[str] = []
    for cut, last in sorted([*cuts, (1.0, 0)]):
        pages = plan(text[: int(cut * len(text))], first=first, last=last)
        assert pages[: len(settled)] == settled
        settled = pages[:-2]


@pytest.mark.parametrize("character", WHOLE)
def test_no_character_is_torn(character: str) -> None:
    """One endless word is split between characters as people see them, wherever the limit falls."""
    for shift in range(8):
        word = "x" * shift + character * 3000
        pages = plan(word)
        assert "".join(pages) == word
        assert all(page.startswith(character) and page.endswith(character) for page in pages[1:])


def test_a_pile_of_marks_is_cut_somewhere() -> None:
    """Endless combining marks on one letter neither stop the pages nor exceed the limit."""
    text = "a" + "\u0301" * 10_000
    assert "".join(plan(text)) == text
    assert max(map(units, plan(text))) <= PAGE_LIMIT


def test_one_long_word() -> None:
    """A word of 100,000 characters fills its pages and is complete."""
    word = "x" * 100_000
    pages = plan(word)
    assert "".join(pages) == word
    assert len(pages) <= 53


def test_language_is_kept() -> None:
    """Code over two pages is closed and reopened in its language, with its lines unchanged."""
    pages = plan("Look:\n```python\n" + "    print('hello')\n" * 400 + "```\nThat was it.")
    assert len(pages) > 2
    assert all(page.startswith("```python\n    print") for page in pages[1:])
    assert all(page.endswith("print('hello')\n```") for page in pages[:-1])
    assert pages[-1].endswith("```\nThat was it.")


def test_a_long_language_is_not_repeated() -> None:
    """A fence's language may have any length; only its beginning is repeated."""
    pages = plan(f"```{'𝔘' * 300}\n" + "x = 1\n" * 900)
    assert max(map(units, pages)) <= PAGE_LIMIT
    assert all(page.partition("\n")[0] == f"```{'𝔘' * 40}" for page in pages[1:])


def test_code_breaks_at_its_last_line() -> None:
    """Inside code a page is filled up to the last line that fits, even after an empty line."""
    pages = plan("```\n" + "x = 1.\n" * 200 + "\n" + "y = 2. \n" * 300)
    assert units(pages[0]) > PAGE_LIMIT - 120
    assert pages[0].endswith("\ny = 2. \n```")


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("~~~js", "~~~"),
        ("`````markdown", "`````"),
        ("   ```sh", "   ```"),
        ("      ```sh", "      ```"),
        ("\t```", "```"),
    ],
)
def test_other_fences(opening: str, closing: str) -> None:
    """Tildes, longer fences and indented fences of lists are closed and reopened with their own mark."""
    mark = closing.strip()
    inner = "```not the end```" if len(mark) > 3 else "some code"
    pages = plan(f"1. Do\n{opening}\n" + f"{inner}\n" * 200 + f"{closing}\nDone.")
    assert len(pages) > 1
    assert all(page.startswith(opening.strip() + "\n") for page in pages[1:])
    assert all(page.endswith("\n" + mark) for page in pages[:-1])
    assert pages[-1].endswith("\nDone.")


def test_a_fence_that_is_still_open_is_closed() -> None:
    """An answer that is still being written shows its code as code."""
    assert plan("```py\nx = 1") == ["```py\nx = 1\n```"]


@pytest.mark.parametrize("mark", ["`", "~"])
def test_long_rules_are_no_fences(mark: str) -> None:
    """A line of very many marks is neither repeated nor does it exceed the limit."""
    pages = plan(f"{mark * 70}\n" + "some text\n" * 600)
    assert max(map(units, pages)) <= PAGE_LIMIT
    assert sum(page.count(mark) for page in pages) == 70


def test_only_fences() -> None:
    """A text of nothing but fences keeps every one, each whole on its page."""
    text = "```\n" * 2001
    pages = plan(text)
    assert sum(page.count("```") for page in pages) >= 2001
    assert not any(map(leaves_open, pages))


@pytest.mark.parametrize(("text", "pages"), [("", [""]), ("\n\n\n", [""]), ("  hi  ", ["hi"]), ("\nhi\n", ["hi"])])
def test_small_texts(text: str, pages: list[str]) -> None:
    """There is always at least one page, and empty lines around a text are dropped."""
    assert plan(text) == pages


def test_white_space_makes_no_pages() -> None:
    """White space of any length makes no empty page."""
    assert len(plan(" " * 9000)) <= 2
    assert [page.strip() for page in plan("a\n" + " " * 9000 + "\nb")] == ["a", "b"]


def test_breaks_prefer_what_reads_best() -> None:
    """A page ends at a paragraph if one ends late enough, else at a line, a sentence or a word."""
    half, rest = "x" * 1400, "y" * 1400
    for end in ("\n\n", "\n", ". ", " "):
        assert plan(f"{half}{end}{rest}")[0] == f"{half}{end}".rstrip()
    assert plan(f"{half}\n\n{'y' * 300}\n{'z' * 300}")[0] == half
    assert units(plan("a\n\n" + "word " * 500)[0]) > PAGE_LIMIT - 120


def test_the_last_page_leaves_room() -> None:
    """A text that fits a page, but not with the lines below it, is split a little earlier."""
    pages = plan("word " * 399, last=50)
    assert len(pages) == 2
    assert units(pages[1]) + 50 <= PAGE_LIMIT
