"""What the API accepts as a request."""

import json
from typing import cast

from aiohttp import web

from sandbox.poe.api.errors import Refusal

_ROLES = frozenset(("system", "user", "bot", "tool"))
_STANDARD = frozenset(
    (
        *("model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature"),
        *("top_p", "stop", "n", "tools", "tool_choice", "parallel_tool_calls", "response_format", "seed", "user"),
        *("presence_penalty", "frequency_penalty", "logit_bias", "metadata", "store", "logprobs", "top_logprobs"),
    )
)


async def json_body(request: web.Request) -> dict[str, object]:
    """Return the request's JSON object; an empty one if it is something else."""
    try:
        found = cast("object", json.loads(await request.read()))
    except ValueError:
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def malformed_query(body: dict[str, object]) -> Refusal | None:
    """Return why a query of the bot protocol can't be read, if so (fastapi_poe's types: QueryRequest)."""
    if body.get("type") != "query" or not isinstance(body.get("version"), str):
        return Refusal(400, "A query needs `type` and `version`.")
    if missing := [name for name in ("user_id", "conversation_id", "message_id") if name not in body]:
        return Refusal(400, f"A query needs {', '.join(missing)}.")
    for message in _messages(body.get("query")):
        if message.get("role") not in _ROLES or not isinstance(message.get("content"), str):
            return Refusal(400, "Every message of a query needs a role that Poe knows and a text.")
    return None if _messages(body.get("query")) else Refusal(400, "A query needs messages.")


def malformed_completion(body: dict[str, object], parameters: frozenset[str]) -> Refusal | None:
    """Return why a request for a completion is refused, if so: undeclared fields are, since 2026-04-24."""
    if not _messages(body.get("messages")):
        return Refusal(400, "A completion needs messages.")
    if unknown := sorted(body.keys() - _STANDARD - parameters):
        return Refusal(400, f"The model doesn't support {', '.join(unknown)}.")
    return Refusal(400, "n must be 1.") if body.get("n", 1) != 1 else None


def _messages(found: object) -> list[dict[str, object]]:
    if not isinstance(found, list):
        return []
    return [cast("dict[str, object]", one) for one in cast("list[object]", found) if isinstance(one, dict)]
