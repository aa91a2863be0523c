"""A model's reasoning before its answer: kept, folded into a line, or hidden, from the first letter on."""

import pytest

from bot.markdown.reasoning import MARK, Reasoning, fold_reasoning

HEAD = "*Thinking...*\n\n"
THOUGHTS = "> **Plan**\n>\n> Look at `this`, then\n> decide.\n\n"
ANSWER = "The answer.\n\n> A quote.\n"


def test_thoughts_are_folded_into_their_number() -> None:
    """Once the answer has begun, one line says how long the reasoning was."""
    assert fold_reasoning(HEAD + THOUGHTS + ANSWER, "folded") == f"{MARK}Reasoning: 6 words\n{ANSWER}"


def test_the_newest_thoughts_are_shown_while_there_is_no_answer() -> None:
    """While a model reasons, one short line shows its newest words without formatting."""
    assert fold_reasoning(HEAD + "> **Plan**\n> Look at `th", "folded") == f"{MARK}Plan Look at th\n"
    line = fold_reasoning(HEAD + "> some thoughts about it\n" * 200 + "> the last", "folded")
    assert line.endswith("the last\n")
    assert line.count("\n") == 1
    assert len(line) < 110


def test_hidden_and_kept() -> None:
    """Hidden reasoning leaves only the answer; kept reasoning stays as it is."""
    assert fold_reasoning(HEAD + THOUGHTS + ANSWER, "hidden") == ANSWER
    assert fold_reasoning(HEAD + THOUGHTS, "hidden") == ""
    assert fold_reasoning(HEAD + THOUGHTS + ANSWER, "kept") == HEAD + THOUGHTS + ANSWER


@pytest.mark.parametrize(
    "head",
    [
        "*Thinking…*\n",
        "_Thinking..._\n\n",
        "*Thinking... (12s elapsed)*\n\n",
        "*Thinking...* (12s elapsed)\n\n",
        "\n" + HEAD,
    ],
)
def test_other_titles(head: str) -> None:
    """The title of the reasoning comes in a few forms."""
    assert fold_reasoning(head + "> So.\n\nYes.", "hidden") == "Yes."


def test_some_think_twice() -> None:
    """Reasoning that is shown in two parts is folded into one line."""
    assert (
        fold_reasoning(HEAD + THOUGHTS + HEAD + THOUGHTS + ANSWER, "folded") == f"{MARK}Reasoning: 12 words\n{ANSWER}"
    )


@pytest.mark.parametrize("answer", ["", "Thinking about it: *no*.", "*Thinking* is hard.", "> A quote.\n\nAnd words."])
def test_other_texts_stay(answer: str) -> None:
    """A text without the title at its beginning has no reasoning."""
    assert fold_reasoning(answer, "folded") == answer


def test_every_beginning_is_sane() -> None:
    """While a text grows it never shows half a title and never loses its answer."""
    text = HEAD + THOUGHTS + ANSWER
    growing = Reasoning("folded")
    for end in range(len(text) + 1):
        line, start = growing.fold(text[:end])
        part = line + text[start:end]
        assert part == fold_reasoning(text[:end], "folded")
        assert "Thinking" not in part
    assert fold_reasoning(HEAD + "Yes.", "folded") == "Yes."
