"""The moods that are on for the whole site."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from sandbox.changes import Changes
from sandbox.poe.moods import triggers
from sandbox.poe.moods.catalogue import Moods


class Switches:
    """Turns moods on and off, and calls its listeners after each change."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._on: Moods = {}
        self._listeners: list[Callable[[], None]] = []

    def current(self) -> Moods:
        """Return a copy of the moods that are on."""
        return dict(self._on)

    def turn_on(self, word: str) -> None:
        """Turn a mood on, such as `stall` or `stall=300`.

        Raises:
            KeyError: There is no such mood.
            ValueError: The amount isn't a number.
        """
        self._on |= triggers.parse(word)
        self.notify()

    def turn_off(self, word: str) -> None:
        """Turn a mood off.

        Raises:
            KeyError: There is no such mood.
            ValueError: The amount isn't a number.
        """
        for name in triggers.parse(word):
            self._on.pop(name, None)
        self.notify()

    def clear(self) -> None:
        """Turn everything off."""
        self._on.clear()
        self.notify()

    @contextmanager
    def subscribed(self, listener: Callable[[], None]) -> Generator[None]:
        """Call `listener` after every change within the block."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def notify(self) -> None:
        """Call the listeners; also for what is no mood but shown with them, such as a lost login."""
        self._changes.notify()
        for listener in list(self._listeners):
            listener()
