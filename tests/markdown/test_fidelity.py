"""What Discord shows of an answer is what its author meant, on the examples of CommonMark and GitHub.

markdown-it-py says what is meant, the sandbox's renderer and one that nobody here wrote say what Discord shows.
"""

import random
import re

import pytest

from bot.markdown.convert import convert
from tests.support.markdown_documents import REALISTIC
from tests.support.npm import examples
from tests.support.visible import Seen, elsewhere, in_sandbox, meant, same, same_text

SHUFFLED = random.Random(1)  # noqa: S311 - no secret
ANSWERS = {
    **examples(),
    "realistic": ["\n\n".join(SHUFFLED.sample(REALISTIC, 6)) for _ in range(60)],
}


def fidelity(answers: list[str], messages: list[Seen]) -> tuple[float, float]:
    """Return how many of a hundred messages show the meant text, and how many also the meant styles.

    An answer that means to show nothing is shown as it was written, because Discord takes no empty message.
    """
    meanings = [meant(answer) for answer in answers]
    pairs = [(both, seen) for both, seen in zip(meanings, messages, strict=True) if both[0] or not seen]
    text = sum(any(same_text(one, seen) for one in both) for both, seen in pairs)
    style = sum(any(same(one, seen) for one in both) for both, seen in pairs)
    return 100 * text / len(pairs), 100 * style / len(pairs)


@pytest.mark.parametrize("source", ANSWERS)
def test_answers_are_shown_as_they_are_meant(source: str) -> None:
    """At least 99 of 100 answers show the meant text, and 97 the meant styles, however Discord is read."""
    messages = [convert(answer) for answer in ANSWERS[source]]
    for seen in ([in_sandbox(message) for message in messages], elsewhere(messages)):
        text, style = fidelity(ANSWERS[source], seen)
        assert text >= 99
        assert style >= 97


def test_both_readings_of_discord_agree_on_messages() -> None:
    """Quoth writes nothing that the two readings of Discord's dialect take differently."""
    messages = [convert(answer) for answers in ANSWERS.values() for answer in answers]
    differ = [
        message for message, seen in zip(messages, elsewhere(messages), strict=True) if in_sandbox(message) != seen
    ]
    assert differ == []


# Where the two readings may differ on what people write, and why.
DIFFERENCES = {
    "the sandbox links to http and https only, as Discord does": r"\]\(\s*<?(?!https?://)|\]\(<?https?://[^\s<>]*[ <>]",
    "the sandbox takes no other scheme, and no empty mention": r"<(?:\d*|[a-z][^\s:>]*:[^>]*)>",
    "the sandbox reads lists as CommonMark does": r"^ *(?:[-*+]|\d+\.)(?:\s*$|[ \t]+[-*+]|\t)|^ *0\.|^- [^\n]*\n- ```",
    "the sandbox allows spaces before a heading": r"^ +#{1,3} ",
    "the sandbox wants a space after a mark": r"^(?:#+|>)\t",
    "the sandbox shows marks around nothing": r"^```\n```|`[\s\u00a0]+`|^\*+\n|\*\* +\*",
    "a fence in the middle of a line": r"^```.+``|^``` [a-z]+$",
    "an address keeps its parenthesis": r"\(Visit https?://",
}


def test_the_sandbox_reads_discord_as_others_do() -> None:
    """On what people write, the sandbox differs from the other reading only for known reasons."""
    texts = [text for answers in examples().values() for text in answers]
    differ = [text for text, seen in zip(texts, elsewhere(texts), strict=True) if not same(in_sandbox(text), seen)]
    reasons = re.compile("|".join(DIFFERENCES.values()), re.MULTILINE)
    assert [text for text in differ if not reasons.search(text)] == []
    assert len(differ) < len(texts) / 6
