"""Poe's answers, moods and handles, without a server."""

import pytest

from bot.poe.catalogue import Catalogue
from sandbox.poe.answers import answer_text, novel
from sandbox.poe.answers.steps import NextMessage, State, Step, Type
from sandbox.poe.handles import CONTRACT, KNOWN, canonical
from sandbox.poe.moods import catalogue, triggers
from sandbox.poe.moods.catalogue import GROUPS, MOODS, handle_of

PROMPTS = (
    "",
    "hi",
    "Alice: what is a raven?\nBob: a bird\nAlice: are you sure? `x` | y\nAssistant:",
    "\n".join(f"> **Speaker {number}**: {'word ' * 200}" for number in range(60)),
    "```python\nprint('an open fence')",
    "\ud800 lone \U0001f99c",
)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_an_answer_is_the_same_every_time_and_neither_short_nor_long(prompt: str) -> None:
    """The same handle and prompt give the same 700 to 2500 characters."""
    text = answer_text.compose("GPT-4", prompt)
    assert text == answer_text.compose("GPT-4", prompt)
    assert 700 <= len(text) <= 2500
    assert "no real model answered" in text
    assert text.count("```") == 2, "the only fence is the answer's own"


def test_an_answer_shows_who_spoke() -> None:
    """The answer shows which turns have arrived."""
    text = answer_text.compose("GPT-4", "Alice: what is a raven?\n> **Bob**: a bird\n\nlast words")
    assert "- **Alice**: what is a raven?" in text
    assert "- **Bob**: a bird" in text
    assert "> last words" in text


def test_where_roles_speak_only_they_begin_a_turn() -> None:
    """Quoth's own prompt: a user's name comes after the role, and a quoted line can't pose as a turn."""
    prompt = "User: Alice: look:\n  Bob: not a turn\nAssistant: I see\nUser: and now?\nNote: !stall\nAssistant:"
    heard = [(turn.speaker, turn.words) for turn in answer_text.turns_of(prompt)]
    assert heard == [("Alice", "look:"), ("Assistant", "I see"), ("User", "and now?")]
    assert triggers.of_prompts([prompt]) == {"stall": 200.0}


def test_other_prompts_and_handles_get_other_answers() -> None:
    """The answer depends on both."""
    assert len({answer_text.compose(handle, prompt) for handle in ("GPT-4", "Assistant") for prompt in ("a", "b")}) == 4


def test_the_novel_is_long_and_well_formed() -> None:
    """It has at least 15 000 characters, and every fence is closed."""
    text = novel.compose("seed")
    assert len(text) >= novel.MINIMUM
    assert text.count("```") % 2 == 0
    assert text == novel.compose("seed")


def test_handles_are_found_whatever_their_case() -> None:
    """Case and spaces are ignored, and unknown names are None."""
    assert canonical("gpt-3.5-TURBO") == "GPT-3.5-Turbo"
    assert canonical("GPT 3.5 Turbo") is None
    assert canonical("Code-Llama-34B ") == "Code-Llama-34b"
    assert canonical("nobody") is None
    assert set(CONTRACT) <= set(KNOWN)
    assert len({handle.lower() for handle in KNOWN}) == len(KNOWN)


def test_every_model_of_quoth_s_catalogue_is_known() -> None:
    """Whatever model Quoth suggests in the demo answers there."""
    assert [model.handle for model in Catalogue().models if canonical(model.handle) != model.handle] == []


def test_every_mood_has_a_sentence_a_handle_and_a_magic_word() -> None:
    """A mood can be turned on by handle and by prompt, there also with another amount."""
    for mood in MOODS:
        assert mood.sentence.endswith("."), mood.name
        assert 1 <= mood.row <= 20
        assert canonical(handle_of(mood)) == handle_of(mood)
        assert triggers.of_handle(handle_of(mood)) == {mood.name: mood.amount}
        assert triggers.of_prompts([f"please !{mood.name} now"]) == {mood.name: mood.amount}
        assert triggers.of_prompts([f"!{mood.name}=7.5"]) == {mood.name: 7.5}


def test_every_behaviour_can_be_asked_for() -> None:
    """Each row of poe.md section 9(b) has a mood, except the ledger, which always applies."""
    assert {mood.row for mood in MOODS} == set(range(1, 21)) - {19}
    assert sorted(mood.name for group in GROUPS.values() for mood in group) == sorted(mood.name for mood in MOODS)
    assert len({mood.name for mood in MOODS}) == len(MOODS)


def test_magic_in_earlier_turns_has_been_done() -> None:
    """Only magic words in the last turn count, and unknown ones are ignored."""
    assert triggers.of_prompts(["Alice: !stall\nBot: …\nAlice: and !slow=2 then?\nAssistant:"]) == {"slow": 2.0}
    assert triggers.of_prompts(["!unheard-of wow!stall !stall!"]) == {}


def test_the_two_texts_of_a_rewrite_share_no_beginning() -> None:
    """The first texts are no prefix of the answer, which comes last."""
    steps: list[Step] = [NextMessage(), Type("## The answer"), State("complete")]
    shaped = catalogue.apply(steps, {"rewrite": 0.1})
    assert shaped[-2:] == steps[-2:]
    assert len(shaped) > len(steps)
    assert catalogue.apply(steps, {}) == steps
