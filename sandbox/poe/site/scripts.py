"""Scripted answers of tests, for a handle or for prompts that contain a marker, step by step if wanted."""

import asyncio
from collections.abc import Iterable, Sequence

from sandbox.changes import Changes
from sandbox.poe.answers.steps import Hold, NextMessage, Step
from sandbox.poe.handles import canonical


class Script:
    """One scripted answer, played for every prompt that it matches.

    With `by_hand` each step waits for a `release`; a `Hold` among the steps waits for one too. Releases are counted, so
    they may come early; all prompts of one script share them.
    """

    def __init__(self, target: str, steps: Iterable[Step], changes: Changes, *, by_hand: bool) -> None:
        self._handle = canonical(target)
        self._marker = target
        self._gate = asyncio.Semaphore(0)
        self._changes = changes
        given = list(steps)
        played = [part for step in given for part in (Hold(), step)] if by_hand else given
        begins = bool(given) and isinstance(given[0], NextMessage)
        self.steps: list[Step] = played if begins else [NextMessage(), *played]
        """What is played; the first step begins the first message, and is added if the script lacks it."""
        self._given = {id(step) for step in given}  # by identity, because by_hand adds equal steps
        self.played = 0
        """How many of the given steps were played, over all prompts."""
        self.waiting = 0
        """How many prompts wait at a hold now."""

    def matches(self, handle: str, prompt: str) -> bool:
        """Return whether this script answers a prompt to a handle."""
        return handle == self._handle if self._handle else self._marker in prompt

    def release(self, count: int = 1) -> None:
        """Release so many holds."""
        for _ in range(count):
            self._gate.release()

    async def pass_hold(self) -> None:
        """Wait for a release; called by the playback."""
        self.waiting += 1
        self._changes.notify()
        try:
            await self._gate.acquire()
        finally:
            self.waiting -= 1

    def done(self, step: Step) -> None:
        """Record that a step has been played; called by the playback."""
        if id(step) in self._given:
            self.played += 1
            self._changes.notify()

    async def step(self, limit: float = 5.0) -> None:
        """Release one step, and wait until it has been played.

        Raises:
            TimeoutError: No prompt waited at the hold, or the step took longer than `limit` seconds.
        """
        goal = self.played + 1
        self.release()
        await self._changes.wait_for(lambda: self.played >= goal, limit)


def script_for(scripts: Sequence[Script], handle: str, prompt: str) -> Script | None:
    """Return the newest script that answers a prompt to a handle, if any does."""
    return next((script for script in reversed(scripts) if script.matches(handle, prompt)), None)
