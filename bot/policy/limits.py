"""How much a person may ask in a place, counted so that it holds under any concurrency and after a restart."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields

from bot.conversation import Asker, Place, State
from bot.errors import AnswerFailed, AnswerStalled, LimitExceeded, QuothError
from bot.i18n.translate import later, nlater
from storage.database import DatabaseFailure
from storage.limits import EVERYBODY, Limits, LimitsStore
from storage.usage import Room, UseRow, UsesStore

log = logging.getLogger(__name__)

_AT_ONCE = nlater(
    "Only {count} of your questions may run at the same time here. Please wait for the other one.",
    "Only {count} of your questions may run at the same time here. Please wait for the others.",
)
_SERVER_DAY = later("This server's questions for a day are used up ({count}). Try again {when}.")
_OWN_DAY = later("Your questions here for a day are used up ({count}). Try again {when}.")
_PAUSE = nlater(
    "There is a pause of {count} second between two questions here. Try again {when}.",
    "There is a pause of {count} seconds between two questions here. Try again {when}.",
)


@dataclass(slots=True)
class Use:
    """One ask that was let in; ``state`` is how far it came, and decides whether it counts."""

    state: State = State.QUEUED


class Gate:
    """Lets asks in.

    Args:
        limits: what admins said.
        uses: what was asked.
        default: the operator's own limits; none of them is None.
    """

    def __init__(self, limits: LimitsStore, uses: UsesStore, default: Limits) -> None:
        self._limits = limits
        self._uses = uses
        self._default = default
        self._running: Counter[Asker] = Counter()

    async def at(self, place: Place) -> Limits:
        """Return the limits of a person in a place: their roles', else the server's, else the operator's."""
        rows: Mapping[int, Limits] = await self._limits.of(place.guild) if place.guild is not None else {}
        everybody = rows.get(EVERYBODY, Limits())
        mine = [rows[role] for role in place.roles if role in rows]

        def of(name: str) -> int:
            by_role = _kindest(getattr(row, name) for row in mine)
            by_server = getattr(everybody, name)
            return next(value for value in (by_role, by_server, getattr(self._default, name)) if value is not None)

        return Limits(**{field.name: of(field.name) for field in fields(Limits)})

    async def of_everybody(self, guild: int) -> Limits:
        """Return a server's limits for members without a role that has its own."""
        return await self.at(Place(0, 0, guild))

    @asynccontextmanager
    async def let_in(self, ask: int, place: Place, model: str) -> AsyncGenerator[Use]:
        """Take a use for an ask inside of this block; it is given back where Poe did not take the question.

        Raises:
            LimitExceeded: there is no room for it.
        """
        limits = await self.at(place)
        asker = place.asker
        if limits.at_once and self._running[asker] >= limits.at_once:
            raise LimitExceeded(sentence=_AT_ONCE, count=limits.at_once)
        self._running[asker] += 1
        try:
            await self._take(ask, place, model, limits)
            async with self._given_back(ask, place.user) as use:
                yield use
        finally:
            self._running[asker] -= 1
            if not self._running[asker]:
                del self._running[asker]

    async def _take(self, ask: int, place: Place, model: str, limits: Limits) -> None:
        now = time.time()
        room = Room(limits.per_person or 0, limits.per_server or 0, limits.cooldown or 0)
        try:
            free = await self._uses.take(UseRow(ask, place.asker.guild, place.user, model, now), room)
        except DatabaseFailure as error:
            log.error("An ask can't be counted, and is answered all the same: %s", error)
            return
        if free is None:
            return
        until = max(free.per_person, free.per_server, free.cooldown)
        if until == free.per_server:
            sentence, count = _SERVER_DAY, room.per_server
        elif until == free.per_person:
            sentence, count = _OWN_DAY, room.per_person
        else:
            sentence, count = _PAUSE, room.cooldown
        raise LimitExceeded(sentence=sentence, count=count, when=f"<t:{int(until) + 1}:R>")

    @asynccontextmanager
    async def _given_back(self, ask: int, user: int) -> AsyncGenerator[Use]:
        use = Use()
        try:
            yield use
        except QuothError as error:
            # An answer that stalled or failed was asked for; whatever else comes before a text was not.
            if use.state is State.ASKING and not isinstance(error, AnswerStalled | AnswerFailed):
                use.state = State.QUEUED
            raise
        finally:
            if use.state is State.QUEUED:
                with contextlib.suppress(DatabaseFailure):  # then it was not taken either
                    await asyncio.shield(self._uses.give_back(ask, user))


def _kindest(values: Iterable[int | None]) -> int | None:
    """The highest limit; 0, which is none, is higher than any."""
    said = [value for value in values if value is not None]
    return None if not said else 0 if 0 in said else max(said)
