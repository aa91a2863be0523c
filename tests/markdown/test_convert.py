"""An answer in Discord's Markdown: nothing that Discord refuses, and a replacement for what it can't show."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import Thinking
from bot.markdown.convert import Converter, convert
from bot.markdown.pages import MOST_PAGES, PAGE_LIMIT, Planner, plan, units

PARTS = [
    "*Thinking...*\n\n> First this.\n>\n> Then that.\n\n",
    "Words and **more**.\n",
    "| a | b |\n|---|---|\n",
    "| 1 | two words |\n",
    "```py\nx = 1\n",
    "```\n",
    "~~~\n",
    "> ```\n> code\n",
    "![alt](https://example.com/a.png) ",
    "Here: ```js\n",
    "#### Deep\n",
    "\r\n",
    "\0\x07",
    "\n",
    "|",
]
parts = st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from([1, 1, 1, 2, 12])), max_size=12).map(
    lambda runs: "".join(part * times for part, times in runs)
)


@given(
    answers=st.lists(parts, min_size=1, max_size=2),
    cuts=st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), max_size=15),
    display=st.sampled_from(["kept", "folded", "hidden"]),
)
def test_growing_gives_the_same(answers: list[str], cuts: list[tuple[int, float]], display: Thinking) -> None:
    """However an answer grew or was rewritten, the result is that of its whole text."""
    growing = Converter(display)
    for which, cut in cuts:
        answer = answers[which % len(answers)]
        answer = answer[: int(cut * len(answer))]
        assert growing.convert(answer) == convert(answer, display)


def test_what_discord_refuses_is_dropped() -> None:
    """Control characters, lone surrogates and direction overrides are not sent."""
    assert convert("a\0b\x1b[1m\x7f\ud800c\u202ed\r\ne\tf") == "ab[1mcd\ne\tf"
    assert convert("👩\u200d👩 e\u0301 שלום") == "👩\u200d👩 e\u0301 שלום"
    for control in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
        assert convert(f"a{control}b `c{control}d`\n```\ne{control}f\n```") == "ab `cd`\n```\nef\n```"


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("![a cat](https://x.y/c.png)", "[a cat](<https://x.y/c.png>)"),
        ("![](https://x.y/c.png?w=1&h=2)", "[image](<https://x.y/c.png?w=1&h=2>)"),
        ("![https://x.y](https://x.y/c.png)", "[image](<https://x.y/c.png>)"),
        ('![a](https://x.y/c_(1).png "A cat")', "[a](<https://x.y/c_(1).png>)"),
        ("[![a](https://x.y/c.png)](https://z.y)", "[a](<https://z.y>)"),
        ("`![a](https://x.y)` and ![b](https://z.y)", "`![a](https://x.y)` and [b](<https://z.y>)"),
        ('[**a**](https://x.y/(1) "T") ([2](/local)).', '[**a**](<https://x.y/(1)> "T") ([2](/local)).'),
        ("See https://x.y/a_(b)_c, **https://z.y**!", "See <https://x.y/a_(b)_c>, **<https://z.y>**!"),
        ("(https://x.y) <https://x.y> <https://x.", "(<https://x.y>) <https://x.y> <https://x.>"),
        ("[https://x.y](https://x.y) [[1]](https://z.y)", "<https://x.y> [[1]](<https://z.y>)"),
        ("[a](https://x.", "[a](<https://x>."),
        ("#### Deep **heading**", "**Deep heading**"),
        ("### Heading", "### Heading"),
        ("wrap it in ``` please", "wrap it in `\u200b`\u200b` please"),
        ("one ```x = 1``` line", "one ```x = 1``` line"),
    ],
)
def test_lines(answer: str, line: str) -> None:
    """Images become links, links lose their previews, deep headings become bold, other backticks are no fence."""
    assert convert(answer) == line


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("~~~python\nx\n~~~", "```python\nx\n```"),
        ('```python title="x"\nx\n```', "```python\nx\n```"),
        ("````md\n```\nx\n```\n````", "```md\n`\u200b`\u200b`\nx\n`\u200b`\u200b`\n```"),
        ("- a\n  ~~~\n  x\n  ~~~\n- b", "- a\n  ```\n  x\n  ```\n- b"),
        ("Here: ```js\nx\n```", "Here:\n```js\nx\n```"),
        ("> ~~~\n> x\n> ~~~\ny", "> ```\n> x\n> ```\ny"),
        ("> ```\n> x\ny", "> ```\n> x\n> ```\ny"),
        ("```\n| a |\n|---|\n![a](b)\n```", "```\n| a |\n|---|\n![a](b)\n```"),
    ],
)
def test_fences(answer: str, code: str) -> None:
    """Every fence becomes one that Discord knows, and nothing inside changes it or ends it early."""
    assert convert(answer) == code


def test_very_long_answers_are_converted_only_so_far() -> None:
    """Text beyond the last page is not converted, and the reply does not claim to be complete."""
    growing = Converter()
    text = growing.convert("Some words. ![a](https://x.y)\n" * 10_000)
    planner = Planner()
    planner.plan(text)
    assert planner.more
    assert len(text) < 4 * MOST_PAGES * PAGE_LIMIT
    growing.convert("\0" * 100_000 + "words")
    assert growing.more


BAD = {
    "word": "x" * 100_000,
    "cells": "| a | b |\n|---|---|\n" + "| x" * 33_000,
    "columns": "|a" * 25_000 + "|\n" + "|-" * 25_000 + "|\n| 1 |",
    "separators": "| a |\n|-" + "-" * 100_000 + "x",
    "dashes": "a | b\n" + "- " * 50_000,
    "images": "![a](" * 20_000,
    "ticks": "`a ``b ![" * 11_000,
    "thoughts": "*Thinking...*\n" + "> so\n" * 20_000,
    "rows": "| a | b |\n|---|---|\n" + "| x | y |\n" * 10_000,
    "carriage": "\r" * 100_000,
    "nothing": "\0" * 100_000,
    "surrogates": "\ud800x" * 50_000,
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_shown_somehow(kind: str) -> None:
    """No input takes long, whole or while it grows, and every page is one that Discord accepts."""
    growing, planner = Converter(), Planner()
    started = time.process_time()
    for end in range(0, len(BAD[kind]) + 1, 5000):
        pages = planner.plan(growing.convert(BAD[kind][:end]), last=100, growing=True)
        assert max(map(units, pages)) <= PAGE_LIMIT
        assert all(page.strip() for page in pages[:-1])
        "".join(pages).encode()
    assert time.process_time() - started < 4  # some take 0.5 s; what is quadratic takes minutes


def test_a_table_on_two_pages() -> None:
    """A long table continues as code on the next page."""
    rows = "".join(f"| {n} | some words about {n} |\n" for n in range(150))
    pages = plan(convert(f"| n | words |\n|--:|---|\n{rows}"))
    assert len(pages) > 2
    assert all(page.startswith("```\n") and page.endswith("\n```") for page in pages)
