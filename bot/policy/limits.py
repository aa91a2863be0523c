"""How much a person may ask in a place. Limits hold under any concurrency and across restarts."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.conversation import Asker, Place, ResolvedLimits, State
from bot.errors import AlreadyAsked, AnswerFailed, AnswerStalled, LimitExceeded
from bot.i18n.numbers import duration
from bot.i18n.translate import later, nlater
from storage.database import DatabaseFailure
from storage.limits import EVERYBODY, Limits, LimitsStore
from storage.usage import RetryTimes, TakenBeforeError, UsageLimits, UsageRow, UsageStore

log = logging.getLogger(__name__)

_AT_ONCE = nlater(
    "You can have only {count} question running at a time here. Please wait until it's answered.",
    "You can have only {count} questions running at a time here. Please wait until one is answered.",
)
_SERVER_DAY = nlater(
    "This server has reached today's limit of {count} question. Try again {when}.",
    "This server has reached today's limit of {count} questions. Try again {when}.",
)
_GUESTS_DAY = nlater(
    "Everyone who uses Quoth as a personal app shares {count} question a day, which was asked. Try again {when}.",
    "Everyone who uses Quoth as a personal app shares {count} questions a day, which were asked. Try again {when}.",
)
_OWN_DAY = nlater(
    "You've reached today's limit of {count} question. Try again {when}.",
    "You've reached today's limit of {count} questions. Try again {when}.",
)
_ALL_DAY = nlater(
    "You've reached today's limit of {count} question in all servers and DMs together. Try again {when}.",
    "You've reached today's limit of {count} questions in all servers and DMs together. Try again {when}.",
)
_PAUSE = later("Please wait {duration} between questions. Try again {when}.")
_UNKNOWN = later("Quoth can't check today's limits right now, so it can't take questions. Try again later.")


@dataclass(slots=True)
class Use:
    """An ask that the limits allowed; ``state`` is how far it has come, which decides whether it counts."""

    state: State = State.QUEUED


class RateLimiter:
    """Resolves and enforces limits.

    Args:
        limits: what admins set.
        usage: what was asked.
        default: what applies where no admin set a limit: the operator's settings.
    """

    def __init__(self, limits: LimitsStore, usage: UsageStore, default: ResolvedLimits) -> None:
        self._limits = limits
        self._usage = usage
        self._default = default
        self._running: Counter[Asker] = Counter()

    async def resolve(self, place: Place) -> ResolvedLimits:
        """Look up the limits of a person in a place: those of their roles, else the server's, else the operator's."""
        rows: Mapping[int, Limits] = {}
        if place.guild is not None and not place.guest:
            rows = await self._limits.of(place.guild)
        server = rows.get(EVERYBODY, Limits())
        roles = [rows[role] for role in place.roles if role in rows]
        default = self._default
        return ResolvedLimits(
            _in_effect((row.per_person for row in roles), server.per_person, default.per_person),
            _in_effect((row.per_server for row in roles), server.per_server, default.per_server),
            _in_effect((row.at_once for row in roles), server.at_once, default.at_once),
            _in_effect((row.cooldown for row in roles), server.cooldown, default.cooldown),
            default.per_person_total,
            _in_effect((row.files for row in roles), server.files, default.files),
            _in_effect((row.file_mb for row in roles), server.file_mb, default.file_mb),
        )

    async def check_day(self, ask: int, place: Place, model: str, limits: ResolvedLimits) -> None:
        """Refuse an ask that has to wait for its turn, if the limits of a day leave no room for it. Counts nothing.

        Raises:
            LimitExceeded: a limit is reached.
        """
        counted = UsageLimits(limits.per_person, limits.per_server, 0, limits.per_person_total)
        if counted == UsageLimits():
            return
        row = UsageRow(ask, place.asker.guild, place.user, model, time.time())
        with contextlib.suppress(DatabaseFailure):  # `acquire` will tell
            if retry := await self._usage.retry_times(row, counted):
                raise _refusal(retry, limits, place)

    @asynccontextmanager
    async def acquire(self, ask: int, place: Place, model: str, limits: ResolvedLimits) -> AsyncGenerator[Use]:
        """Count an ask, and hold its slot among those that run while the block lasts.

        An ask that Poe did not take is not counted in the end: the block notes in ``Use.state`` how far it came.

        Raises:
            LimitExceeded: a limit is reached.
            AlreadyAsked: this ask was counted before.
        """
        asker = place.asker
        if limits.at_once and self._running[asker] >= limits.at_once:
            raise LimitExceeded(sentence=_AT_ONCE, count=limits.at_once)
        self._running[asker] += 1
        try:
            await self._record(ask, place, model, limits)
            async with self._removed_if_not_asked(ask, place.user) as use:
                yield use
        finally:
            self._running[asker] -= 1
            if not self._running[asker]:
                del self._running[asker]

    async def _record(self, ask: int, place: Place, model: str, limits: ResolvedLimits) -> None:
        row = UsageRow(ask, place.asker.guild, place.user, model, time.time())
        counted = UsageLimits(limits.per_person, limits.per_server, limits.cooldown, limits.per_person_total)
        try:
            retry = await self._usage.take(row, counted)
        except DatabaseFailure as error:
            if counted != UsageLimits():
                raise LimitExceeded(f"Limits can't be checked: {error}.", sentence=_UNKNOWN) from error
            log.error("An ask is answered without being counted: %s", error)
            return
        except TakenBeforeError as error:
            raise AlreadyAsked from error
        if retry is not None:
            raise _refusal(retry, limits, place)

    @asynccontextmanager
    async def _removed_if_not_asked(self, ask: int, user: int) -> AsyncGenerator[Use]:
        use = Use()
        try:
            yield use
        except Exception as error:
            # A stalled or failed answer was asked for; any other error before the first text means that it was not.
            if use.state is State.ASKING and not isinstance(error, AnswerStalled | AnswerFailed):
                use.state = State.QUEUED
            raise
        finally:
            if use.state in (State.QUEUED, State.READING):
                with contextlib.suppress(DatabaseFailure):  # then it was not recorded either
                    await asyncio.shield(self._usage.give_back(ask, user))


def _refusal(retry: RetryTimes, limits: ResolvedLimits, place: Place) -> LimitExceeded:
    """Return the error for the limit that is in the way for longest."""
    latest, sentence, count = max(
        (retry.per_person, _OWN_DAY, limits.per_person),
        (retry.per_server, _GUESTS_DAY if place.guest else _SERVER_DAY, limits.per_server),
        (retry.cooldown, _PAUSE, limits.cooldown),
        (retry.per_person_total, _ALL_DAY, limits.per_person_total),
        key=lambda limit: limit[0],
    )
    return LimitExceeded(sentence=sentence, count=count, duration=duration(count), when=f"<t:{int(latest) + 1}:R>")


def _in_effect(roles: Iterable[int | None], server: int | None, default: int) -> int:
    """Return the most generous of a member's roles, else the server's limit, else the operator's; 0 is no limit."""
    of_roles = [value for value in roles if value is not None]
    if of_roles:
        return 0 if 0 in of_roles else max(of_roles)
    return default if server is None else server
