"""What Discord does rarely and this sandbox on request: events that come twice or late, and answers that get lost."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

_SCRAMBLED = ("MESSAGE_", "INTERACTION_", "THREAD_")


@dataclass
class Mischief:
    """Faults that happen at random, all off at first; each can be changed at any time.

    Attributes:
        duplicated: The share of events that are delivered a second time, as after a RESUME.
        reordered: The share of events that are delivered late, after others that happened later.
        lost: The share of first responses to interactions that are applied although the bot never hears so.
        within: Seconds by which a second or late delivery comes later at most.
        rng: Draws all of this.
        counts: How often each kind happened: "duplicated", "reordered", "lost".
    """

    duplicated: float = 0.0
    reordered: float = 0.0
    lost: float = 0.0
    within: float = 1.0
    rng: random.Random = field(default_factory=random.Random)
    counts: Counter[str] = field(default_factory=Counter[str])

    def deliver(self, name: str, dispatch: Callable[[], object]) -> None:
        """Deliver an event of the gateway: at once, or later, or twice. Events about servers always come in order."""
        scrambled = name.startswith(_SCRAMBLED)
        if scrambled and self._happens("reordered", self.reordered):
            self._later(dispatch)
        else:
            dispatch()
        if scrambled and self._happens("duplicated", self.duplicated):
            self._later(dispatch)

    def loses_acknowledgement(self) -> bool:
        """Return whether the bot never hears that its first response to an interaction was applied."""
        return self._happens("lost", self.lost)

    def _happens(self, kind: str, share: float) -> bool:
        happens = self.rng.random() < share
        self.counts[kind] += happens
        return happens

    def _later(self, dispatch: Callable[[], object]) -> None:
        asyncio.get_running_loop().call_later(self.rng.uniform(0.0, self.within), dispatch)
