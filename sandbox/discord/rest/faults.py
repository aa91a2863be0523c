"""Failures that tests order, such as "the next two edits get a 502"."""

from dataclasses import dataclass

from sandbox.discord.world.entities import Json

NO_ANSWER = 0
"""Instead of a status: the connection breaks before there is a response."""


@dataclass
class Fault:
    """An ordered failure.

    Attributes:
        method: HTTP method to fail.
        route_part: Part of the route's template or of the path.
        status: HTTP status of the response, or `NO_ANSWER`.
        times: How many more calls fail.
        body: JSON of the response.
        applied: Whether Discord does what was requested all the same, so that only its answer is lost.
    """

    method: str
    route_part: str
    status: int
    times: int
    body: Json
    applied: bool = False

    @property
    def by_cloudflare(self) -> bool:
        """Whether the 429 comes from Cloudflare and has no rate limit headers (discord.md section 1)."""
        return self.status == 429 and "retry_after" not in self.body

    def headers(self) -> dict[str, str]:
        """Return extra headers; a 429 by Discord says when to try again."""
        return {"Retry-After": str(self.body["retry_after"])} if "retry_after" in self.body else {}


class Faults:
    """The ordered failures, oldest first."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def order(
        self, method: str, route_part: str, status: int, times: int, body: Json | None, *, applied: bool = False
    ) -> None:
        """Make the next `times` matching calls fail, or only their answers if they are `applied`."""
        default: Json = {"message": f"{status}: ordered failure", "code": 0}
        if status == 429:
            default |= {"retry_after": 0.5, "global": False}
        body = default if body is None else body
        self._ordered.append(Fault(method.upper(), route_part, status, times, body, applied))

    def due(self, method: str, template: str, path: str) -> Fault | None:
        """Return the failure of this call, if any, and count it."""
        for fault in self._ordered:
            if (
                fault.times > 0
                and fault.method == method
                and (fault.route_part in template or fault.route_part in path)
            ):
                fault.times -= 1
                return fault
        return None
