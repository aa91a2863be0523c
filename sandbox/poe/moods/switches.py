"""The moods that are on for the whole site, for a while or until they are switched off."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager

from sandbox.changes import Changes
from sandbox.poe.moods import triggers
from sandbox.poe.moods.catalogue import Moods


class Switches:
    """Turns moods on and off; tells whoever listens after each change."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._on: Moods = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._listeners: list[Callable[[], None]] = []

    def current(self) -> Moods:
        """Gives a copy of what is on."""
        return dict(self._on)

    def turn_on(self, word: str, lasting: float | None = None) -> None:
        """Turns a mood on, for so many seconds where they are given.

        Raises:
            KeyError: there is no such mood.
            ValueError: the amount isn't a number.
        """
        for name, amount in triggers.parse(word).items():
            self._forget_timer(name)
            self._on[name] = amount
            if lasting is not None:
                self._timers[name] = asyncio.get_running_loop().call_later(lasting, self.turn_off, name)
        self._tell()

    def turn_off(self, word: str) -> None:
        """Turns a mood off if it is on.

        Raises:
            KeyError: there is no such mood.
            ValueError: the amount isn't a number.
        """
        for name in triggers.parse(word):
            self._forget_timer(name)
            self._on.pop(name, None)
        self._tell()

    def clear(self) -> None:
        """Turns everything off."""
        for name in list(self._timers):
            self._forget_timer(name)
        self._on.clear()
        self._tell()

    @contextmanager
    def listening(self, hear: Callable[[], None]) -> Generator[None]:
        """Calls `hear` after every change for the length of the block."""
        self._listeners.append(hear)
        try:
            yield
        finally:
            self._listeners.remove(hear)

    def _forget_timer(self, name: str) -> None:
        if timer := self._timers.pop(name, None):
            timer.cancel()

    def _tell(self) -> None:
        self._changes.notify()
        for hear in list(self._listeners):
            hear()
