"""Make inner messages (poe.md sections 3.2 to 3.4)."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import cast

from sandbox.poe.account import Chat, Message, MessageFile
from sandbox.poe.handles import author_of

Inner = dict[str, object]


def update(name: str, chat_id: int, member: Mapping[str, object] | None) -> Inner:
    """Make a subscription update; its `unique_id` ends in the chat's id (poe.md section 3.2).

    Only messageAdded's unique_id is documented; the other subscriptions follow it (unverified).
    """
    payload = {"subscription_name": name, "unique_id": f"{name}:{chat_id}", "data": {name: member}}
    return {"message_type": "subscriptionUpdate", "payload": payload}


def node(message: Message, chat: Chat) -> Inner:
    """Return a message with every field of poe.md section 3.3."""
    cancelled = len(message.text) if message.state == "cancelled" else None
    is_bot = message.author != "human"
    return {
        "id": base64.b64encode(f"Message:{message.message_id}".encode()).decode(),
        "messageId": message.message_id,
        "creationTime": message.created,
        "clientNonce": message.nonce,
        "state": message.state,
        "text": message.text,
        "author": message.author,
        "linkifiedText": message.text,
        "contentType": "text_markdown",
        "attachments": [attachment(message, file) for file in message.attachments],
        "vote": None,
        "voteReason": None,
        "suggestedReplies": list(message.followups),
        "followupActions": [{"bodyText": text} for text in message.followups],
        "textLengthOnCancellation": cancelled,
        "linkifiedTextLengthOnCancellation": cancelled,
        "messageStateText": None,
        "bot": {"displayName": chat.handle, "handle": chat.handle} if is_bot else None,
        "__isNode": "Message",
    }


def attachment(message: Message, file: MessageFile) -> Inner:
    """Return a file of a message (next.md section B3)."""
    place = message.attachments.index(file)
    stored = {"mimeType": file.content_type, "size": file.size, "url": file.url, "thumbnailUrl": None}
    identity = base64.b64encode(f"MessageAttachment:{message.message_id}.{place}".encode()).decode()
    return {"attachmentId": identity, "name": file.name, "url": file.url, "isInline": False, "file": stored}


def attached(message: Message) -> Inner:
    """Announce a message's newest file; the member's form is a guess (next.md section B3 has only the name)."""
    files = [attachment(message, file) for file in message.attachments]
    return update("messageAttachmentAdded", message.chat_id, {"messageId": message.message_id, "attachments": files})


def added(message: Message, chat: Chat) -> Inner:
    """Return the whole message as it is now."""
    return update("messageAdded", chat.chat_id, node(message, chat))


def created(message: Message, chat: Chat) -> Inner:
    """Announce a message as Poe does since 2024, with the chat's id and code."""
    member = node(message, chat) | {"chat": {"chatId": chat.chat_id, "chatCode": chat.code}}
    return update("messageCreated", chat.chat_id, member)


def text_updated(message: Message) -> Inner:
    """Return only a message's text so far."""
    member = {"messageId": message.message_id, "text": message.text, "linkifiedText": message.text}
    return update("messageTextUpdated", message.chat_id, member)


def state_updated(message: Message) -> Inner:
    """Return only a message's state."""
    return update("messageStateUpdated", message.chat_id, {"messageId": message.message_id, "state": message.state})


def cancelled(message: Message) -> Inner:
    """Announce that a message was stopped."""
    length = len(message.text)
    member = {"messageId": message.message_id, "state": "cancelled", "textLengthOnCancellation": length}
    return update("messageCancelled", message.chat_id, member)


def followups(message: Message) -> Inner:
    """Announce the suggested replies; sent after the message is complete."""
    actions = [{"bodyText": text, "actionType": "suggested_reply"} for text in message.followups]
    member = {"messageId": message.message_id, "followupActions": actions}
    return update("messageFollowupActionAdded", message.chat_id, member)


def cost(chat_id: int, points: int) -> Inner:
    """Announce what an answer has cost."""
    member = {"jobCost": points, "trigger": {"message": {"chat": {"chatId": chat_id}}}}
    return update("jobCostUpdated", chat_id, member)


def title(chat: Chat) -> Inner:
    """Announce a chat's title; not always sent since about 2024-09 (poe.md section 3.4)."""
    return update("chatTitleUpdated", chat.chat_id, {"chatId": chat.chat_id, "title": chat.title})


def without_authors(inners: Sequence[Inner]) -> list[Inner]:
    """Return inner messages with an empty author each, as some of Poe's builds send them (next.md section 0)."""
    return [cast("Inner", json.loads(json.dumps(inner), object_hook=_without_author)) for inner in inners]


def _without_author(found: Inner) -> Inner:
    return found | {"author": ""} if "author" in found else found


def other_chat_message(chat_id: int, message_id: int, handle: str | None, text: str, state: str, created: int) -> Inner:
    """Return a message of a chat in another tab or on another device; without a handle it is a human's.

    Another device's nonce is unknown here, so its echo has none.
    """
    author = author_of(handle) if handle else "human"
    message = Message(message_id, chat_id, author, text, state, created)
    return added(message, Chat(chat_id, "", handle or "", ""))
