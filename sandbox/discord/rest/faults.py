"""Failures to order: "the next two edits answer 502"."""

from dataclasses import dataclass

from sandbox.discord.world.entities import Json

NO_ANSWER = 0
"""In the place of a status: the connection breaks before there is an answer."""


@dataclass
class Fault:
    """An ordered failure.

    Attributes:
        method: HTTP method to fail.
        route_part: Part of the route's template or of the path.
        status: HTTP status to answer, or `NO_ANSWER`.
        times: How often still.
        body: JSON to answer.
    """

    method: str
    route_part: str
    status: int
    times: int
    body: Json

    @property
    def by_cloudflare(self) -> bool:
        """Whether Discord itself is not reached: such a 429 says nothing of limits (discord.md section 1)."""
        return self.status == 429 and "retry_after" not in self.body

    def headers(self) -> dict[str, str]:
        """Extra headers; a 429 of Discord's must say when to come back."""
        return {"Retry-After": str(self.body["retry_after"])} if "retry_after" in self.body else {}


class Faults:
    """The failures that are still to happen, oldest first."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def order(self, method: str, route_part: str, status: int, times: int, body: Json | None) -> None:
        """Order a failure of the next `times` matching calls."""
        default: Json = {"message": f"{status}: ordered failure", "code": 0}
        if status == 429:
            default |= {"retry_after": 0.5, "global": False}
        self._ordered.append(Fault(method.upper(), route_part, status, times, default if body is None else body))

    def due(self, method: str, template: str, path: str) -> Fault | None:
        """The failure that this call meets, if any."""
        for fault in self._ordered:
            if (
                fault.times > 0
                and fault.method == method
                and (fault.route_part in template or fault.route_part in path)
            ):
                fault.times -= 1
                return fault
        return None
