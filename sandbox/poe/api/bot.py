"""POST /bot/{handle}: the bot query protocol, as fastapi_poe's client reads it (next.md sections A2 and A9)."""

from contextlib import aclosing

from aiohttp import web

from sandbox.poe.answers import answer_text
from sandbox.poe.answers.steps import Bytes, Cut, Event, File, State
from sandbox.poe.api import errors
from sandbox.poe.api.asks import Asks
from sandbox.poe.api.playing import Grown, Part
from sandbox.poe.api.records import ApiCall
from sandbox.poe.api.requests import json_body, malformed_query
from sandbox.poe.api.stream import Stream
from sandbox.poe.files import Files

_META = {"content_type": "text/markdown", "suggested_replies": True}


class BotEndpoint:
    """Answers queries with an event stream, and counts error reports."""

    def __init__(self, asks: Asks, files: Files) -> None:
        self._asks = asks
        self._files = files
        self.reports: list[dict[str, object]] = []
        """Every POST of type report_error."""

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Answer one POST."""
        body = await json_body(request)
        if body.get("type") == "report_error":
            self.reports.append(body)
            self._asks.changes.notify()
            return web.json_response({})
        call = self._asks.receive(request, request.match_info["handle"], body, stream=True)
        refused = self._asks.refusal(request, call, malformed_query(body))
        if refused and not refused.event:
            call.status = refused.status
            return errors.response(request, refused, call.moods)
        async with Stream(request, call.moods) as stream:
            if refused and refused.event:
                await stream.event("error", refused.event)
            else:
                await self._answer(call, stream)
        return stream.response

    async def _answer(self, call: ApiCall, stream: Stream) -> None:
        shown: str | None = None
        async with aclosing(self._asks.answer(call)) as parts:
            async for part in parts:
                if shown is None and not isinstance(part, State | Cut):
                    await stream.event("meta", _META)
                    shown = ""
                await self._send(call, stream, part, shown or "")
                if isinstance(part, Grown):
                    shown = part.text

    async def _send(self, call: ApiCall, stream: Stream, part: Part, shown: str) -> None:
        match part:
            case Grown(text) if text.startswith(shown):
                await stream.event("text", {"text": text[len(shown) :]})
            case Grown(text):
                await stream.event("replace_response", {"text": text})
            case Event(name, data):
                await stream.event(name, data)
            case Bytes(data):
                await stream.write(data)
            case File():
                await stream.event("file", self._file(part, call))
            case State("complete"):
                await self._complete(call, stream)
            case State("cancelled"):
                pass
            case State(state):
                await stream.event("error", errors.event_of(state))
            case Cut(reset):
                await stream.cut(reset=reset)

    def _file(self, file: File, call: ApiCall) -> dict[str, object]:
        url = self._files.serve(file, call.moods)
        event: dict[str, object] = {"url": url, "content_type": file.content_type, "inline_ref": file.inline_ref}
        return event if file.name is None else event | {"name": file.name}

    async def _complete(self, call: ApiCall, stream: Stream) -> None:
        if call.text and "no-suggestions" not in call.moods:
            for reply in answer_text.followups(call.handle or ""):
                await stream.event("suggested_reply", {"text": reply})
        if "no-done" not in call.moods:
            await stream.event("done", "" if "empty-done" in call.moods else {})
