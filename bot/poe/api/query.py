"""Questions to Poe's API by Poe's own client. The only module that imports fastapi_poe, which costs 37 MB.

What the client does by itself and Quoth must not, is prevented here (next.md sections A2 and A10): it looks at no HTTP
status, asks again after some errors, takes an answer that breaks off for a complete one, and reports what it does not
understand in further requests.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

import httpx
from fastapi_poe.client import (
    PROTOCOL_VERSION,
    BotError,
    stream_request,  # pyright: ignore[reportUnknownVariableType] - by the type of its tools
)
from fastapi_poe.types import PartialResponse, ProtocolMessage, QueryRequest

from bot.conversation import AnswerFile, Message, Messages, Role, Snapshot, State, clean
from bot.errors import AnswerCut, AnswerFailed, AnswerStalled, ModelUnavailable, PoeUnreachable, QuothError
from bot.poe.api.limits import TimeLimits
from bot.poe.api.refusals import event_refusal, http_refusal
from bot.poe.patience import patient

_ROLES: Mapping[Role, Literal["user", "bot", "system"]] = {"user": "user", "assistant": "bot", "system": "system"}
_CONNECT = 10.0  # seconds
_KEPT = 30.0  # seconds that an idle connection is kept; servers close theirs after 60 or more
_OK = 200
_EVENTS = "text/event-stream"
_DRAINING = 0.2  # seconds for the end of a stream that follows `done`
_REFUSAL = 64 * 1024  # bytes that are read of a refusal
_LONGEST = 64 * 1024**2  # bytes of a stream, in which texts may come again and again
_NO_DONE = "without sending 'done'"  # what the client reports about an answer that breaks off
_UNREADABLE_DONE = "'done' event"  # what it says of an end whose data is no object


class Connections:
    """Poe's API at one address, over connections that are kept for the next question.

    Args:
        url: the address, of which ``/bot/`` is used.
        key: the API key.
        limits: how long a question may take.
    """

    def __init__(self, url: str, key: str, limits: TimeLimits) -> None:
        self._url = f"{url}/bot/"
        self._key = key
        self._limits = limits
        self._pool = httpx.AsyncHTTPTransport(limits=httpx.Limits(keepalive_expiry=_KEPT))

    async def close(self) -> None:
        """Close all connections. Questions that still run end with an error."""
        await self._pool.aclose()

    async def answer(self, handle: str, messages: Messages) -> AsyncGenerator[Snapshot]:
        """Ask a model once and yield the growing answer. Closing the generator closes the connection.

        Raises:
            QuothError: as in `bot.poe.backend.Backend.stream`.
        """
        if handle in (".", ".."):
            raise ModelUnavailable("A model is called by dots only, which is no address.")
        limits = patient(self._limits, handle)
        answer, ends = _Answer(), asyncio.get_running_loop().time() + limits.total
        request = _OneRequest(self._pool)
        session = httpx.AsyncClient(
            transport=request,
            timeout=httpx.Timeout(_CONNECT, read=None, write=None, pool=None),  # the limits are this module's own
            event_hooks={"response": [_check]},
            headers={"Accept-Encoding": "identity"},  # a compressed stream comes in lumps
            trust_env=False,
        )
        events = stream_request(
            QueryRequest(
                version=PROTOCOL_VERSION,
                type="query",
                query=list(map(_protocol_message, messages)),
                user_id="",
                conversation_id="",
                message_id="",
            ),
            quote(handle, safe=""),
            self._key,
            session=session,
            on_error=answer.note,
            num_tries=1,
            base_url=self._url,
        )
        async with session, contextlib.aclosing(events):
            try:
                while (event := await self._next(events, answer, limits, ends)) is not None:
                    if answer.take(event):
                        yield answer.snapshot(State.STREAMING)
            except BotError as error:
                if _UNREADABLE_DONE not in str(error):
                    raise _meaning(error) from error
            if answer.broken_off:
                raise AnswerCut
            yield answer.snapshot(State.DONE)
            await request.drain()

    async def _next(
        self, events: AsyncGenerator[PartialResponse], answer: "_Answer", limits: TimeLimits, ends: float
    ) -> PartialResponse | None:
        """Return the next event, None at the end."""
        patience = limits.silence if answer.begun else limits.first_text
        try:
            async with asyncio.timeout_at(min(asyncio.get_running_loop().time() + patience, ends)):
                return await anext(events, None)
        except TimeoutError as error:
            raise AnswerStalled from error


@dataclass(slots=True)
class _Answer:
    """What has arrived of one answer. A model may write several at once, told apart by their index."""

    texts: dict[int, str] = field(default_factory=dict[int, str])
    suggestions: tuple[str, ...] = ()
    files: tuple[AnswerFile, ...] = ()
    broken_off: bool = False

    @property
    def begun(self) -> bool:
        """Whether anything has arrived."""
        return bool(self.texts or self.files)

    def note(self, error: Exception, _: str) -> None:
        """Note what the client has to say about an answer besides the error that it raises."""
        self.broken_off = self.broken_off or _NO_DONE in str(error)

    def take(self, event: PartialResponse) -> bool:
        """Add an event; returns whether it changed anything."""
        index = event.index or 0
        if event.is_suggested_reply:
            self.suggestions += (event.text,)
        elif file := event.attachment:
            self.files += (AnswerFile(file.url, file.content_type, file.name, file.inline_ref or ""),)
        elif event.is_replace_response:
            self.texts[index] = event.text
        elif event.text:
            self.texts[index] = self.texts.get(index, "") + event.text
        else:
            return False  # such as meta
        return True

    def snapshot(self, state: State) -> Snapshot:
        """Return all of the answer so far."""
        text = "\n\n".join(text for _, text in sorted(self.texts.items()) if text)
        return Snapshot(text, state, suggestions=self.suggestions, files=self.files)


class _OneRequest(httpx.AsyncBaseTransport):
    """Sends one request and no other, because each could be charged: the client's reports get an empty reply here.

    Closing it closes the connection, unless its reply was read to the end.
    """

    def __init__(self, pool: httpx.AsyncBaseTransport) -> None:
        self._pool = pool
        self._sent = False
        self._body: _Body | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the first request."""
        if self._sent:
            return httpx.Response(_OK, headers={"Content-Type": _EVENTS})
        self._sent = True
        response = await self._pool.handle_async_request(request)
        if isinstance(response.stream, httpx.AsyncByteStream):
            self._body = response.stream = _Body(response.stream)
        return response

    async def drain(self) -> None:
        """Read what follows the end of an answer, so that the connection can be used again."""
        if self._body is not None:
            with contextlib.suppress(TimeoutError, httpx.TransportError, QuothError):
                async with asyncio.timeout(_DRAINING):
                    async for _ in self._body:
                        pass

    async def aclose(self) -> None:
        """Close the connection, or give it back to the pool."""
        if self._body is not None:
            await self._body.close()


class _Body(httpx.AsyncByteStream):
    """The body of the reply, bounded. It stays open when the client leaves it, so that it can be drained."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream
        self._parts = aiter(stream)
        self._left = _LONGEST

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        part = await anext(self._parts)
        self._left -= len(part)
        if self._left < 0:
            raise AnswerFailed(f"Poe sent more than {_LONGEST // 1024**2} MB for one answer.")
        return part

    async def close(self) -> None:
        """Close the stream."""
        await self._stream.aclose()


def _protocol_message(message: Message) -> ProtocolMessage:
    text = clean(message["content"])  # an unpaired surrogate could not be sent
    return ProtocolMessage(role=_ROLES[message["role"]], content=text)


async def _check(response: httpx.Response) -> None:
    """Raise the error for a reply that is no stream of events: the client itself does not look at statuses."""
    media = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.status_code == _OK and media == _EVENTS:
        return
    body = b""
    with contextlib.suppress(httpx.TransportError):  # the status says enough
        async for part in response.aiter_bytes():
            body += part
            if len(body) > _REFUSAL:
                break
    raise http_refusal(response.status_code, lambda name: response.headers.get(name, ""), body)


def _meaning(error: BotError) -> QuothError:
    """Return what an error of the client stands for: what raised it, if that was here; else an ``error`` event."""
    match error.__cause__:
        case QuothError() as cause:
            return cause
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return PoeUnreachable()
        case httpx.TransportError():
            return AnswerCut()
        case None:
            return event_refusal(str(error))
        case _:
            return AnswerFailed("Poe sent an event that its client can't read.")
