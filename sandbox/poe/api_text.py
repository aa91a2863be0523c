"""The answers of the official API: the site's answers and answer moods, as pieces that are only appended."""

import asyncio
import sys
from collections.abc import AsyncGenerator

from sandbox.poe.answers import answer_text
from sandbox.poe.answers.steps import Forever, NextMessage, Pause, State, Step, Text, Type
from sandbox.poe.moods import catalogue
from sandbox.poe.moods.catalogue import Moods
from sandbox.poe.site.playback import Tempo


async def pieces_of(handle: str, prompt: str, on: Moods, tempo: Tempo) -> AsyncGenerator[str | None]:
    """Yield the answer piece by piece, and None at its regular end; without None the stream breaks off.

    This API can't replace text, so texts that the site would replace are left out.
    """
    left = int(on.get("silent-end", sys.maxsize))
    shown = ""
    for step in _steps(handle, prompt, on, tempo):
        match step:
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Forever():
                await asyncio.Event().wait()
            case Type(text):
                rest = text.removeprefix(shown) if text.startswith(shown) else "\n\n" + text
                shown = text
                async for piece in _typed(rest[:left], tempo):
                    yield piece
                left -= len(rest)
            case State(state, -1) if state != "complete":
                return
            case _:
                pass
        if left <= 0:
            return
    yield None


def _steps(handle: str, prompt: str, on: Moods, tempo: Tempo) -> list[Step]:
    plain: list[Step] = [NextMessage(), Pause(tempo.first_token), Type(answer_text.compose(handle, prompt))]
    steps = catalogue.apply([*plain, State("complete")], on)
    texts = [step.text for step in steps if isinstance(step, Text)]
    if texts and not any(isinstance(step, Type) for step in steps):
        return [*steps[:-1], Type(texts[-1]), steps[-1]]
    return steps


async def _typed(text: str, tempo: Tempo) -> AsyncGenerator[str]:
    size = max(1, round(tempo.speed * tempo.interval))
    for start in range(0, len(text), size):
        await asyncio.sleep(tempo.interval)
        yield text[start : start + size]
