"""How Quoth is: whether it is alive, whether it can answer, and what keeps asks waiting.

What only keeps asks waiting, such as a lost login at Poe, is no failure: a new start would not mend it.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import discord

from bot.errors import ChallengeShown, KeyRefused, LimitReached, LoginRequired, PoeError, PoeUnreachable
from bot.ops.gateway_watch import GatewayWatch, is_connected
from bot.ops.poe_notices import PoeNotices
from storage.database import DatabaseFailure

log = logging.getLogger(__name__)

_BEAT = 1.0  # seconds between two signs of life of the event loop
_DEAD = 10.0  # seconds without one
_DATABASE = 2.0  # seconds that the database may take
_HOLDS: dict[type[PoeError], str] = {
    LoginRequired: "login",
    ChallengeShown: "challenge",
    KeyRefused: "key",
    LimitReached: "limit",
    PoeUnreachable: "unreachable",
}
HOLD_REASONS = (*_HOLDS.values(), "other")
"""What can keep asks from Poe."""


def hold_reason(trouble: PoeError) -> str:
    """Return which of the ``HOLD_REASONS`` an error is."""
    return next((name for kind, name in _HOLDS.items() if isinstance(trouble, kind)), "other")


class Health:
    """Knows how a bot is, as long as `watch` runs.

    Args:
        client: the bot.
        gateway: looks at the bot's connections.
        notices: know how Poe is doing.
        ask_database: reads something from the database.
        warmed_up: returns whether Poe was made ready for a first question, or can't be.
    """

    def __init__(
        self,
        client: discord.Client,
        gateway: GatewayWatch,
        notices: PoeNotices,
        ask_database: Callable[[], Awaitable[object]],
        warmed_up: Callable[[], bool],
    ) -> None:
        self._client = client
        self._gateway = gateway
        self._notices = notices
        self._ask_database = ask_database
        self._warmed_up = warmed_up
        self._beat = time.monotonic()
        self.on_lag: Callable[[float], None] | None = None
        """Called every second with the seconds by which the event loop was late."""

    async def watch(self) -> None:
        """Look at the event loop and the gateway every second, until cancelled."""
        while True:
            started = time.monotonic()
            await asyncio.sleep(_BEAT)
            self._beat = time.monotonic()
            if self.on_lag:
                self.on_lag(max(0.0, self._beat - started - _BEAT))
            self._gateway.look()

    def dead(self) -> list[str]:
        """Return why Quoth should be started again; empty if it is alive."""
        if time.monotonic() - self._beat > _DEAD:
            return [f"the event loop did not turn for {time.monotonic() - self._beat:.0f} s"]
        return self._gateway.deaf()

    async def unready(self) -> list[str]:
        """Return why Quoth can't answer; empty if it can."""
        reasons = self.dead()
        if not is_connected(self._client):
            reasons.append("Discord is not connected")
        if await self.database_seconds() is None:
            reasons.append("the database does not answer")
        return reasons

    async def database_seconds(self) -> float | None:
        """Return how long the database takes for something small; None if it fails or takes too long."""
        started = time.monotonic()
        try:
            await asyncio.wait_for(self._ask_database(), _DATABASE)
        except (DatabaseFailure, TimeoutError, ValueError):  # ValueError: it is closed
            return None
        return time.monotonic() - started

    def degraded(self) -> list[str]:
        """Return what keeps asks waiting."""
        trouble = self._notices.trouble
        reasons = [f"Poe: {hold_reason(trouble)}"] if trouble else [] if self._warmed_up() else ["Poe: starting"]
        return [*reasons, "maintenance"] if self._notices.maintenance else reasons

    @property
    def ready(self) -> bool:
        """Whether Quoth was connected to Discord at least once."""
        return self._client.is_ready()

    def summary(self) -> str:
        """Return one line about all of it but the database."""
        if reasons := self.dead():
            return "; ".join(reasons)
        if not is_connected(self._client):
            return "not connected to Discord"
        return "; ".join([f"connected, in {len(self._client.guilds)} servers", *self.degraded()])
