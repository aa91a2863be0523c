"""Routes of messages: read, send, edit and delete."""

from collections.abc import Callable

from sandbox.discord.rest.buckets import Buckets, milliseconds_up
from sandbox.discord.rest.requests import Request
from sandbox.discord.rest.server import Route
from sandbox.discord.world import objects
from sandbox.discord.world.entities import Channel, Json, Message, MessageFlag
from sandbox.discord.world.errors import (
    found,
    missing_access,
    missing_permissions,
    not_the_author,
    old_message_limit,
    unknown_channel,
    unknown_message,
)
from sandbox.discord.world.forms import Form
from sandbox.discord.world.mentions import EVERYTHING
from sandbox.discord.world.payloads import read_payload
from sandbox.discord.world.permissions import Permission, may
from sandbox.discord.world.posting import Posting
from sandbox.discord.world.store import World

OLD_AGE = 3600.0
"""Seconds after which edits of a message have a limit of their own (discord.md section 1)."""
_LIST, _ONE = "/channels/{channel_id}/messages", "/channels/{channel_id}/messages/{message_id}"


class MessageRoutes:
    """Routes of /channels/{channel_id}/messages.

    Args:
        world: The store.
        posting: Creates, edits and deletes messages.
        buckets: For the limit on old messages, which applies only once the message is known.
        readable: Whether the bot may read a message's content.
    """

    def __init__(self, world: World, posting: Posting, buckets: Buckets, readable: Callable[[Message], bool]) -> None:
        self._world = world
        self._posting = posting
        self._buckets = buckets
        self._readable = readable

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [
            Route("GET", _LIST, self._history, bucket="history", major="channel_id"),
            Route("POST", _LIST, self._send, bucket="send", major="channel_id"),
            Route("GET", _ONE, self._get),
            Route("PATCH", _ONE, self._edit, bucket="edit", major="channel_id"),
            Route("DELETE", _ONE, self._delete),
        ]

    def _history(self, request: Request) -> list[Json]:
        """List messages, newest first; none without Read Message History (discord.md section 4)."""
        channel = self._channel(request)
        if not may(self._world.bot, channel, Permission.READ_MESSAGE_HISTORY):
            return []
        form = Form({k: int(v) if v.isdecimal() else v for k, v in request.query.items()})
        limit = form.integer("limit", 1, 100) or 50
        bounds = [(key, form.snowflake(key)) for key in ("around", "before", "after") if key in form]
        if len(bounds) > 1:
            form.complain("", "BASE_TYPE_CHOICES", "Only one of before, after and around may be given.")
        form.check()
        messages = sorted((m for m in channel.messages.values() if not m.ephemeral), key=lambda m: m.id)
        key, bound = bounds[0] if bounds else ("", None)
        return [self._object(message) for message in reversed(_section(messages, key, bound or 0, limit))]

    def _send(self, request: Request) -> Json:
        channel = found(self._world.channels_by_id.get(request.id("channel_id")), unknown_channel())
        payload = read_payload(request.body, request.files, EVERYTHING)
        return self._object(self._posting.create(channel, self._world.bot, payload))

    def _get(self, request: Request) -> Json:
        message = self._message(request)
        if not may(self._world.bot, message.channel, Permission.READ_MESSAGE_HISTORY):
            raise missing_access()
        return self._object(message)

    def _edit(self, request: Request) -> Json:
        message = self._message(request)
        if message.author is not self._world.bot:
            raise not_the_author()
        if self._world.clock() - message.created_at > OLD_AGE:
            grant = self._buckets.take("old_edit", str(message.channel.id))
            if grant is not None and not grant.allowed:
                raise old_message_limit(milliseconds_up(grant.retry_after))
        v2 = bool(message.flags & MessageFlag.COMPONENTS_V2)
        return self._object(self._posting.edit(message, read_payload(request.body, request.files, EVERYTHING, v2=v2)))

    def _delete(self, request: Request) -> None:
        message = self._message(request)
        own = message.author is self._world.bot
        if not own and not may(self._world.bot, message.channel, Permission.MANAGE_MESSAGES):
            raise missing_permissions()
        self._posting.delete(message)

    def _channel(self, request: Request) -> Channel:
        channel = found(self._world.channels_by_id.get(request.id("channel_id")), unknown_channel())
        if not may(self._world.bot, channel, Permission.VIEW_CHANNEL):
            raise missing_access()
        return channel

    def _message(self, request: Request) -> Message:
        """Return the message; for these routes ephemeral ones don't exist (discord.md section 2)."""
        message = self._channel(request).messages.get(request.id("message_id"))
        if message is None or message.ephemeral:
            raise unknown_message()
        return message

    def _object(self, message: Message) -> Json:
        return objects.message(message, self._readable)


def _section(messages: list[Message], key: str, bound: int, limit: int) -> list[Message]:
    """Return the messages that before/after/around select, in the given order, which is by time."""
    earlier = [message for message in messages if message.id < bound]
    later = [message for message in messages if message.id > bound]
    match key:
        case "before":
            return earlier[-limit:]
        case "after":
            return later[:limit]
        case "around":
            middle = [message for message in messages if message.id == bound]
            before = earlier[-(limit // 2) :] if limit > 1 else []
            return (before + middle + later)[:limit]
        case _:
            return messages[-limit:]
