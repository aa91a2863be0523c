"""Poe's moods as the menu of the demo page: the one place where the simulated Discord, Poe and Quoth meet."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sandbox.discord.page.menu import AMOUNT, Option
from sandbox.poe.moods.catalogue import BY_NAME, GROUPS, Mood
from sandbox.poe.sandbox import PoeSandbox
from sandbox.running_bot import Backend

_SKINS = ("skin-2026", "skin-2023")
_PLAIN = {
    "slow": ("Slow", "Answers begin AMOUNT s late.", 10.0),
    "stall": ("Stalls", "Answers stop after AMOUNT characters and never go on.", 300.0),
    "drop": (
        "Connection drops",
        "After AMOUNT characters the connection to Poe breaks, and a new one is made.",
        200.0,
    ),
    "login": (
        "Login lost",
        "Poe asks for a login, and its API for a valid key. Nobody is answered until somebody logs in again.",
        None,
    ),
    "points": ("Points used up", "Poe refuses every question for AMOUNT s.", 60.0),
}
"""The moods that people know from real life, with their titles and default amounts."""
_AMOUNTS = {"challenge-clears": 10.0, "hang": 20.0}
"""Default amounts that suit a person better than a test."""
_AWAY = 5.0


class Quoth(Protocol):
    """The running bot, as far as the menu controls it."""

    def go_on(self) -> None:
        """Have it ask Poe again at once: what held its questions back is over."""
        ...

    async def restart(self) -> None:
        """Stop it and start it again."""
        ...

    @property
    def backend(self) -> Backend:
        """The way in which it asks Poe."""
        ...

    async def use(self, backend: Backend) -> None:
        """Restart it with another backend."""
        ...


class MoodMenu:
    """Turns moods of a running PoeSandbox on and off, for everyone who uses it.

    Args:
        poe: The simulated Poe.

    Attributes:
        quoth: The bot, once it runs.
    """

    title = "Poe's mood"

    def __init__(self, poe: PoeSandbox) -> None:
        self._poe = poe
        self.quoth: Quoth | None = None
        self._actions: dict[str, tuple[str, Callable[[], None]]] = {
            "drop": ("Drop every connection", poe.drop_sockets),
            "away": (f"Take Poe offline for {_AWAY:g} s", lambda: poe.go_away(_AWAY)),
        }

    def options(self) -> Sequence[Option]:
        """Return every mood: first the plain ones, then the rest in the catalogue's groups."""
        on = self._poe.switches.current()
        rest = [(mood, group) for group, moods in GROUPS.items() for mood in moods if mood.name not in _PLAIN]
        return [*(self._plain(key, on) for key in _PLAIN), *(self._option(mood, group, on) for mood, group in rest)]

    def actions(self) -> Mapping[str, str]:
        """Return what can be done once."""
        quoth: dict[str, str] = {}
        if self.quoth:
            other, now = ("API", "page") if self.quoth.backend == "browser" else ("page", "API")
            backend = f"Ask by Poe's {other} instead of its {now}"
            quoth = {"restart": "Restart Quoth: old buttons still work", "backend": backend}
        return quoth | {key: label for key, (label, _) in self._actions.items()}

    def links(self) -> Mapping[str, str]:
        """Return the URLs of Poe's page and of its logs."""
        url = self._poe.url
        received = {"What Poe received": f"{url}/__ledger", "What its API received": f"{self._poe.api_url}/__calls"}
        return {"Poe's page": f"{url}/", **received, "What Poe sent": f"{url}/__trace"}

    def choose(self, key: str, on: bool, amount: float | None) -> None:
        """Turn a mood on or off.

        Raises:
            LookupError: There is no such mood.
            ValueError: The amount is not a number from 0 on.
        """
        if key not in BY_NAME and key not in _PLAIN:
            raise LookupError(f"Poe has no mood {key!r}")
        if amount is not None and not (math.isfinite(amount) and amount >= 0):
            raise ValueError("The amount must be a number, 0 or more")
        if key == "login":
            self._poe.log_out() if on else self._poe.log_in()
        elif key == "points":
            default = _PLAIN[key][2] or 0.0
            self._poe.use_up_points((default if amount is None else amount) if on else 0.0)
        elif key in _SKINS:
            # The default skin is not a mood that is on, but the other one being off.
            self._poe.switch("skin-2023", on=on == (key == "skin-2023"))
        else:
            self._poe.switch(key if amount is None else f"{key}={amount}", on=on)
        if not on:
            self._go_on()

    async def act(self, key: str) -> None:
        """Do something once.

        Raises:
            LookupError: There is no such action.
        """
        if key not in self.actions():
            raise LookupError(f"Poe has no action {key!r}")
        if key == "restart" and self.quoth:
            await self.quoth.restart()
        elif key == "backend" and self.quoth:
            await self.quoth.use("api" if self.quoth.backend == "browser" else "browser")
            self._poe.switches.notify()  # so that every page shows the new label
        else:
            self._actions[key][1]()

    def reset(self) -> None:
        """Turn all moods off, so that the next question is answered."""
        self._poe.reset()
        self._go_on()

    def subscribed(self, listener: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `listener` after every change within the block."""
        return self._poe.switches.subscribed(listener)

    def _go_on(self) -> None:
        if self.quoth:
            self.quoth.go_on()

    def _plain(self, key: str, on: Mapping[str, float]) -> Option:
        title, sentence, amount = _PLAIN[key]
        if key == "login":
            return Option(key, "", sentence, self._poe.login_wanted, title=title, remedy="Log in again")
        if key == "points":
            used_up = self._poe.points_used_up
            return Option(key, "", sentence, used_up, amount, title=title, remedy="Give points back")
        return Option(key, "", sentence, key in on, on.get(key, amount), title=title)

    def _option(self, mood: Mood, group: str, on: Mapping[str, float]) -> Option:
        if mood.name in _SKINS:
            old = mood.name == "skin-2023"
            return Option(mood.name, group, mood.sentence, old == ("skin-2023" in on), exclusive=True)
        default = _AMOUNTS.get(mood.name, mood.amount)
        amount = on.get(mood.name, default) if AMOUNT in mood.sentence else None
        return Option(mood.name, group, mood.sentence, mood.name in on, amount)
