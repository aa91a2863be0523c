"""Whether a question goes on in an earlier chat on Poe: one test for each reason why not."""

from dataclasses import replace
from typing import Any

import pytest

from bot.context.continuation import Question, Talk, Why, chat_of, digest, why_new
from storage.asks import AskRow, ChatRow

CHAT = ChatRow("abc", "", digest("Be brief."), (10,))
ROW = AskRow(10, 1, 2, 7, 10, "Why?", "GPT-4", chat=CHAT)
QUESTION = Question(7, "GPT-4", digest("Be brief."), replied_to=ROW)
TALK = Talk(frozenset({8, 10, 11}), frozenset({8, 10, 11}), {8: 9, 10: 7, 11: 7}, forgotten=5)


def test_a_chat_goes_on_where_nothing_speaks_against_it() -> None:
    """The same person asks the same model with the same instructions, and all that was said is as it was."""
    assert chat_of(QUESTION) is CHAT
    assert why_new(TALK, {10, 11}, left_out=False) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"again": True}, "again"),
        ({"reads": False}, "off"),
        ({"replied_to": None}, "new"),
        ({"asker": 8}, "person"),
        ({"model": "Claude-Opus-4.8"}, "model"),
        ({"replied_to": replace(ROW, chat=None)}, "unknown"),
        ({"instructions": digest("")}, "instructions"),
    ],
)
def test_a_question_that_is_no_continuation(changes: dict[str, Any], why: Why) -> None:
    """What is known of the question alone can be a reason for a new chat."""
    assert chat_of(replace(QUESTION, **changes)) == why


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"forgotten": 8}, "forgotten"),
        ({"hidden": {9}}, "hidden"),
        ({"hidden": {7}}, "hidden"),
        ({"intact": {8: None, 10: 7, 11: 7}}, "hidden"),
        ({"intact": {10: 7, 11: 7}}, "changed"),
        ({"messages": frozenset({10, 11, 12})}, "changed"),
        ({"parts": frozenset({8, 11})}, "between"),
    ],
)
def test_a_chat_that_can_t_go_on(changes: dict[str, Any], why: Why) -> None:
    """What was cleared, may not be read any more, or was changed, and a message that Poe has not: a new chat."""
    assert why_new(replace(TALK, **changes), {10, 11}, left_out=False) == why


def test_what_is_left_out_now_is_a_reason_too() -> None:
    """If a message of the chain may not be read, Poe is not asked where it may have it."""
    assert why_new(TALK, {10, 11}, left_out=True) == "hidden"


def test_a_command_is_no_message() -> None:
    """The question of a command can't be found in Discord, and need not be."""
    talk = replace(TALK, messages=frozenset({8, 11}), intact={8: 9, 11: 7})
    assert why_new(talk, {11}, left_out=False) is None
