"""The official API on a port of its own (poe.md section 7): GET /v1/models and POST /v1/chat/completions.

The model's name or a magic word in the last message turns moods on, as on the site: 402 when points are used up, 429,
403, 500, 503, 404 when the bot is gone, slow and stalled answers, a stream that ends without its end.
"""

import json
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from sandbox.poe.api_text import pieces_of
from sandbox.poe.handles import KNOWN, canonical
from sandbox.poe.moods.catalogue import Moods
from sandbox.poe.site.playback import Tempo

LIMIT = 500
"""Requests per minute."""
_MINUTE = 60.0
_UNSERVED = frozenset(("Assistant",))
_CREATED = 1_767_225_600_000  # milliseconds, as the facts have it
_REFUSALS: dict[str, tuple[int, str, str]] = {
    "rate-limit-exceeded": (429, "rate_limit_error", "rate_limit_exceeded"),
    "reached-limit": (402, "insufficient_quota", "insufficient_quota"),
    "limit-at": (402, "insufficient_quota", "insufficient_quota"),
    "limit-in": (402, "insufficient_quota", "insufficient_quota"),
    "no-access": (403, "permission_error", "no_access"),
    "not-found": (404, "invalid_request_error", "model_not_found"),
    "server-error": (500, "server_error", "internal_error"),
    "unavailable": (503, "server_error", "unavailable"),
}
"""Only the statuses and `insufficient_quota`, `model_not_found`, `invalid_api_key` are known; the rest is a guess."""


@dataclass(slots=True)
class ApiCall:
    """One request for a completion."""

    model: str
    messages: list[dict[str, object]]
    stream: bool
    at: float
    """`time.monotonic()` seconds."""
    status: int = 200


class Api:
    """Answers with the site's own texts and moods."""

    def __init__(self, active: Callable[[str, list[str]], Moods], tempo: Tempo) -> None:
        self._active = active
        self._tempo = tempo
        self.key = f"sandbox-{secrets.token_urlsafe(16)}"
        self.calls: list[ApiCall] = []

    def application(self) -> web.Application:
        """Make the application with the two routes."""
        app = web.Application(client_max_size=16 * 1024**2)
        app.add_routes([web.get("/v1/models", self._models), web.post("/v1/chat/completions", self._complete)])
        return app

    async def _models(self, request: web.Request) -> web.Response:
        served = (handle for handle in KNOWN if handle not in _UNSERVED)
        return web.json_response({"object": "list", "data": [_model(handle) for handle in served]})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = cast("dict[str, object]", await request.json())
        messages = cast("list[dict[str, object]]", body.get("messages") or [])
        call = ApiCall(str(body.get("model")), messages, body.get("stream") is True, time.monotonic())
        self.calls.append(call)
        handle = canonical(call.model)
        prompt = str(messages[-1].get("content")) if messages else ""
        on = self._active(handle or "", [prompt])
        if self._recent() > LIMIT:
            on["rate-limit-exceeded"] = 0
        limits = _limits(0 if "rate-limit-exceeded" in on else LIMIT - self._recent())
        if refused := self._refusal(request, handle, on, limits):
            call.status = refused.status
            return refused
        pieces = pieces_of(handle or "", prompt, on, self._tempo)
        if call.stream:
            return await self._stream(request, call.model, pieces, limits)
        return _whole(call.model, [piece async for piece in pieces], limits)

    def _recent(self) -> int:
        """Return how many requests came in the last minute, including the newest."""
        return sum(call.at > time.monotonic() - _MINUTE for call in self.calls)

    def _refusal(
        self, request: web.Request, handle: str | None, on: Moods, limits: dict[str, str]
    ) -> web.Response | None:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return _error(401, "authentication_error", "invalid_api_key", {})
        if handle is None or handle in _UNSERVED:
            return _error(400, "invalid_request_error", "model_not_found", limits)
        return next((_error(*how, limits) for name, how in _REFUSALS.items() if name in on), None)

    async def _stream(
        self, request: web.Request, model: str, pieces: AsyncGenerator[str | None], limits: dict[str, str]
    ) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", **limits}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        envelope = _envelope("chat.completion.chunk", model)
        async with aclosing(pieces):
            await self._write(response, envelope, pieces)
        await response.write_eof()
        return response

    async def _write(
        self, response: web.StreamResponse, envelope: dict[str, object], pieces: AsyncGenerator[str | None]
    ) -> None:
        async for piece in pieces:
            delta = {} if piece is None else {"content": piece}
            choice = {"index": 0, "delta": delta, "finish_reason": "stop" if piece is None else None}
            await response.write(f"data: {json.dumps(envelope | {'choices': [choice]})}\n\n".encode())
            if piece is None:
                await response.write(b"data: [DONE]\n\n")


def _envelope(kind: str, model: str) -> dict[str, object]:
    return {"id": f"chatcmpl-{secrets.token_hex(8)}", "object": kind, "created": int(time.time()), "model": model}


def _limits(left: int) -> dict[str, str]:
    limits = {"limit": LIMIT, "remaining": left, "reset": round(_MINUTE)}
    return {f"x-ratelimit-{name}-requests": str(value) for name, value in limits.items()}


def _whole(model: str, pieces: list[str | None], limits: dict[str, str]) -> web.Response:
    if None not in pieces:
        return _error(*_REFUSALS["server-error"], limits)
    message = {"role": "assistant", "content": "".join(filter(None, pieces))}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return web.json_response(_envelope("chat.completion", model) | {"choices": [choice]}, headers=limits)


def _error(status: int, kind: str, code: str, headers: dict[str, str]) -> web.Response:
    """Return an error as section 7 documents it; the message is the sandbox's own."""
    error = {"message": f"Quoth's sandbox: {code.replace('_', ' ')}.", "type": kind, "code": code}
    return web.json_response({"error": error}, status=status, headers=headers)


def _model(handle: str) -> dict[str, object]:
    return {
        "id": handle,
        "object": "model",
        "created": _CREATED,
        "owned_by": "Sandbox",
        "description": "No real model answers.",
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"], "modality": "text->text"},
        "metadata": {"display_name": handle, "image": None, "url": None},
    }
