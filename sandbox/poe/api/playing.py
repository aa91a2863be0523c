"""An answer's steps as the parts that the API sends."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from sandbox.poe.account import INCOMPLETE
from sandbox.poe.answers.steps import (
    Beat,
    Bytes,
    Cut,
    Drop,
    End,
    Event,
    File,
    Forever,
    Hold,
    NextMessage,
    Outage,
    Pause,
    Repeat,
    Silence,
    State,
    Step,
    Text,
    Type,
)
from sandbox.poe.answers.tempo import Tempo, Timing
from sandbox.poe.site.scripts import Script


@dataclass(frozen=True, slots=True)
class Grown:
    """The whole text of the answer so far; several messages are joined by blank lines."""

    text: str


Part = Grown | State | Event | Bytes | File | Cut
"""What is sent. Only the State of the last message comes; parts may follow it."""


class Player:
    """Plays the steps of one answer."""

    def __init__(
        self,
        steps: Sequence[Step],
        tempo: Tempo,
        script: Script | None,
        on_outage: Callable[[float], None],
        written: Callable[[str, File | None], str],
        given_up: asyncio.Event,
    ) -> None:
        self._steps = steps
        self._script = script
        self._timing = Timing(tempo)
        self._on_outage = on_outage
        self._written = written
        self._given_up = given_up
        self._texts: list[str] = []

    async def parts(self) -> AsyncGenerator[Part]:
        """Play the steps in order, up to the end or an End."""
        for step in self._steps:
            if isinstance(step, End):
                return
            async for part in self._play(step):
                yield part
            if self._script:
                self._script.done(step)

    async def _play(self, step: Step) -> AsyncGenerator[Part]:
        match step:
            case Type(text):
                async for grown in self._timing.growing(self._texts[-1], text):
                    yield self._grown(grown)
            case Text(text, file):
                yield self._grown(self._written(text, file))
            case State() if self._is_final(step):
                yield step
            case Event() | Bytes() | File() | Cut():
                yield step
            case Drop():
                yield Cut()
            case Outage(seconds):
                self._on_outage(seconds)
                yield Cut(reset=True)
            case Repeat(data, gap, count):
                for _ in itertools.count() if count is None else range(count):
                    yield Bytes(data)
                    await asyncio.sleep(gap)
            case _:
                await self._act(step)

    async def _act(self, step: Step) -> None:
        """Play a step that sends nothing."""
        match step:
            case NextMessage():
                self._texts.append("")
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Beat(seconds):
                await self._timing.beat(seconds)
            case Hold() if self._script:
                await self._script.pass_hold()
            case Forever() | Silence():
                await self._given_up.wait()
            case _:
                pass  # the page's

    def _grown(self, text: str) -> Grown:
        self._texts[-1] = text
        return Grown("\n\n".join(filter(None, self._texts)))

    def _is_final(self, step: State) -> bool:
        """Return whether this ends the answer's last message."""
        messages = sum(isinstance(other, NextMessage) for other in self._steps)
        at = step.message if step.message >= 0 else len(self._texts) + step.message
        return step.state != INCOMPLETE and at == messages - 1
