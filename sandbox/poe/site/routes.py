"""The site's routes: those that pages request data from, and the pages themselves."""

import json
from typing import cast

from aiohttp import BodyPartReader, web

from sandbox.poe.account import Account
from sandbox.poe.site.addresses import parse_address
from sandbox.poe.site.graphql import GraphQL, Json
from sandbox.poe.site.logins import Logins
from sandbox.poe.site.pages import Pages
from sandbox.poe.wire.updates import Updates

SOCKETLESS = frozenset(("long-poll", "no-wire"))


class Site:
    """Serves the data routes; `Pages` serves the rest."""

    def __init__(self, account: Account, graphql: GraphQL, updates: Updates, logins: Logins, pages: Pages) -> None:
        self._account = account
        self._graphql = graphql
        self._updates = updates
        self._logins = logins
        self._pages = pages

    def routes(self) -> list[web.RouteDef]:
        """Return all routes, the most specific first."""
        return [
            web.get("/api/settings", self._settings),
            web.post("/api/gql_POST", self._gql),
            web.post("/api/gql_upload_POST", self._upload),
            web.post("/api/receive_POST", self._telemetry),
            web.get("/up/{box}/updates", self._follow),
            *self._pages.routes(),
        ]

    async def _settings(self, request: web.Request) -> web.Response:
        self._admit(request)
        # The real settings are the account's; here they depend on the moods of the page that asks.
        address = parse_address(request.headers.get("Referer", "/"), self._account)
        websocket = not SOCKETLESS & self._pages.moods_at(address).keys()
        return web.json_response(self._updates.settings(request, websocket=websocket))

    async def _gql(self, request: web.Request) -> web.Response:
        self._admit(request)
        return self._graphql.answer(request.headers, cast("Json", await request.json()))

    async def _upload(self, request: web.Request) -> web.Response:
        """Answer a query with files: multipart, with the query in the part `queryInfo` (poe.md section 4)."""
        self._admit(request)
        body: Json = {}
        files: list[tuple[str, bytes]] = []
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise web.HTTPBadRequest(text="the sandbox doesn't model nested multipart")
            content = await part.read()
            if part.name == "queryInfo":
                body = cast("Json", json.loads(content))
            else:
                files.append((part.filename or "", bytes(content)))
        return self._graphql.answer(request.headers, body, files)

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        # The channel's hash admits a page: its cookies stay with the site's own host.
        return await self._updates.handle(request)

    async def _telemetry(self, request: web.Request) -> web.Response:
        return web.json_response({})

    def _admit(self, request: web.Request) -> None:
        if not self._logins.may_enter(request):
            raise web.HTTPUnauthorized(text=json.dumps({"error": "not logged in"}), content_type="application/json")
