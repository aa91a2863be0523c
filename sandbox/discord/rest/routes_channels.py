"""Channels, direct conversations, threads and typing."""

from sandbox.discord.rest.requests import Request
from sandbox.discord.rest.server import Route
from sandbox.discord.world import objects
from sandbox.discord.world.entities import Channel, ChannelType, Json, Message
from sandbox.discord.world.errors import (
    UnmodelledError,
    found,
    missing_access,
    missing_permissions,
    unknown_channel,
    unknown_message,
    unknown_user,
)
from sandbox.discord.world.events import ChannelChanged, TypingStarted
from sandbox.discord.world.forms import Form
from sandbox.discord.world.permissions import Permission, may, may_send
from sandbox.discord.world.store import World
from sandbox.discord.world.threads import open_thread


class ChannelRoutes:
    """Routes of channels themselves; their messages have a file of their own."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """All of them."""
        one = "/channels/{channel_id}"
        return [
            Route("GET", one, lambda request: objects.channel(self._channel(request))),
            Route("PATCH", one, self._edit_thread),
            Route("POST", f"{one}/typing", self._typing, bucket="typing", major="channel_id"),
            Route("POST", f"{one}/threads", self._thread, success=201),
            Route("POST", f"{one}/messages/{{message_id}}/threads", self._thread_from_message, success=201),
            Route("POST", "/users/@me/channels", self._direct),
        ]

    def _typing(self, request: Request) -> None:
        channel = self._channel(request)
        if not may_send(self._world.bot, channel):
            raise missing_permissions()
        self._world.events.publish(TypingStarted(channel, self._world.bot, self._world.clock()))

    def _direct(self, request: Request) -> Json:
        form = Form(request.body)
        form.only("recipient_id")
        recipient = form.snowflake("recipient_id", required=True) or 0
        form.check()
        return objects.channel(self._world.dm(found(self._world.people_by_id.get(recipient), unknown_user())))

    def _thread(self, request: Request) -> Json:
        form = Form(request.body)
        kind = form.integer("type", ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD)
        public = kind == ChannelType.PUBLIC_THREAD
        parent = self._parent(
            request, Permission.CREATE_PUBLIC_THREADS if public else Permission.CREATE_PRIVATE_THREADS
        )
        # Without a type Discord makes a private thread (docs: resources/channel).
        thread_type = ChannelType.PUBLIC_THREAD if public else ChannelType.PRIVATE_THREAD
        return self._open(form, parent, thread_type, None)

    def _thread_from_message(self, request: Request) -> Json:
        parent = self._parent(request, Permission.CREATE_PUBLIC_THREADS)
        message = parent.messages.get(request.id("message_id"))
        if message is None:
            raise unknown_message()
        return self._open(Form(request.body), parent, ChannelType.PUBLIC_THREAD, message)

    def _open(self, form: Form, parent: Channel, kind: ChannelType, message: Message | None) -> Json:
        form.only("name", "type", "auto_archive_duration", "rate_limit_per_user", "invitable")
        name = form.text("name", least=1, most=100, required=True) or ""
        form.check()
        return objects.channel(open_thread(self._world, self._world.bot, parent, name, kind, message))

    def _edit_thread(self, request: Request) -> Json:
        channel = self._channel(request)
        if not channel.is_thread:
            raise UnmodelledError("changing a channel that is not a thread")
        if channel.owner is not self._world.bot and not may(self._world.bot, channel, Permission.MANAGE_THREADS):
            raise missing_permissions()
        form = Form(request.body)
        form.only("name", "archived", "locked", "auto_archive_duration")
        channel.name = form.text("name", least=1, most=100) or channel.name
        form.check()
        channel.archived = form.flag("archived", default=channel.archived)
        channel.locked = form.flag("locked", default=channel.locked)
        self._world.events.publish(ChannelChanged(channel))
        return objects.channel(channel)

    def _parent(self, request: Request, wanted: Permission) -> Channel:
        channel = self._channel(request)
        if channel.type is not ChannelType.TEXT:
            raise UnmodelledError("a thread outside of a server's text channel")
        if not may(self._world.bot, channel, wanted):
            raise missing_permissions()
        return channel

    def _channel(self, request: Request) -> Channel:
        channel = found(self._world.channels_by_id.get(request.id("channel_id")), unknown_channel())
        if not may(self._world.bot, channel, Permission.VIEW_CHANNEL):
            raise missing_access()
        return channel
