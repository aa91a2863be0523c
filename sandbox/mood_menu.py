"""The stand-in Poe's moods as the menu of the demo page: the one place where the two stand-ins meet."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

from sandbox.discord.page.menu import AMOUNT, Option
from sandbox.poe.moods.catalogue import BY_NAME, GROUPS, Mood
from sandbox.poe.sandbox import PoeSandbox

_LOOKS = ("skin-2026", "skin-2023")
_AMOUNTS = {"stall": 300.0, "challenge-clears": 10.0, "hang": 20.0}
"""Where a person wants to see something else than a test does."""
_AWAY = 5.0
_POOR = 60.0


class MoodMenu:
    """Chooses the moods of a running stand-in for everybody who visits it.

    Args:
        poe: The stand-in.
    """

    title = "Poe's mood"

    def __init__(self, poe: PoeSandbox) -> None:
        self._poe = poe
        self._acts: dict[str, tuple[str, Callable[[], None]]] = {
            "drop": ("Drop every connection", poe.drop_sockets),
            "away": (f"Go away for {_AWAY:g} s", lambda: poe.go_away(_AWAY)),
            "log-out": ("Forget every login", poe.log_out),
            "points": (f"No points for {_POOR:g} s", lambda: poe.use_up_points(_POOR)),
        }

    def options(self) -> Sequence[Option]:
        """Every mood, in the repertoire's groups."""
        on = self._poe.switches.current()
        return [self._option(mood, group, on) for group, moods in GROUPS.items() for mood in moods]

    def acts(self) -> Mapping[str, str]:
        """What the stand-in can do at once."""
        return {key: label for key, (label, _) in self._acts.items()}

    def links(self) -> Mapping[str, str]:
        """The stand-in's own page, and what reached it."""
        url = self._poe.url
        return {"Its page": f"{url}/", "What it received": f"{url}/__ledger", "What it sent": f"{url}/__trace"}

    def choose(self, key: str, on: bool, amount: float | None) -> None:
        """Turn a mood on or off.

        Raises:
            LookupError: There is no such mood.
            ValueError: The amount is no number that a mood can have.
        """
        if key not in BY_NAME:
            raise LookupError(f"Poe has no mood {key!r}")
        if amount is not None and not (math.isfinite(amount) and amount >= 0):
            raise ValueError("An amount is a number from 0 on")
        if key in _LOOKS:
            # The usual look is no mood but the lack of the other one.
            self._poe.switch("skin-2023", on=on == (key == "skin-2023"))
            return
        self._poe.switch(key if amount is None else f"{key}={amount}", on=on)

    def act(self, key: str) -> None:
        """Do something once.

        Raises:
            LookupError: There is no such act.
        """
        if key not in self._acts:
            raise LookupError(f"Poe can't do {key!r}")
        self._acts[key][1]()

    def reset(self) -> None:
        """Let all be well."""
        self._poe.all_well()

    def listening(self, hear: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `hear` after every change for the length of the block."""
        return self._poe.switches.listening(hear)

    def _option(self, mood: Mood, group: str, on: Mapping[str, float]) -> Option:
        if mood.name in _LOOKS:
            old = mood.name == "skin-2023"
            return Option(mood.name, group, mood.sentence, old == ("skin-2023" in on), alone=True)
        usual = _AMOUNTS.get(mood.name, mood.amount)
        amount = on.get(mood.name, usual) if AMOUNT in mood.sentence else None
        return Option(mood.name, group, mood.sentence, mood.name in on, amount)
