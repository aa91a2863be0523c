"""Frames of Poe's socket, as its subscriptions send them."""

import json
from collections.abc import Sequence
from typing import Any

CHAT, OTHER = 10, 20
NONCE = "nonce-of-our-own"
Inner = dict[str, Any]


def update(name: str, chat: int, member: Inner | None) -> Inner:
    """Return an inner message as subscriptions send it (poe.md section 3.2)."""
    payload = {"subscription_name": name, "unique_id": f"{name}:{chat}", "data": {name: member}}
    return {"message_type": "subscriptionUpdate", "payload": payload}


def added(message: int, text: str, state: str = "incomplete", chat: int = CHAT, **more: object) -> Inner:
    """Return the update that contains a whole message."""
    member = {"messageId": message, "author": "beaver", "text": text, "state": state, "clientNonce": None} | more
    return update("messageAdded", chat, member)


def echo(message: int, text: str = "the question", chat: int = CHAT, nonce: str | None = NONCE) -> Inner:
    """Return the update that repeats the person's own message."""
    return added(message, text, "complete", chat, author="human", clientNonce=nonce)


def texted(message: int, text: str, chat: int = CHAT) -> Inner:
    """Return the update of a text alone: no author, no state."""
    return update("messageTextUpdated", chat, {"messageId": message, "text": text})


def stated(message: int, state: str, chat: int = CHAT) -> Inner:
    """Return the update of a state alone."""
    return update("messageStateUpdated", chat, {"messageId": message, "state": state})


def without_authors(inners: Sequence[Inner]) -> list[Inner]:
    """Return inner messages with an empty author each, as some of Poe's builds send them (next.md section 0)."""
    return [json.loads(json.dumps(inner), object_hook=_without_author) for inner in inners]


def _without_author(found: Inner) -> Inner:
    return found | {"author": ""} if "author" in found else found


def frame(*inners: Inner, seq: int | None = None) -> str:
    """Return a frame of inner messages, each a JSON string; numbered if ``seq`` is given."""
    return json.dumps({"messages": [json.dumps(inner) for inner in inners], "min_seq": seq})
