"""The queries of POST /api/gql_POST: send, stop, read a chat (poe.md section 4)."""

import json
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from sandbox.poe.account import Account, Chat
from sandbox.poe.handles import canonical
from sandbox.poe.records import Uploaded
from sandbox.poe.site.points import Points
from sandbox.poe.site.prompts import Prompts
from sandbox.poe.site.refusals import PRICE, PRICE_MISMATCH, Refusal, refusal
from sandbox.poe.wire import frames
from sandbox.poe.wire.channel import Channel

log = logging.getLogger(__name__)

Json = dict[str, object]
SERVER_ERROR: Json = {"data": None, "errors": [{"message": "Server Error"}], "extensions": {"is_final": True}}
QUERIES = (
    "SendMessageMutation",
    "StopMessage_messageCancel_Mutation",
    "ChatPageQuery",
    "SubscriptionsMutation",
    "SandboxPurchaseMutation",
)
"""The queries that the sandbox models; any other gets a 501 and a warning in the log."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query."""

    variables: Json
    channel: str
    """Name of the page's channel."""
    files: Uploaded


class GraphQL:
    """Answers the page's queries; a query with a stale hash or form key is a "Server Error" at HTTP 200."""

    def __init__(self, account: Account, channel: Channel, prompts: Prompts, rng: random.Random) -> None:
        self._account = account
        self._channel = channel
        self._prompts = prompts
        self._rng = rng
        self.points = Points()
        self.purchases: list[str] = []
        """What visitors have bought or confirmed in dialogs; a careful driver leaves this empty."""
        self.form_key = f"{rng.getrandbits(128):032x}"
        self.hashes = {name: f"{rng.getrandbits(256):064x}" for name in QUERIES}
        self._answers: dict[str, Callable[[Query], Json]] = {
            "SendMessageMutation": self._send,
            "StopMessage_messageCancel_Mutation": self._stop,
            "ChatPageQuery": self._chat,
            "SubscriptionsMutation": lambda _: {"data": {"autoSubscribe": {"viewer": {}}}},
            "SandboxPurchaseMutation": self._purchase,
        }

    def answer(self, headers: Mapping[str, str], body: Json, files: Uploaded = ()) -> web.Response:
        """Answer one query; `files` are the uploaded files.

        Raises:
            HTTPNotImplemented: The sandbox doesn't model this query.
        """
        name = str(body.get("queryName"))
        answer = self._answers.get(name)
        if answer is None:
            log.warning("the sandbox doesn't model the query %s", name)
            raise web.HTTPNotImplemented(text=f"the sandbox doesn't model the query {name}")
        query = Query(cast("Json", body.get("variables") or {}), headers.get("poe-tchannel", ""), files)
        # ASCII only: a lone surrogate, which a page can post, can't be encoded as UTF-8.
        reply = answer(query) if self._genuine(headers, name, body) else SERVER_ERROR
        return web.Response(text=json.dumps(reply), content_type="application/json")

    def _genuine(self, headers: Mapping[str, str], name: str, body: Json) -> bool:
        extensions = cast("Json", body.get("extensions") or {})
        return (
            extensions.get("hash") == self.hashes[name]
            and headers.get("poe-formkey") == self.form_key
            and headers.get("poe-queryname") == name
        )

    def _send(self, query: Query) -> Json:
        variables = query.variables
        chat = self._account.chat(cast("int", variables["chatId"])) if variables.get("chatId") else None
        handle = chat.handle if chat else canonical(str(variables.get("bot")))
        if handle is None:
            return SERVER_ERROR
        text = str(variables["query"])
        sent = self._prompts.receive(text, handle, str(variables["clientNonce"]), query.channel, query.files)
        refused = refusal(sent.moods, variables.get("messagePointsDisplayPrice"))
        if refused:
            sent.status = refused.status
            return self._refuse(refused)
        chat = chat or self._account.open_chat(handle, " ".join(text.split())[:40])
        node = frames.node(self._prompts.accept(sent, chat), chat)
        return self._edge("success", "", {"message": {"node": node}, "chat": self._summary(chat)}, handle)

    def _refuse(self, refused: Refusal) -> Json:
        if refused.status == "server_error":
            return SERVER_ERROR
        price = PRICE if refused.status == PRICE_MISMATCH else None
        return self._edge(refused.status, refused.sentence, {"message": None, "chat": None, "price": price}, None)

    def _edge(self, status: str, sentence: str, rest: Json, handle: str | None) -> Json:
        bot = {"handle": handle} if handle else None
        edge = {"status": status, "statusMessage": sentence, "bot": bot, "chatBreak": None, **rest}
        return {"data": {"messageEdgeCreate": edge}}

    def _purchase(self, query: Query) -> Json:
        self.purchases.append(str(query.variables.get("what")))
        return {"data": {}}

    def _stop(self, query: Query) -> Json:
        stop = self._prompts.stop(cast("int", query.variables["messageId"]))
        return {"data": {"messageCancel": {"messageId": stop.message_id, "textLength": len(stop.text)}}}

    def _chat(self, query: Query) -> Json:
        chat = self._account.chat_by_code(str(query.variables["chatCode"]))
        return {"data": {"chatOfCode": self.history(chat) if chat else None}}

    def history(self, chat: Chat) -> Json:
        """Return a chat with its messages and the number of the newest frame."""
        nodes = [frames.node(message, chat) for message in chat.messages]
        return self._summary(chat) | {"messages": nodes, "minSeq": self._channel.seq}

    def _summary(self, chat: Chat) -> Json:
        return {"chatId": chat.chat_id, "chatCode": chat.code, "title": chat.title, "handle": chat.handle}
