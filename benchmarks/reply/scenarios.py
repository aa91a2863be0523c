"""The measurements on replies. Each scenario runs for every writer in the same way, one writer after the other.

Answers start at random moments within the first 3 s, the same ones for every writer: answers that start at the same
moment would hide that they share a clock. Some last up to a fifth longer, so that they don't all end at the same place
of a page.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import mean
from typing import Self

from benchmarks.event_loop import LoopLag
from benchmarks.reply.client import BenchClient, Writer, connected
from benchmarks.reply.discord_process import LATENCY, DiscordProcess
from benchmarks.reply.quoth_reply import page_planner
from benchmarks.reply.streamed_answer import StreamedAnswer
from benchmarks.reply.visible_text import VisibleAnswer, visible_answers
from sandbox.discord import LIMITS, Rule

_START_SPREAD = 3.0  # seconds
_LEAD = 1.0  # seconds from the question to the first text, in which a reply can say that it waits
_LIMIT = 60.0  # seconds after an answer's end within which it must be shown


@dataclass(frozen=True, slots=True)
class Scenario:
    """How many replies stream at once: each in a channel of its own and by interaction, or all in one by bot token."""

    replies: int
    one_channel: bool = False

    @property
    def name(self) -> str:
        """What the scenario is called in the table."""
        if self.one_channel:
            return f"{self.replies} replies in one channel by bot token"
        return "1 reply" if self.replies == 1 else f"{self.replies} replies in as many channels"

    @property
    def optimum(self) -> float:
        """The mean age in seconds that the rate limit allows: half the gap between edits plus the way to Discord."""
        rule = LIMITS.edit if self.one_channel else LIMITS.interaction
        sharing = self.replies if self.one_channel else 1
        return _gap(rule) * sharing / 2 + LATENCY / 2


def _gap(rule: Rule | None) -> float:
    return rule.per / rule.limit if rule else 0.0


ONE, EIGHT, MANY, SHARED = Scenario(1), Scenario(8), Scenario(32), Scenario(4, one_channel=True)
SCENARIOS = (ONE, EIGHT, MANY, SHARED)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one scenario with one writer. Times are seconds."""

    answers: list[VisibleAnswer]
    lag: list[float]
    rate_limited: int
    """How many requests were answered with 429."""

    @property
    def age(self) -> float:
        """The mean age of visible text, over time and then over the replies."""
        return mean(answer.age for answer in self.answers)

    @property
    def delays(self) -> list[float]:
        """How late each final text was, without the way to Discord."""
        return [answer.delay - LATENCY / 2 for answer in self.answers]

    @property
    def least_share(self) -> float:
        """The fewest edits that a reply got while all were streaming, divided by a fair share."""
        edits = [answer.edits for answer in self.answers]
        return min(edits) / mean(edits)

    @property
    def median_reply(self) -> int:
        """The index of the reply whose age is the median."""
        return sorted(range(len(self.answers)), key=lambda index: self.answers[index].age)[len(self.answers) // 2]


class ScenarioRunner:
    """Runs scenarios on one Discord. Used as `async with`."""

    def __init__(self, updates: int) -> None:
        self._updates = updates
        self._stack = AsyncExitStack()
        self._discord = DiscordProcess()
        self._client: BenchClient

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._discord)
        self._client = await self._stack.enter_async_context(connected(self._discord))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def run(self, writer: Writer, scenario: Scenario) -> Result:
        """Stream a scenario's replies.

        Raises:
            RuntimeError: an answer was not shown completely, or Discord refused something with another status than 429.
            TimeoutError: an answer was not shown in time.
        """
        self._client.writer = writer
        before, began = await self._discord.rate_limited(), time.monotonic()
        answers = list(self._answers(began + 2 * _LEAD, scenario.replies))
        async with LoopLag() as lag, asyncio.TaskGroup() as group:
            for channel, answer in enumerate(answers):
                by_command = writer.answers_commands and not scenario.one_channel
                group.create_task(self._ask(0 if scenario.one_channel else channel, answer, by_command))
        visible = visible_answers(answers, await self._discord.revisions(began))
        await asyncio.sleep(LIMITS.edit.per if LIMITS.edit else 0)  # until every rate limit has recovered
        return Result(visible, lag.seconds, await self._discord.rate_limited() - before)

    def _answers(self, first: float, count: int) -> Iterator[StreamedAnswer]:
        rng = random.Random(count)  # noqa: S311 - repeatable, no secret
        for _ in range(count):
            updates = self._updates + rng.randrange(self._updates // 5)
            answer = StreamedAnswer(len(self._client.answers), first + rng.uniform(0, _START_SPREAD), updates)
            self._client.answers[answer.number] = answer
            yield answer

    async def _ask(self, channel: int, answer: StreamedAnswer, by_command: bool) -> None:
        await asyncio.sleep(answer.start - _LEAD - time.monotonic())
        await self._discord.ask(channel, answer.number, by_command=by_command)
        async with asyncio.timeout(answer.end + _LIMIT - time.monotonic()):
            await answer.shown


def page_planning(characters: int, growth: int) -> list[float]:
    """Time the planning of pages for an answer that grows to so many characters: seconds of CPU per update."""
    words = "so the raven said **nothing**, and `wrote` it down.\n\n" * (characters // 40)
    plan, seconds = page_planner(), list[float]()
    for end in range(growth, characters + 1, growth):
        text = words[:end]
        began = time.thread_time()
        plan(text)
        seconds.append(time.thread_time() - began)
    return seconds
