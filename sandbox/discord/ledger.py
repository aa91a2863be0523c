"""The book of every REST call, for tests and benchmarks to read afterwards."""

import logging
from dataclasses import dataclass

from sandbox.discord.world.errors import THREAD_ARCHIVED

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """One REST call as this Discord saw it.

    Attributes:
        at: Monotonic seconds when it arrived.
        method: HTTP method.
        route: The template, e.g. "/channels/{channel_id}/messages"; the path itself for unknown routes.
        path: The path that was asked for.
        status: HTTP status of the answer.
        code: Discord's error code in the answer, None for success.
        bucket: Name of the rate limit rule, None when there is none.
        seconds: From arrival to answer, the modelled latency included.
        ordered: Whether the answer was a failure that somebody had ordered.
        remaining: What the answer said is left in the bucket, None where it said nothing.
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
    """All calls in order, and everything that was asked for but isn't modelled."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.unknown: list[str] = []

    def write(self, call: Call) -> None:
        """Book one call; a mistake is logged as an error."""
        self.calls.append(call)
        if _is_mistake(call):
            log.error("the stand-in Discord refused as wrong: %s %s, code %s", call.method, call.route, call.code)

    def missing(self, what: str) -> None:
        """Book, and log as an error, that something was asked for that does not exist here."""
        self.unknown.append(what)
        log.error("the stand-in Discord does not know: %s", what)

    def with_status(self, *statuses: int) -> list[Call]:
        """The calls that were answered with one of the statuses."""
        return [call for call in self.calls if call.status in statuses]

    def to(self, method: str, route_part: str) -> list[Call]:
        """The calls of a method whose route or path contains `route_part`."""
        return [call for call in self.calls if call.method == method and _matches(call, route_part)]

    @property
    def refused(self) -> list[Call]:
        """The calls that were answered with 400 to 499, rate limits excepted."""
        return [call for call in self.calls if 400 <= call.status < 500 and call.status != 429]

    @property
    def mistakes(self) -> list[Call]:
        """The calls that no bot should make: answered with 400, and not because of what others did."""
        return [call for call in self.calls if _is_mistake(call)]

    @property
    def limited(self) -> list[Call]:
        """The calls that were answered with 429."""
        return self.with_status(429)


def _is_mistake(call: Call) -> bool:
    return call.status == 400 and not call.ordered and call.code != THREAD_ARCHIVED


def _matches(call: Call, part: str) -> bool:
    return part in call.route or part in call.path
