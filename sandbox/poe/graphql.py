"""POST /api/gql_POST: sending, stopping, reading a chat (poe.md section 4)."""

import json
import logging
import random
from collections.abc import Callable
from typing import cast

from aiohttp import web

from sandbox.poe import frames
from sandbox.poe.account import Account, Chat
from sandbox.poe.channel import Channel
from sandbox.poe.handles import canonical
from sandbox.poe.sending import Sending

log = logging.getLogger(__name__)

Json = dict[str, object]
SERVER_ERROR: Json = {"data": None, "errors": [{"message": "Server Error"}], "extensions": {"is_final": True}}
QUERIES = (
    "SendMessageMutation",
    "StopMessage_messageCancel_Mutation",
    "SendChatBreakMutation",
    "ChatPageQuery",
    "SubscriptionsMutation",
)
"""The queries that the stand-in models; any other is answered by 501 and a warning in the log."""


class GraphQL:
    """Answers the page's queries; a query with a stale hash or form key is a "Server Error" at HTTP 200."""

    def __init__(self, account: Account, channel: Channel, sending: Sending, rng: random.Random) -> None:
        self._account = account
        self._channel = channel
        self._sending = sending
        self._rng = rng
        self.form_key = f"{rng.getrandbits(128):032x}"
        self.hashes = {name: f"{rng.getrandbits(256):064x}" for name in QUERIES}
        self._answers: dict[str, Callable[[Json, str], Json]] = {
            "SendMessageMutation": self._send,
            "StopMessage_messageCancel_Mutation": self._stop,
            "SendChatBreakMutation": self._break,
            "ChatPageQuery": self._chat,
            "SubscriptionsMutation": lambda _variables, _channel: {"data": {"autoSubscribe": {"viewer": {}}}},
        }

    async def post(self, request: web.Request) -> web.Response:
        """Answers one query."""
        body = cast("Json", await request.json())
        name = str(body.get("queryName"))
        answer = self._answers.get(name)
        if answer is None:
            log.warning("the sandbox doesn't model the query %s", name)
            raise web.HTTPNotImplemented(text=f"the sandbox doesn't model the query {name}")
        channel = request.headers.get("poe-tchannel", "")
        if not self._genuine(request, name, body):
            return self._json(SERVER_ERROR)
        return self._json(answer(cast("Json", body.get("variables") or {}), channel))

    def _genuine(self, request: web.Request, name: str, body: Json) -> bool:
        extensions = cast("Json", body.get("extensions") or {})
        return (
            extensions.get("hash") == self.hashes[name]
            and request.headers.get("poe-formkey") == self.form_key
            and request.headers.get("poe-queryname") == name
        )

    def _send(self, variables: Json, channel: str) -> Json:
        chat = self._account.chat(cast("int", variables["chatId"])) if variables.get("chatId") else None
        handle = chat.handle if chat else canonical(str(variables.get("bot")))
        if handle is None:
            return SERVER_ERROR
        text = str(variables["query"])
        sent = self._sending.receive(text, handle, str(variables["clientNonce"]), channel)
        chat = chat or self._account.open_chat(handle, " ".join(text.split())[:40])
        message = self._sending.accept(sent, chat)
        edge: Json = {"message": {"node": frames.node(message, chat)}, "bot": {"handle": handle}, "chatBreak": None}
        return self._edge("success", "", edge | {"chat": self._summary(chat)})

    def _edge(self, status: str, message: str, rest: Json) -> Json:
        return {"data": {"messageEdgeCreate": {"status": status, "statusMessage": message, **rest}}}

    def _stop(self, variables: Json, channel: str) -> Json:
        stop = self._sending.stop(cast("int", variables["messageId"]))
        return {"data": {"messageCancel": {"messageId": stop.message_id, "textLength": len(stop.text)}}}

    def _break(self, variables: Json, channel: str) -> Json:
        chat = self._account.chat(cast("int", variables["chatId"]))
        if chat is None:
            return SERVER_ERROR
        message = self._account.write(chat, "chat_break", "", "complete")
        self._channel.deliver(self._channel.stamp([frames.added(message, chat)]))
        return {"data": {"messageBreakEdgeCreate": {"message": {"node": frames.node(message, chat)}}}}

    def _chat(self, variables: Json, channel: str) -> Json:
        chat = self._account.chat_by_code(str(variables["chatCode"]))
        if chat is None:
            return {"data": {"chatOfCode": None}}
        return {"data": {"chatOfCode": self.history(chat)}}

    def history(self, chat: Chat) -> Json:
        """Gives a chat with its messages as they are now, and the number of the newest frame at this moment."""
        nodes = [frames.node(message, chat) for message in chat.messages]
        return self._summary(chat) | {"messages": nodes, "minSeq": self._channel.seq}

    def _summary(self, chat: Chat) -> Json:
        return {"chatId": chat.chat_id, "chatCode": chat.code, "title": chat.title, "handle": chat.handle}

    def _json(self, value: Json) -> web.Response:
        # ASCII only: a lone surrogate that a page managed to post can't be written as UTF-8.
        return web.Response(text=json.dumps(value), content_type="application/json")
