"""Who may use Quoth, by the operator's rules: in which servers, in DMs, and as a personal app."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from cachetools import TTLCache

from bot.conversation import Admitted, Place
from bot.errors import NotAdmitted
from bot.i18n.translate import later

log = logging.getLogger(__name__)

_KNOWN = 10_000  # people of whom it is remembered whether they are members
_MEMBER = 3600.0  # seconds for which a member counts as one, because Quoth does not hear of people who leave
_STRANGER = 300.0  # seconds until somebody who was no member is looked up again
_SERVERS = 100  # servers in which somebody is looked up at most
_AT_ONCE = 10  # requests
_PATIENCE = 10.0  # seconds for all of them

_SERVER = later("The bot's operator hasn't allowed Quoth in this server.")
_NO_DMS = later("The bot's operator has turned off questions in DMs. Ask in a server where Quoth is.")
_NO_INSTALLS = later("The bot's operator has turned off Quoth as a personal app. Ask in a server where Quoth is.")
_STRANGERS = later("Only members of a server where Quoth may be used can ask here.")


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The operator's rules. ``servers`` are the ids of the allowed servers; empty for all."""

    servers: frozenset[int] = frozenset()
    dms: Admitted = "members"
    installs: Admitted = "members"


class Access:
    """Applies the rules.

    Args:
        rules: the operator's.
        servers: returns the ids of the servers where Quoth is.
        is_member: looks up whether a person (the second id) is a member of a server; may raise anything.
        clock: seconds.
    """

    def __init__(
        self,
        rules: AccessRules,
        servers: Callable[[], Collection[int]],
        is_member: Callable[[int, int], Awaitable[bool]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rules = rules
        self._servers = servers
        self._is_member = is_member
        self._server_of: TTLCache[int, int] = TTLCache(_KNOWN, _MEMBER, clock)
        self._strangers: TTLCache[int, frozenset[int]] = TTLCache(_KNOWN, _STRANGER, clock)

    def allows(self, server: int) -> bool:
        """Whether Quoth may be used in a server."""
        return not self.rules.servers or server in self.rules.servers

    def saw(self, person: int, server: int) -> None:
        """Remember that a person is a member of a server where Quoth is."""
        if self.allows(server):
            self._server_of[person] = server

    async def check(self, place: Place, *, guest: bool) -> None:
        """Check that a person may ask in a place.

        Args:
            place: who asks where.
            guest: whether Quoth is used as a personal app there.

        Raises:
            NotAdmitted: they may not; the message says why.
        """
        if guest or place.guest:
            await self._admit(self.rules.installs, place.user, _NO_INSTALLS)
        elif place.guild is None:
            await self._admit(self.rules.dms, place.user, _NO_DMS)
        elif self.allows(place.guild):
            self.saw(place.user, place.guild)
        else:
            raise NotAdmitted(sentence=_SERVER)

    async def _admit(self, admitted: Admitted, person: int, off: str) -> None:
        if admitted == "off":
            raise NotAdmitted(sentence=off)
        if admitted == "members" and not await self._is_known(person):
            raise NotAdmitted(sentence=_STRANGERS)

    async def _is_known(self, person: int) -> bool:
        """Whether a person is a member of an allowed server where Quoth is, or that can't be found out."""
        servers = frozenset(filter(self.allows, self._servers()))
        if self._server_of.get(person) in servers:
            return True
        if self._strangers.get(person) == servers:
            return False
        try:
            async with asyncio.timeout(_PATIENCE):
                found = await self._look_up(person, servers)
        except Exception as error:  # noqa: BLE001 - whatever fails, it is not that person's fault
            log.warning("Whether somebody is a member can't be found out (%s), so they may ask.", type(error).__name__)
            return True
        if not found:
            self._strangers[person] = servers
        return found

    async def _look_up(self, person: int, servers: frozenset[int]) -> bool:
        """Look a person up in servers.

        Raises:
            Exception: they are in none of those that could be asked, but not all could be.
        """
        failure: BaseException | None = None
        asked = sorted(servers)[:_SERVERS]
        for start in range(0, len(asked), _AT_ONCE):
            some = asked[start : start + _AT_ONCE]
            answers = await asyncio.gather(*(self._is_member(each, person) for each in some), return_exceptions=True)
            for server, answer in zip(some, answers, strict=True):
                if answer is True:
                    self.saw(person, server)
                    return True
                if isinstance(answer, BaseException):
                    failure = answer
        if failure is not None:
            raise failure
        if len(servers) > _SERVERS:
            raise LookupError("too many servers")
        return False
