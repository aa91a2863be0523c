"""The measurements. Each works on every side in one way, one after the other; what they mean is said in `ages`.

Answers start at random moments within the first 3 s, the same for every side: answers that start in one instant would
hide a clock that they share (measured.md). Some last up to a fifth longer, so that they don't all end at one place of a
page.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import mean

from benchmarks.reply.ages import Shown, shown
from benchmarks.reply.answers import Answer
from benchmarks.reply.client import BenchClient, Side, connected
from benchmarks.reply.lag import Lag
from benchmarks.reply.quoth import planner
from benchmarks.reply.site import LATENCY, Site
from sandbox.discord import LIMITS, Rule

_SPREAD = 3.0
_LEAD = 1.0  # seconds from the question to the first text, in which a reply can say that it waits
_LIMIT = 60.0  # seconds after the last answer's end


@dataclass(frozen=True, slots=True)
class Scene:
    """How many replies stream together: each in a channel of its own and by interaction, or all in one by bot token."""

    replies: int
    one_channel: bool = False

    @property
    def optimum(self) -> float:
        """The mean age that the bucket allows, in seconds: half the gap plus the way to Discord."""
        rule = LIMITS.edit if self.one_channel else LIMITS.interaction
        sharing = self.replies if self.one_channel else 1
        return _gap(rule) * sharing / 2 + LATENCY / 2


def _gap(rule: Rule | None) -> float:
    return rule.per / rule.limit if rule else 0.0


ALONE, EIGHT, MANY, SHARED = Scene(1), Scene(8), Scene(32), Scene(4, one_channel=True)
SCENES = (ALONE, EIGHT, MANY, SHARED)


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one scene on one side. Times are seconds."""

    shown: list[Shown]
    lag: list[float]
    limited: int
    """429 answers."""

    @property
    def age(self) -> float:
        """The mean age, over time and replies."""
        return mean(each.age for each in self.shown)

    @property
    def late(self) -> list[float]:
        """By how much each final text was late, above the way to Discord."""
        return [each.late - LATENCY / 2 for each in self.shown]

    @property
    def least_share(self) -> float:
        """The fewest edits that a reply got while all were streaming, as a part of a fair share."""
        edits = [each.edits for each in self.shown]
        return min(edits) / mean(edits)

    @property
    def typical(self) -> int:
        """The place among the replies of the one in the middle, by age."""
        return sorted(range(len(self.shown)), key=lambda place: self.shown[place].age)[len(self.shown) // 2]


class Theatre:
    """Plays scenes on one site. Used as `async with`."""

    def __init__(self, updates: int) -> None:
        self._updates = updates
        self._stack = AsyncExitStack()
        self._site = Site()
        self._client: BenchClient

    async def __aenter__(self) -> "Theatre":
        await self._stack.enter_async_context(self._site)
        self._client = await self._stack.enter_async_context(connected(self._site))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def play(self, side: Side, scene: Scene) -> Played:
        """Lets a scene's replies stream.

        Raises:
            RuntimeError: an answer was not shown in whole, or Discord refused something else than too many requests.
            TimeoutError: an answer was not shown in time.
        """
        self._client.side = side
        before, began = await self._site.limited(), time.monotonic()
        answers = list(self._answers(began + 2 * _LEAD, scene.replies))
        async with Lag() as lag, asyncio.TaskGroup() as group:
            for place, answer in enumerate(answers):
                by_command = side.commands and not scene.one_channel
                group.create_task(self._ask(0 if scene.one_channel else place, answer, by_command))
        results = shown(answers, await self._site.written(began))
        await asyncio.sleep(_gap(LIMITS.edit) * (LIMITS.edit.limit if LIMITS.edit else 0))  # every bucket is full again
        return Played(results, lag.seconds, await self._site.limited() - before)

    def _answers(self, first: float, count: int) -> Iterator[Answer]:
        rng = random.Random(count)  # noqa: S311 - repeatable, no secret
        for _ in range(count):
            updates = self._updates + rng.randrange(self._updates // 5)
            answer = Answer(len(self._client.answers), first + rng.uniform(0, _SPREAD), updates)
            self._client.answers[answer.number] = answer
            yield answer

    async def _ask(self, channel: int, answer: Answer, by_command: bool) -> None:
        await asyncio.sleep(answer.start - _LEAD - time.monotonic())
        await self._site.ask(channel, answer.number, by_command=by_command)
        async with asyncio.timeout(answer.end + _LIMIT - time.monotonic()):
            await answer.over


def planning(characters: int, grain: int) -> list[float]:
    """Times the planning of pages for an answer that grows to so many characters: seconds of CPU for each update."""
    words = "so the raven said **nothing**, and `wrote` it down.\n\n" * (characters // 40)
    plan, taken = planner(), list[float]()
    for end in range(grain, characters + 1, grain):
        text = words[:end]
        began = time.thread_time()
        plan(text)
        taken.append(time.thread_time() - began)
    return taken
