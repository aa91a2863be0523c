"""Plain text is escaped for Discord, and read back from Quoth's own replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markdown.convert import convert
from bot.markdown.escapes import escaped, escaped_start, unescape
from tests.support.markdown_documents import PIECES
from tests.support.visible import elsewhere, in_sandbox

plain = st.lists(st.sampled_from([piece for piece in PIECES if "\n" not in piece]), max_size=12).map("".join)


@given(plain)
def test_plain_text_is_shown_as_it_is(text: str) -> None:
    """Whatever is escaped shows its own characters, without any style."""
    seen = in_sandbox(escaped_start(escaped(text)))
    assert "".join(character for character, _ in seen) == "".join(text.split())
    assert not any(styles for _, styles in seen)


def test_plain_text_is_shown_as_it_is_elsewhere() -> None:
    """The other reading of Discord's dialect agrees, on every pair of marks."""
    pairs = [a + b for a in PIECES for b in PIECES if "\n" not in a + b]
    for pair, seen in zip(pairs, elsewhere([escaped_start(escaped(pair)) for pair in pairs]), strict=True):
        assert "".join(character for character, _ in seen) == "".join(pair.split()), pair
        assert not any(styles for _, styles in seen), pair


@given(plain)
def test_escapes_are_read_back(text: str) -> None:
    """The text before it was escaped comes back."""
    text = text.replace("`", "")  # code is left as it is
    assert unescape(escaped_start(escaped(text))) == text.replace("](<https", "](https")


@pytest.mark.parametrize(
    "answer",
    [
        "Set a__init__b in `__main__`",
        "type_ is x_, 2 * 3, a || b",
        "```py\nx = '\\*'  # **\n```\nand \\\\ there",
        "`\\_` and \\`",
        "[a](https://x.y/b_c) and *it*",
        "C:\\Users\\me",
        "# C#",
    ],
)
def test_history_reads_what_the_model_wrote(answer: str) -> None:
    """What a reply says in Discord's dialect goes to the next model as the last one wrote it."""
    assert unescape(convert(answer)) == answer.replace("\\\\ there", "\\ there").replace(" and \\`", " and `")
