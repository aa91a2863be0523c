"""Routes of channels, members and servers: reading one, opening a DM or a thread on a message, leaving a server."""

from sandbox.discord.rest.requests import Request
from sandbox.discord.rest.server import Route
from sandbox.discord.world import objects
from sandbox.discord.world.entities import Channel, ChannelType, Json
from sandbox.discord.world.errors import (
    UnmodelledError,
    found,
    missing_access,
    missing_permissions,
    unknown_channel,
    unknown_guild,
    unknown_member,
    unknown_message,
    unknown_user,
)
from sandbox.discord.world.forms import Form
from sandbox.discord.world.permissions import Permission, may
from sandbox.discord.world.store import World
from sandbox.discord.world.threads import open_thread


class ChannelRoutes:
    """Routes of channels themselves; `routes_messages` has those of their messages."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Return all routes."""
        one = "/channels/{channel_id}"
        return [
            Route("GET", one, lambda request: objects.channel(self._channel(request))),
            Route("POST", f"{one}/messages/{{message_id}}/threads", self._open_thread, success=201),
            Route("POST", "/users/@me/channels", self._open_dm),
            Route("GET", "/guilds/{guild_id}/members/{user_id}", self._member),
            Route("DELETE", "/users/@me/guilds/{guild_id}", self._leave),
        ]

    def _member(self, request: Request) -> Json:
        guild = self._world.guilds_by_id.get(request.id("guild_id"))
        if guild is None or self._world.bot.id not in guild.members:
            raise missing_access()
        person = request.id("user_id")
        found(self._world.people_by_id.get(person), unknown_user())
        return objects.member(found(guild.members.get(person), unknown_member()))

    def _leave(self, request: Request) -> None:
        guild = found(self._world.guilds_by_id.get(request.id("guild_id")), unknown_guild())
        if self._world.bot.id not in guild.members:
            raise unknown_guild()
        self._world.leave(guild)

    def _open_dm(self, request: Request) -> Json:
        form = Form(request.body)
        form.only("recipient_id")
        recipient = form.snowflake("recipient_id", required=True) or 0
        form.check()
        return objects.channel(self._world.dm(found(self._world.people_by_id.get(recipient), unknown_user())))

    def _open_thread(self, request: Request) -> Json:
        channel = self._channel(request)
        if channel.type is not ChannelType.TEXT:
            raise UnmodelledError("a thread outside of a server's text channel")
        if not may(self._world.bot, channel, Permission.CREATE_PUBLIC_THREADS):
            raise missing_permissions()
        message = found(channel.messages.get(request.id("message_id")), unknown_message())
        form = Form(request.body)
        form.only("name", "auto_archive_duration", "rate_limit_per_user")
        name = form.text("name", least=1, most=100, required=True) or ""
        form.check()
        return objects.channel(open_thread(self._world, self._world.bot, message, name))

    def _channel(self, request: Request) -> Channel:
        channel = found(self._world.channels_by_id.get(request.id("channel_id")), unknown_channel())
        if not may(self._world.bot, channel, Permission.VIEW_CHANNEL):
            raise missing_access()
        return channel
