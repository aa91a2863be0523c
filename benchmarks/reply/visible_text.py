"""When text could be seen and how old it was by then, computed from what the messages said at which time. Pure.

The *age* of a reply at one moment is how long the oldest text that exists but can't be seen yet has been waiting, and
zero if everything that exists can be seen. Its mean is taken over time, from the first text's existence until the whole
answer can be seen. A text can be seen from the moment at which Discord applied an edit that contains it and everything
before it. An editor that sends the newest text every `gap` seconds, with `latency` seconds to Discord, has a mean age
of about gap / 2 + latency: that is the optimum. Times are monotonic seconds.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.numbered_text import marks
from benchmarks.reply.streamed_answer import StreamedAnswer

Revisions = Sequence[tuple[float, str]]
"""What one message said, and from when on."""


@dataclass(frozen=True, slots=True)
class VisibleAnswer:
    """How one answer became visible."""

    answer: StreamedAnswer
    steps: list[tuple[float, int]]
    """From when on how many updates could be seen, counted from the first without a gap; in order of time."""
    last_edit: float
    """When the last edit was applied."""
    edits: int
    """How many edits were applied while all answers were streaming."""

    @property
    def delay(self) -> float:
        """Seconds from the end of the answer until the last edit."""
        return self.last_edit - self.answer.end

    @property
    def disappearances(self) -> int:
        """How often text that could be seen was gone again for a while, as between two edits at a page's end."""
        return sum(after < before for (_, before), (_, after) in pairwise(self.steps))

    @property
    def age(self) -> float:
        """The mean age in seconds.

        Raises:
            RuntimeError: not all of the answer was visible in the end, which makes the figure worthless.
        """
        answer, steps = self.answer, [(self.answer.start, 0), *self.steps]
        if steps[-1][1] != answer.updates:
            raise RuntimeError(f"of answer {answer.number} only {steps[-1][1]} of {answer.updates} updates were seen")
        total, complete = 0.0, answer.start
        for (at, seen), (until, _) in pairwise(steps):
            if seen < answer.updates:
                complete = until
                oldest = answer.exists_at(seen)  # from then on the age grows evenly
                total += (max(0.0, until - oldest) ** 2 - max(0.0, at - oldest) ** 2) / 2
        return total / (complete - answer.start)


def visible_answers(answers: Sequence[StreamedAnswer], messages: Sequence[Revisions]) -> list[VisibleAnswer]:
    """Return how each answer became visible, from all messages that may belong to one of them."""
    revisions: dict[int, list[tuple[float, int, set[int]]]] = defaultdict(list)
    for message, contents in enumerate(messages):
        numbers: set[int] = set()  # of the answers that this message has shown so far
        for at, content in contents:
            found: dict[int, set[int]] = {number: set() for number in numbers}
            for number, update in marks(content):
                found.setdefault(number, set()).add(update)
            numbers |= found.keys()
            for number, updates in found.items():
                revisions[number].append((at, message, updates))
    all_streaming = max(answer.start for answer in answers), min(answer.end for answer in answers)
    return [_visible(answer, sorted(revisions[answer.number], key=lambda r: r[0]), all_streaming) for answer in answers]


def _visible(
    answer: StreamedAnswer, revisions: list[tuple[float, int, set[int]]], all_streaming: tuple[float, float]
) -> VisibleAnswer:
    contents: dict[int, set[int]] = {}
    steps: list[tuple[float, int]] = []
    for at, message, updates in revisions:
        contents[message] = updates
        visible = set[int]().union(*contents.values())
        steps.append((at, next(n for n in range(answer.updates + 1) if n not in visible)))
    edits = sum(all_streaming[0] <= at <= all_streaming[1] for at, _, _ in revisions)
    return VisibleAnswer(answer, steps, revisions[-1][0] if revisions else 0.0, edits)
