"""The API's errors: the documented statuses, and why an ask is refused (next.md section A5, poe.md section 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.poe.moods.catalogue import Moods

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "insufficient_credits",
    403: "moderation_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "provider_error",
    502: "upstream_error",
    503: "upstream_error",
    529: "overloaded_error",
}
LIMIT = 500
"""Requests per minute."""
RETRY_AFTER = 30
"""Seconds that a 429 or 503 asks for unless a mood says otherwise."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an ask isn't answered: an HTTP status, or an error event of the bot protocol inside a 200."""

    status: int
    """The status at `/v1`, and at `/bot` if there is no event."""
    sentence: str
    event: Mapping[str, object] | None = None
    """What `/bot` says instead of the status."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    page: str | None = None
    """An HTML page that comes instead of JSON."""


def _rate_limit(seconds: float) -> Refusal:
    limits = {"limit": f"{LIMIT}", "remaining": "0", "reset": f"{seconds:g}"}
    headers = {f"x-ratelimit-{name}-requests": value for name, value in limits.items()}
    return Refusal(429, "Too many requests", headers=headers | {"Retry-After": f"{seconds:g}"})


BAD_KEY = Refusal(401, "Incorrect API key provided.")
NO_POINTS = Refusal(
    402,
    "You do not have enough points to message this bot.",
    {
        "allow_retry": False,
        "text": "You do not have enough points to message this bot.",
        "error_type": "insufficient_fund",
    },
)
NO_BOT = Refusal(404, "Bot does not exist", {"allow_retry": False, "text": "Bot does not exist"})
_TOO_LONG = {
    "allow_retry": False,
    "text": "The message is too long for this bot.",
    "error_type": "user_message_too_long",
}
_MODERATED = {"allow_retry": False, "text": "This request was refused.", "error_type": "user_caused_error"}
_NO_ACCESS = {"allow_retry": False, "text": "Access denied"}
_PAGE = "<!DOCTYPE html><html><head><title>Poe</title></head><body>Quoth's sandbox, not an event stream.</body></html>"
_INTERNAL = {"allow_retry": True, "text": "Internal server error"}

EVENTS: dict[str, Mapping[str, object]] = {
    "error_user_message_too_long": _TOO_LONG,
    "error_insufficient_fund": NO_POINTS.event or {},
}
"""The error event for an answer's final state; all other states have `_INTERNAL`."""

_BY_MOOD: dict[str, Refusal] = {
    "reached-limit": NO_POINTS,
    "limit-at": NO_POINTS,
    "limit-in": NO_POINTS,
    "too-many-tokens": Refusal(413, "The message is too long for this bot.", _TOO_LONG),
    "no-access": Refusal(403, "Access denied", _NO_ACCESS),
    "moderated": Refusal(403, "This request was refused.", _MODERATED),
    "not-found": NO_BOT,
    "server-error": Refusal(500, "Internal server error", _INTERNAL),
    "rate-limit-exceeded": _rate_limit(RETRY_AFTER),
    "html": Refusal(200, "", page=_PAGE),
    "redirect": Refusal(307, "", page=""),
    "concurrent-messages": _rate_limit(RETRY_AFTER),
}


def refusal(moods: Moods) -> Refusal | None:
    """Return how an ask is refused in these moods; None if it is answered."""
    if (status := moods.get("api-status", moods.get("unavailable"))) is not None:
        headers = {"Retry-After": str(RETRY_AFTER)} if status in (429, 503) else {}
        return Refusal(int(status), f"Quoth's sandbox refuses with {int(status)}.", headers=headers)
    if (seconds := moods.get("api-rate-limit")) is not None:
        return _rate_limit(seconds)
    return next((refused for name, refused in _BY_MOOD.items() if name in moods), None)


def event_of(state: str) -> Mapping[str, object]:
    """Return the data of the error event for an answer that ended in this state."""
    return EVENTS.get(state, _INTERNAL)


def refusal_of(state: str) -> Refusal:
    """Return how `/v1` refuses an answer that ended in this state."""
    status = {"error_user_message_too_long": 413, "error_insufficient_fund": 402}.get(state, 500)
    return Refusal(status, str(event_of(state)["text"]))


def body(refused: Refusal, moods: Moods) -> dict[str, object]:
    """Return an error's JSON in the documented form, or in the one that was recorded (mood `recorded-errors`)."""
    error: dict[str, object] = {"type": TYPES.get(refused.status, "provider_error"), "message": refused.sentence}
    if "recorded-errors" not in moods:
        error |= {"code": refused.status, "metadata": {}}
    elif refused.status == 400:
        error |= {"param": None, "code": "model_not_found"}
    return {"error": error}


def response(request: web.Request, refused: Refusal, moods: Moods) -> web.Response:
    """Return the HTTP response of a refusal; a redirect leads to the same server by another name."""
    headers = dict(refused.headers)
    if refused.status == 307:
        headers["Location"] = str(request.url.with_host("localhost").with_path("/elsewhere" + request.path))
    if refused.page is not None:
        return web.Response(text=refused.page, status=refused.status, headers=headers, content_type="text/html")
    return web.json_response(body(refused, moods), status=refused.status, headers=headers)
