"""The answers that the bench lets the sandbox give: each update ends in its own number, so that its age can be told.

Pure. An answer begins with so many characters at once and then grows by some words, 20 times a second.
"""

import re
from dataclasses import dataclass

from sandbox.poe.answers.steps import Beat, Hold, Pause, State, Step, Text

TICK = 0.05
"""Seconds between two updates of one answer."""
_WORDS = (
    "the raven counted",
    "a lemon in the fog",
    "**nobody** at noon",
    "eleven letters, `twice`",
    "and a paper moon",
)
_NUMBER = re.compile(r" n(\d+)\.\s*\Z")
_TAIL = 24  # characters in which the number stands


@dataclass(frozen=True, slots=True)
class Shape:
    """How an answer comes.

    Args:
        marker: stands in the prompts that are answered so, and in no others.
        base: characters of the first text.
        updates: how often it grows after that.
        lag: seconds between the release and the first text.
        hold: whether the answer waits until it is released.
    """

    marker: str
    base: int
    updates: int
    lag: float = 0.0
    hold: bool = True


def steps_of(shape: Shape) -> list[Step]:
    """Gives the sandbox's steps for an answer."""
    steps: list[Step] = [Hold()] if shape.hold else []
    steps.append(Pause(shape.lag))
    for text in _texts(shape):
        steps += [Text(text), Beat(TICK)]
    return [*steps, State("complete")]


def number_of(text: str) -> int | None:
    """Gives the number of the newest update in a text, raw or as the page renders it; None where there is none."""
    found = _NUMBER.search(text[-_TAIL:])
    return int(found[1]) if found else None


def _texts(shape: Shape) -> list[str]:
    filler = "\n\n".join(f"{word}, {word} and {word}." for word in _WORDS)
    text = (filler + "\n\n") * (shape.base // len(filler) + 1)
    texts = [text[: shape.base] + " n0."]
    for number in range(1, shape.updates + 1):
        texts.append(f"{texts[-1]} {_WORDS[number % len(_WORDS)]} n{number}.")
    return texts
