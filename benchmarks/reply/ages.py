"""How old what people see is, told from what the messages said when. Pure; times are monotonic seconds.

The *age* of a reply at one moment is how long the oldest text that exists but can't be seen yet has been waiting; it is
zero where all that exists can be seen. Its mean is taken over time, from the first text's existence until the whole
answer can be seen. A text can be seen from the moment at which Discord has applied an edit that holds it and everything
before it. An editor that sends the newest text each `gap` seconds, `way` seconds from Discord, has a mean age of
about gap / 2 + way: that is the optimum.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.reply.answers import Answer, marks

Step = tuple[float, int]
"""From when on how many updates could be seen, without a gap from the first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of one answer."""

    answer: Answer
    steps: list[Step]
    """In order of time."""
    settled: float
    """When the last edit was applied: nothing changes after it."""
    edits: int
    """Edits while it streamed and others may have."""

    @property
    def late(self) -> float:
        """Seconds from the end of the answer until its final text could be seen."""
        return self.settled - self.answer.end

    @property
    def losses(self) -> int:
        """How often text that could be seen was gone again for a while, as between two edits that break a page."""
        return sum(after < before for (_, before), (_, after) in pairwise(self.steps))

    @property
    def age(self) -> float:
        """The mean age.

        Raises:
            RuntimeError: not all of the answer was ever to be seen, so that a figure would mean nothing.
        """
        answer, steps = self.answer, [(self.answer.start, 0), *self.steps]
        if steps[-1][1] != answer.updates:
            raise RuntimeError(f"of answer {answer.number} only {steps[-1][1]} of {answer.updates} updates were seen")
        waited, whole = 0.0, answer.start
        for (at, seen), (until, _) in pairwise(steps):
            if seen < answer.updates:
                whole = until
                oldest = answer.since(seen)  # the age grows evenly from when it came, not before
                waited += (max(0.0, until - oldest) ** 2 - max(0.0, at - oldest) ** 2) / 2
        return waited / (whole - answer.start)


def shown(answers: Sequence[Answer], written: Sequence[Sequence[tuple[float, str]]]) -> list[Shown]:
    """Tells for each answer what became of it, from all messages that may belong to one of them."""
    revisions: dict[int, list[tuple[float, int, set[int]]]] = defaultdict(list)
    for message, contents in enumerate(written):
        of: set[int] = set()
        for at, content in contents:
            found: dict[int, set[int]] = {number: set() for number in of}
            for number, update in marks(content):
                found.setdefault(number, set()).add(update)
            of |= found.keys()
            for number, updates in found.items():
                revisions[number].append((at, message, updates))
    together = max(answer.start for answer in answers), min(answer.end for answer in answers)
    return [_shown(answer, sorted(revisions[answer.number], key=lambda r: r[0]), together) for answer in answers]


def _shown(answer: Answer, revisions: list[tuple[float, int, set[int]]], together: tuple[float, float]) -> Shown:
    says: dict[int, set[int]] = {}
    steps: list[Step] = []
    for at, message, updates in revisions:
        says[message] = updates
        there = set[int]().union(*says.values())
        steps.append((at, next(n for n in range(answer.updates + 1) if n not in there)))
    edits = sum(together[0] <= at <= together[1] for at, _, _ in revisions)
    return Shown(answer, steps, revisions[-1][0] if revisions else 0.0, edits)
