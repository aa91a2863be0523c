"""POST /v1/chat/completions: the OpenAI form (next.md sections A5 and A9, poe.md section 7)."""

import math
import secrets
import time
from contextlib import aclosing

from aiohttp import web

from sandbox.poe.answers.steps import Cut, State
from sandbox.poe.api import errors
from sandbox.poe.api.asks import Asks
from sandbox.poe.api.models import parameters_of
from sandbox.poe.api.playing import Grown
from sandbox.poe.api.records import ApiCall
from sandbox.poe.api.requests import json_body, malformed_completion
from sandbox.poe.api.stream import Stream

Json = dict[str, object]
_DONE = "[DONE]"


class Completions:
    """Answers in pieces that are only appended: replaced texts stand one after the other."""

    def __init__(self, asks: Asks) -> None:
        self._asks = asks

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Answer one POST."""
        body = await json_body(request)
        call = self._asks.receive(request, str(body.get("model")), body, stream=body.get("stream") is True)
        malformed = malformed_completion(body, parameters_of(call.handle))
        if refused := self._asks.refusal(request, call, malformed):
            call.status = refused.status
            return errors.response(request, refused, call.moods)
        if not call.stream:
            return await self._whole(request, call)
        async with Stream(request, call.moods, _headers()) as stream:
            await self._answer(call, stream)
        return stream.response

    async def _answer(self, call: ApiCall, stream: Stream) -> None:
        envelope = _envelope("chat.completion.chunk", call)
        shown = ""
        await stream.event(None, envelope | _choice({"role": "assistant", "content": ""}))
        async with aclosing(self._asks.answer(call)) as parts:
            async for part in parts:
                match part:
                    case Grown(text):
                        piece = text[len(shown) :] if text.startswith(shown) else text
                        await stream.event(None, envelope | _choice({"content": piece}))
                        shown = text
                    case State("complete"):
                        await self._complete(call, stream, envelope)
                    case State("cancelled"):
                        pass
                    case State(state):
                        await stream.event(None, errors.body(errors.refusal_of(state), call.moods))
                    case Cut(reset):
                        await stream.cut(reset=reset)
                    case _:
                        pass  # the bot protocol's

    async def _complete(self, call: ApiCall, stream: Stream, envelope: Json) -> None:
        if "no-done" in call.moods:
            return
        await stream.event(None, envelope | _choice({}, "stop"))
        if call.body.get("stream_options") == {"include_usage": True}:
            usage: Json = {"choices": list[Json](), "usage": _usage(call)}
            await stream.event(None, envelope | usage)
        await stream.event(None, _DONE)

    async def _whole(self, request: web.Request, call: ApiCall) -> web.StreamResponse:
        async with aclosing(self._asks.answer(call)) as parts:
            async for part in parts:
                if isinstance(part, Cut):
                    await Stream(request, call.moods).cut(reset=part.reset)
        if call.state != "complete":
            refused = errors.refusal_of(call.state)
            call.status = refused.status
            return errors.response(request, refused, call.moods)
        choice = {"index": 0, "message": {"role": "assistant", "content": call.text}, "finish_reason": "stop"}
        body = _envelope("chat.completion", call) | {"choices": [choice], "usage": _usage(call)}
        return web.json_response(body, headers=_headers())


def _envelope(kind: str, call: ApiCall) -> Json:
    return {"id": f"chatcmpl-{secrets.token_hex(12)}", "object": kind, "created": int(time.time()), "model": call.model}


def _choice(delta: Json, reason: str | None = None) -> Json:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def _usage(call: ApiCall) -> Json:
    tokens = {"prompt_tokens": math.ceil(len(call.prompt) / 4), "completion_tokens": math.ceil(len(call.text) / 4)}
    return {**tokens, "total_tokens": sum(tokens.values())}


def _headers() -> dict[str, str]:
    return {
        "openai-version": "2020-10-01",
        "openai-processing-ms": "1",
        "x-request-id": secrets.token_hex(16),
        "x-poe-feature-active": "chat-completions-strict",
    }
