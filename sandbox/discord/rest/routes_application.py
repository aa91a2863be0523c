"""Who the bot is, what it can do, where its gateway is."""

from sandbox.discord.gateway.server import Gateway
from sandbox.discord.rest.requests import Request
from sandbox.discord.rest.server import Route
from sandbox.discord.world import objects
from sandbox.discord.world.commands import check_commands
from sandbox.discord.world.entities import Command, Guild, Json
from sandbox.discord.world.errors import found, unknown_guild, unknown_member, unknown_user
from sandbox.discord.world.events import CommandsChanged
from sandbox.discord.world.store import World

_STARTS_PER_DAY = 1000


class ApplicationRoutes:
    """Routes about the application, its commands and its users."""

    def __init__(self, world: World, gateway: Gateway, message_content: bool) -> None:
        self._world = world
        self._gateway = gateway
        self._message_content = message_content

    def routes(self) -> list[Route]:
        """All of them."""
        commands, local = "/applications/{application_id}/commands", "/applications/{application_id}/guilds/{guild_id}"
        return [
            Route("GET", "/users/@me", self._me),
            Route("GET", "/oauth2/applications/@me", self._application),
            Route("GET", commands, lambda _: [each.json for each in self._world.global_commands or []]),
            Route("PUT", commands, self._sync, bucket="commands", major="application_id"),
            Route("GET", f"{local}/commands", self._guild_commands),
            Route("PUT", f"{local}/commands", self._sync),
            Route("GET", "/gateway/bot", self._gateway_bot, bucket="gateway_bot"),
            Route("GET", "/users/{user_id}", self._user),
            Route("GET", "/guilds/{guild_id}/members/{user_id}", self._member),
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
        """Overwrite all commands, keeping the ids of those whose name and type stay (docs)."""
        guild = self._guild(request) if "guild_id" in request.path else None
        wishes = check_commands(request.body)
        old = self._world.guild_commands.get(guild.id, []) if guild is not None else self._world.global_commands or []
        ids = {(each.name, each.type): each.id for each in old}
        new = [self._command(wish, ids, guild) for wish in wishes]
        if guild is not None:
            self._world.guild_commands[guild.id] = new
        else:
            self._world.global_commands = new
        self._world.events.publish(CommandsChanged(guild))
        return [each.json for each in new]

    def _command(self, wish: Json, ids: dict[tuple[str, int], int], guild: Guild | None) -> Command:
        kind = int(wish.get("type") or 1)
        command_id = ids.get((wish["name"], kind)) or self._world.ids.next()
        bits = wish.get("default_member_permissions")
        body: Json = {
            "id": str(command_id),
            "application_id": str(self._world.application_id),
            "version": str(self._world.ids.next()),
            "type": kind,
            "name": wish["name"],
            "name_localizations": wish.get("name_localizations"),
            "description": wish.get("description") or "",
            "description_localizations": wish.get("description_localizations"),
            "options": wish.get("options") or [],
            "default_member_permissions": None if bits is None else str(bits),
            "dm_permission": wish.get("dm_permission", True),
            "nsfw": bool(wish.get("nsfw")),
            "contexts": wish.get("contexts"),
            "integration_types": wish.get("integration_types") or [0],
        }
        if guild is not None:
            body["guild_id"] = str(guild.id)
        return Command(command_id, wish["name"], kind, guild, body)

    def _guild_commands(self, request: Request) -> list[Json]:
        return [each.json for each in self._world.guild_commands.get(self._guild(request).id, [])]

    def _gateway_bot(self, _: Request) -> Json:
        limit = {
            "total": _STARTS_PER_DAY,
            "remaining": max(0, _STARTS_PER_DAY - self._gateway.identifies),
            "reset_after": 24 * 3600 * 1000,
            "max_concurrency": 1,
        }
        return {"url": self._gateway.url, "shards": 1, "session_start_limit": limit}

    def _user(self, request: Request) -> Json:
        known = {**self._world.people_by_id, self._world.bot.id: self._world.bot}
        return objects.user(found(known.get(request.id("user_id")), unknown_user()))

    def _member(self, request: Request) -> Json:
        return objects.member(found(self._guild(request).members.get(request.id("user_id")), unknown_member()))

    def _guild(self, request: Request) -> Guild:
        return found(self._world.guilds_by_id.get(request.id("guild_id")), unknown_guild())
