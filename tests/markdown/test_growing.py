"""A growing answer: what is shown is right at every moment, and does not change back and forth."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import Thinking
from bot.markdown.convert import Converter, convert
from bot.markdown.pages import PAGE_LIMIT, Planner, units
from bot.markdown.unfinished import settled
from tests.support.markdown_documents import REALISTIC, documents, hostile, realistic
from tests.support.visible import Seen, in_sandbox

THOUGHTS = "*Thinking...*\n\n> First this.\n>\n> Then that.\n\n"
cuts = st.lists(st.floats(0, 1), max_size=12)


@given(
    answers=st.lists(documents | realistic | hostile, min_size=1, max_size=2),
    cuts=st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1), st.booleans()), max_size=12),
    display=st.sampled_from(["kept", "folded", "hidden"]),
)
def test_growing_gives_the_same(answers: list[str], cuts: list[tuple[int, float, bool]], display: Thinking) -> None:
    """However an answer grew or was rewritten, the result is that of its whole text."""
    growing = Converter(display)
    for which, cut, more in cuts:
        answer = THOUGHTS + answers[which % len(answers)]
        answer = answer[: int(cut * len(answer))]
        if more:
            growing.convert(answer, growing=True)
        else:
            shown = growing.convert(answer)
            assert growing.more or shown == convert(answer, display)


@given(answer=realistic, cuts=cuts)
def test_sealed_pages_never_change(answer: str, cuts: list[float]) -> None:
    """A page never changes once two others follow it."""
    growing, planner = Converter(), Planner(most=None)
    sealed: list[str] = []
    answer = answer * 4
    for cut in sorted(cuts):
        pages = planner.plan(growing.convert(answer[: int(cut * len(answer))], growing=True), first=100, last=60)
        assert pages[: len(sealed)] == sealed
        assert max(map(units, pages)) <= PAGE_LIMIT
        sealed = pages[:-2]


def changes(answer: str, sizes: random.Random) -> tuple[int, int]:
    """Return how many updates an answer came in, and how many of them changed what was visible before."""
    growing = Converter()
    before: Seen = []
    updates = changed = end = 0
    while end < len(answer):
        end += sizes.randrange(5, 60)
        seen = in_sandbox(growing.convert(answer[:end], growing=end < len(answer)))
        changed += seen[: len(before)] != before
        updates += 1
        before = seen
    return updates, changed


def test_what_is_visible_hardly_ever_changes() -> None:
    """Fewer than 1 in 200 updates of realistic answers change the words or the style of what was visible before."""
    random_order = random.Random(1)  # noqa: S311 - no secret
    updates = changed = 0
    for _ in range(60):
        answer = "\n\n".join(random_order.sample(REALISTIC, 12))
        more, wrong = changes(answer, random_order)
        updates, changed = updates + more, changed + wrong
    assert updates > 1000
    assert changed * 200 < updates


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("**bold", "**bold**"),
        ("**bold**", "**bold**"),
        ("**bold*", "**bold**"),
        ("**bold *and", "**bold _and_**"),
        ("a **", "a"),
        ("`co", "`co`"),
        ("2 * 3", "2 \\* 3"),
        ("2*3", "2\\*3"),
        ("about ~5", "about ~5"),
        ("see [words](https://exam", "see"),
        ("see [wor", "see"),
        ("see ![wor](", "see"),
        ("a `[b", "a `[b`"),
        ("Look:\n```py", "Look:"),
        ("```py\nx\n``", "```py\nx\n```"),
        ("```py\nx\n```", "```py\nx\n```"),
        ("**done\n\nnew", "\\*\\*done\n\nnew"),
        ("a\n\n-", "a"),
        ("a\n\n1.", "a"),
        ("a\n\n##", "a"),
        ("a\n--", "a"),
        ("a\n\n| a | b", "a"),
        ("a\n\n| a | b |\n|--", "a"),
        ("a &am", "a"),
        ("a <b", "a"),
        ("a https:/", "a"),
        ("a <https://x", "a"),
        ("[a][b]\n\n[b]: htt", "\\[a]\\[b]"),
    ],
)
def test_nothing_false_is_shown(answer: str, message: str) -> None:
    """Marks that are open are closed, and what may become something else is not shown yet."""
    assert Converter().convert(answer, growing=True).strip() == message


@pytest.mark.parametrize("piece", ["[a][b] ", "&a ", "<a b=", "https://"])
def test_little_is_kept_back(piece: str) -> None:
    """A line of half links, names or tags without an end is shown all but its last characters."""
    assert len(settled(piece * 1000)) >= 1000 * len(piece) - 1000


def test_addresses_that_come_late() -> None:
    """Links whose addresses stand at the end of an answer get them, wherever they are."""
    answer = "See [one][1] and [2].\n\n" + "Words.\n\n" * 50 + "[1]: https://x.y\n[2]: https://z.y\n\nEnd"
    growing = Converter()
    for end in range(0, len(answer), 7):
        growing.convert(answer[:end], growing=True)
    text = growing.convert(answer)
    assert text.startswith("See [one](<https://x.y>) and [2](<https://z.y>).")
    assert text == convert(answer)


WORDS = "Some **bold** words, `code` and a [link](https://x.y/z) in it. "
LARGE = {
    "list": f"- {WORDS}\n" * 100,
    "numbers": f"1. {WORDS}\n\n" * 100,
    "table": "| Name | Why |\n|---|--:|\n" + "| item | some **words** |\n" * 200,
    "rows": "| Name | Why |\n|---|--:|\n" + f"| item | {WORDS} |\n" * 100,
    "quote": f"> {WORDS}\n" * 100,
    "quotes": f"> {WORDS}\n>\n" * 100,
    "paragraph": WORDS * 100,
    "lines": f"{WORDS}\n" * 100,
    "code": "```py\n" + "x = f(1)\n\n" * 500 + "```",
}


@pytest.mark.parametrize("kind", LARGE)
def test_large_blocks_are_sealed_inside(kind: str) -> None:
    """One large block is read piece by piece, with the same result."""
    growing = Converter()
    for end in range(0, len(LARGE[kind]), 97):
        growing.convert(LARGE[kind][:end], growing=True)
        assert growing.unsealed < 3000
    assert growing.convert(LARGE[kind]) == convert(LARGE[kind])
