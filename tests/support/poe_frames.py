"""Frames of Poe's socket, as its subscriptions send them."""

import json
from typing import Any

CHAT, OTHER = 10, 20
NONCE = "nonce-of-our-own"
Inner = dict[str, Any]


def update(name: str, chat: int, member: Inner | None) -> Inner:
    """An inner message as subscriptions send it (poe.md section 3.2)."""
    payload = {"subscription_name": name, "unique_id": f"{name}:{chat}", "data": {name: member}}
    return {"message_type": "subscriptionUpdate", "payload": payload}


def added(message: int, text: str, state: str = "incomplete", chat: int = CHAT, **more: object) -> Inner:
    """The whole message as it is now."""
    member = {"messageId": message, "author": "beaver", "text": text, "state": state, "clientNonce": None} | more
    return update("messageAdded", chat, member)


def echo(message: int, text: str = "the question", chat: int = CHAT, nonce: str | None = NONCE) -> Inner:
    """The person's own message, as Poe repeats it."""
    return added(message, text, "complete", chat, author="human", clientNonce=nonce)


def texted(message: int, text: str, chat: int = CHAT) -> Inner:
    """A text and nothing else: no author, no state."""
    return update("messageTextUpdated", chat, {"messageId": message, "text": text})


def stated(message: int, state: str, chat: int = CHAT) -> Inner:
    """A state and nothing else."""
    return update("messageStateUpdated", chat, {"messageId": message, "state": state})


def frame(*inners: Inner, seq: int | None = None) -> str:
    """A frame of inner messages, each a JSON string; numbered where ``seq`` is given."""
    return json.dumps({"messages": [json.dumps(inner) for inner in inners], "min_seq": seq})
