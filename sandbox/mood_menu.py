"""Poe's moods as the menu of the demo page: the one place where the simulated Discord and Poe meet."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

from sandbox.discord.page.menu import AMOUNT, Option
from sandbox.poe.moods.catalogue import BY_NAME, GROUPS, Mood
from sandbox.poe.sandbox import PoeSandbox

_SKINS = ("skin-2026", "skin-2023")
_AMOUNTS = {"stall": 300.0, "challenge-clears": 10.0, "hang": 20.0}
"""Default amounts that suit a person better than a test."""
_AWAY = 5.0
_NO_POINTS = 60.0


class MoodMenu:
    """Turns moods of a running PoeSandbox on and off, for everyone who uses it.

    Args:
        poe: The simulated Poe.
    """

    title = "Poe's mood"

    def __init__(self, poe: PoeSandbox) -> None:
        self._poe = poe
        self._actions: dict[str, tuple[str, Callable[[], None]]] = {
            "drop": ("Drop every connection", poe.drop_sockets),
            "away": (f"Go offline for {_AWAY:g} s", lambda: poe.go_away(_AWAY)),
            "log-out": ("End every login", poe.log_out),
            "points": (f"No points for {_NO_POINTS:g} s", lambda: poe.use_up_points(_NO_POINTS)),
        }

    def options(self) -> Sequence[Option]:
        """Return every mood, in the catalogue's groups."""
        on = self._poe.switches.current()
        return [self._option(mood, group, on) for group, moods in GROUPS.items() for mood in moods]

    def actions(self) -> Mapping[str, str]:
        """Return what Poe can do once."""
        return {key: label for key, (label, _) in self._actions.items()}

    def links(self) -> Mapping[str, str]:
        """Return the URLs of Poe's page and of its logs."""
        url = self._poe.url
        return {"Poe's page": f"{url}/", "What Poe received": f"{url}/__ledger", "What Poe sent": f"{url}/__trace"}

    def choose(self, key: str, on: bool, amount: float | None) -> None:
        """Turn a mood on or off.

        Raises:
            LookupError: There is no such mood.
            ValueError: The amount is not a number from 0 on.
        """
        if key not in BY_NAME:
            raise LookupError(f"Poe has no mood {key!r}")
        if amount is not None and not (math.isfinite(amount) and amount >= 0):
            raise ValueError("The amount must be a number, 0 or more")
        if key in _SKINS:
            # The default skin is not a mood that is on, but the other one being off.
            self._poe.switch("skin-2023", on=on == (key == "skin-2023"))
            return
        self._poe.switch(key if amount is None else f"{key}={amount}", on=on)

    def act(self, key: str) -> None:
        """Do something once.

        Raises:
            LookupError: There is no such action.
        """
        if key not in self._actions:
            raise LookupError(f"Poe has no action {key!r}")
        self._actions[key][1]()

    def reset(self) -> None:
        """Turn all moods off."""
        self._poe.reset()

    def subscribed(self, listener: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `listener` after every change within the block."""
        return self._poe.switches.subscribed(listener)

    def _option(self, mood: Mood, group: str, on: Mapping[str, float]) -> Option:
        if mood.name in _SKINS:
            old = mood.name == "skin-2023"
            return Option(mood.name, group, mood.sentence, old == ("skin-2023" in on), exclusive=True)
        default = _AMOUNTS.get(mood.name, mood.amount)
        amount = on.get(mood.name, default) if AMOUNT in mood.sentence else None
        return Option(mood.name, group, mood.sentence, mood.name in on, amount)
