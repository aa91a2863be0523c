"""Reads chat messages from what the page's socket carries. Pure: no clock, no browser.

The envelope is that of poe.md section 3.2. Which subscription carries a text has changed over the years and may change
again, so anything with a message id and a text or a state, or what is added to these, is a message, whatever it is
called (section 3.4).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from bot.conversation import AnswerFile

Json = dict[str, Any]
Order: TypeAlias = tuple[int, int]
"""The number of a frame and the index in it; the greater one is newer."""
# States that a subscription's name alone stands for (poe.md section 3.4).
_STATE_OF_SUBSCRIPTION = {"messageCancelled": "cancelled", "messageDeleted": "deleted"}


@dataclass(frozen=True, slots=True)
class WireMessage:
    """One message as one frame has it; None is for what the frame does not say."""

    id: int
    chat: int | None = None
    author: str | None = None
    text: str | None = None
    state: str | None = None
    nonce: str | None = None
    order: Order | None = None
    files: tuple[AnswerFile, ...] = ()
    suggestions: tuple[str, ...] = ()


def read_frame(frame: object) -> Iterator[WireMessage]:
    """Find every message in a frame, as JSON or parsed, however it is wrapped. Anything else has none."""
    envelope = _parsed(frame)
    number = _number(envelope.get("min_seq"))
    messages = envelope.get("messages")
    for place, item in enumerate(cast("list[Any]", messages) if isinstance(messages, list) else []):
        order = None if number is None else (number, place)
        payload = _parsed(_parsed(item).get("payload"))
        chat = _chat_of(_text(payload.get("unique_id")) or "")
        yield from _messages(payload.get("data"), chat, order)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Poe's reply to a prompt.

    ``status`` is empty if unknown, ``echo`` and ``chat`` are the ids of the prompt's message and its chat, ``code`` is
    the chat's name in Poe's addresses, ``sentence`` is Poe's own explanation.
    """

    status: str = ""
    echo: int | None = None
    chat: int | None = None
    code: str = field(default="", compare=False)
    sentence: str = field(default="", compare=False)


def read_receipt(body: str) -> Receipt:
    """Read the reply to the page's send mutation (poe.md section 4); a hard failure has the status "server_error"."""
    reply = _parsed(body)
    edge = _object(_object(reply.get("data")).get("messageEdgeCreate"))
    if reply.get("errors") and not edge:
        return Receipt("server_error")
    node, chat = _object(_object(edge.get("message")).get("node")), _object(edge.get("chat"))
    echo, code = _number(node.get("messageId")), _text(chat.get("chatCode"))
    status, sentence = _text(edge.get("status")), _text(edge.get("statusMessage"))
    return Receipt(status or "", echo, _number(chat.get("chatId")), code or "", sentence or "")


def read_document(body: str) -> Iterator[WireMessage]:
    """Find every message in what the page fetched by itself, as it does after a gap in its socket."""
    return _messages(_parsed(body), None, None)


def _messages(root: object, chat: int | None, order: Order | None) -> Iterator[WireMessage]:
    """Find everything with a message id and a text, a state, files or suggested replies, at any depth."""
    # Without recursion, because a frame may be nested deeper than Python's stack.
    waiting: list[tuple[object, int | None, str | None]] = [(root, chat, None)]
    while waiting:
        item, chat, named_state = waiting.pop()
        if isinstance(item, list):
            waiting += [(part, chat, named_state) for part in reversed(cast("list[Any]", item))]
        if not isinstance(item, dict):
            continue
        node = cast("Json", item)
        chat = _number(_object(node.get("chat")).get("chatId")) or _number(node.get("chatId")) or chat
        identity, text = _number(node.get("messageId")), _text(node.get("text"))
        state = named_state or _text(node.get("state"))
        files, suggestions = tuple(_files(node)), tuple(_suggestions(node))
        if identity is None or (text is None and state is None and not files and not suggestions):
            waiting += [
                (part, chat, _STATE_OF_SUBSCRIPTION.get(name, named_state)) for name, part in reversed(node.items())
            ]
        else:
            author, nonce = _text(node.get("author")), _text(node.get("clientNonce"))
            chat = None if chat == identity else chat
            yield WireMessage(identity, chat, author, text, state, nonce, order, files, suggestions)


def _files(node: Json) -> Iterator[AnswerFile]:
    """Find a message's files (next.md section B3); a person's own uploads may have no address."""
    listed = node.get("attachments")
    for item in (*(cast("list[Any]", listed) if isinstance(listed, list) else []), node.get("attachment")):
        file = _object(item)
        stored = _object(file.get("file"))
        if url := _text(file.get("url")) or _text(stored.get("url")):
            yield AnswerFile(url, _text(stored.get("mimeType")) or "", _text(file.get("name")) or "")


def _suggestions(node: Json) -> Iterator[str]:
    """Find the replies that Poe suggests to a message (next.md section B5); the older form has plain texts."""
    for name in ("followupActions", "followupAction", "suggestedReplies"):
        listed = node.get(name)
        for item in cast("list[Any]", listed) if isinstance(listed, list) else [listed]:
            text = item if isinstance(item, str) else _text(_object(item).get("bodyText"))
            if text:
                yield text


def _parsed(item: object) -> Json:
    if isinstance(item, str):
        try:
            item = json.loads(item)
        except (ValueError, RecursionError):
            return {}
    return _object(item)


def _object(item: object) -> Json:
    return cast("Json", item) if isinstance(item, dict) else {}


def _text(item: object) -> str | None:
    return item if isinstance(item, str) else None


def _number(item: object) -> int | None:
    if isinstance(item, bool):
        return None
    if isinstance(item, str):
        return int(item) if item.isascii() and item.isdigit() and len(item) < 20 else None
    return item if isinstance(item, int) else None


def _chat_of(unique_id: str) -> int | None:
    return _number(unique_id.rpartition(":")[2])
