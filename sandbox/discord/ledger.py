"""The log of every REST call, for tests and benchmarks."""

import logging
from dataclasses import dataclass

from sandbox.discord.world.errors import THREAD_ARCHIVED

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """One REST call as the server saw it.

    Attributes:
        at: Monotonic seconds when it arrived.
        method: HTTP method.
        route: The template, such as "/channels/{channel_id}/messages"; the path itself for unknown routes.
        path: The requested path.
        status: HTTP status of the response.
        code: Discord's error code in the response, None for success.
        bucket: Name of the rate limit rule, None when there is none.
        seconds: From arrival to response, including the modelled latency.
        ordered: Whether the response was a failure that a test had ordered.
        remaining: The X-RateLimit-Remaining header of the response, if it had one.
    """

    at: float
    method: str
    route: str
    path: str
    status: int
    code: int | None
    bucket: str | None
    seconds: float
    ordered: bool = False
    remaining: int | None = None


class Ledger:
    """All calls in order, and the list of what was requested but isn't modelled."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.unknown: list[str] = []

    def write(self, call: Call) -> None:
        """Record one call; a mistake is logged as an error."""
        self.calls.append(call)
        if _is_mistake(call):
            log.error("the sandbox's Discord answered 400 to %s %s, code %s", call.method, call.route, call.code)

    def missing(self, what: str) -> None:
        """Record, and log as an error, that something was requested that isn't modelled."""
        self.unknown.append(what)
        log.error("the sandbox's Discord doesn't model: %s", what)

    def with_status(self, *statuses: int) -> list[Call]:
        """Return the calls that got one of the statuses."""
        return [call for call in self.calls if call.status in statuses]

    def to(self, method: str, route_part: str) -> list[Call]:
        """Return the calls of a method whose route or path contains `route_part`."""
        return [call for call in self.calls if call.method == method and _matches(call, route_part)]

    @property
    def refused(self) -> list[Call]:
        """The calls that got a 4xx status, except rate limits."""
        return [call for call in self.calls if 400 <= call.status < 500 and call.status != 429]

    @property
    def mistakes(self) -> list[Call]:
        """The calls that no bot should make: those that got a 400, except where somebody else caused it."""
        return [call for call in self.calls if _is_mistake(call)]

    @property
    def limited(self) -> list[Call]:
        """The calls that got a 429."""
        return self.with_status(429)


def _is_mistake(call: Call) -> bool:
    return call.status == 400 and not call.ordered and call.code != THREAD_ARCHIVED


def _matches(call: Call, part: str) -> bool:
    return part in call.route or part in call.path
