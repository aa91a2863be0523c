"""Routes of the application: who the bot is, its commands, its gateway."""

from sandbox.discord.gateway.server import Gateway
from sandbox.discord.rest.requests import Request
from sandbox.discord.rest.server import Route
from sandbox.discord.world import objects
from sandbox.discord.world.commands import check_commands
from sandbox.discord.world.entities import Command, Json
from sandbox.discord.world.events import CommandsChanged
from sandbox.discord.world.store import World

_STARTS_PER_DAY = 1000


class ApplicationRoutes:
    """Routes of the application and its commands."""

    def __init__(self, world: World, gateway: Gateway, message_content: bool) -> None:
        self._world = world
        self._gateway = gateway
        self._message_content = message_content

    def routes(self) -> list[Route]:
        """Return all routes."""
        commands = "/applications/{application_id}/commands"
        return [
            Route("GET", "/users/@me", self._me),
            Route("GET", "/oauth2/applications/@me", self._application),
            Route("GET", commands, lambda _: [each.json for each in self._world.commands()]),
            Route("PUT", commands, self._sync, bucket="commands", major="application_id"),
            Route("GET", "/gateway/bot", self._gateway_bot, bucket="gateway_bot"),
        ]

    def _me(self, _: Request) -> Json:
        return objects.user(self._world.bot) | {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}

    def _application(self, _: Request) -> Json:
        return {
            "id": str(self._world.application_id),
            "name": self._world.bot.display_name,
            "icon": None,
            "description": "The bot under test in a sandbox that is not Discord",
            "type": None,
            "bot": objects.user(self._world.bot),
            "bot_public": False,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 1 << 18 if self._message_content else 0,
            "flags_new": str(1 << 18 if self._message_content else 0),
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": objects.user(next(iter(self._world.users))),
            "approximate_guild_count": len(self._world.guilds_by_id),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": [],
        }

    def _sync(self, request: Request) -> list[Json]:
        """Overwrite all commands; those whose name and type stay keep their ids (docs)."""
        wanted = check_commands(request.body)
        ids = {(each.name, each.type): each.id for each in self._world.commands()}
        self._world.global_commands = [self._command(each, ids) for each in wanted]
        self._world.events.publish(CommandsChanged())
        return [each.json for each in self._world.commands()]

    def _command(self, wanted: Json, ids: dict[tuple[str, int], int]) -> Command:
        kind = int(wanted.get("type") or 1)
        command_id = ids.get((wanted["name"], kind)) or self._world.ids.next()
        bits = wanted.get("default_member_permissions")
        body: Json = {
            "id": str(command_id),
            "application_id": str(self._world.application_id),
            "version": str(self._world.ids.next()),
            "type": kind,
            "name": wanted["name"],
            "name_localizations": wanted.get("name_localizations"),
            "description": wanted.get("description") or "",
            "description_localizations": wanted.get("description_localizations"),
            "options": wanted.get("options") or [],
            "default_member_permissions": None if bits is None else str(bits),
            "dm_permission": wanted.get("dm_permission", True),
            "nsfw": bool(wanted.get("nsfw")),
            "contexts": wanted.get("contexts"),
            "integration_types": wanted.get("integration_types") or [0],
        }
        return Command(command_id, wanted["name"], kind, body)

    def _gateway_bot(self, _: Request) -> Json:
        limit = {
            "total": _STARTS_PER_DAY,
            "remaining": max(0, _STARTS_PER_DAY - self._gateway.identifies),
            "reset_after": 24 * 3600 * 1000,
            "max_concurrency": 1,
        }
        return {"url": self._gateway.url, "shards": self._gateway.shards, "session_start_limit": limit}
