"""The site's routes: those that pages request data from, and the pages themselves."""

import json
from typing import cast

from aiohttp import BodyPartReader, web

from sandbox.changes import Changes
from sandbox.poe.account import Account
from sandbox.poe.site.graphql import GraphQL, Json
from sandbox.poe.site.logins import Logins
from sandbox.poe.site.pages import Pages
from sandbox.poe.wire.updates import Updates

SOCKETLESS = frozenset(("long-poll", "no-wire"))


class Site:
    """Serves the data routes; `Pages` serves the rest."""

    def __init__(
        self, account: Account, graphql: GraphQL, updates: Updates, logins: Logins, pages: Pages, changes: Changes
    ) -> None:
        self._account = account
        self._graphql = graphql
        self._updates = updates
        self._logins = logins
        self._changes = changes
        self._pages = pages
        self._uploaded: dict[str, tuple[str, bytes]] = {}
        self.events: list[str] = []
        """What pages have reported of themselves."""

    def routes(self) -> list[web.RouteDef]:
        """Return all routes, the most specific first."""
        return [
            web.get("/api/settings", self._settings),
            web.post("/api/gql_POST", self._gql),
            web.post("/api/gql_upload_POST", self._upload),
            web.post("/api/finish_upload_POST", self._upload_first),
            web.post("/api/receive_POST", self._telemetry),
            web.get("/up/{box}/updates", self._follow),
            *self._pages.routes(),
        ]

    async def _settings(self, request: web.Request) -> web.Response:
        self._admit(request)
        # The real settings are the account's; here they depend on the moods of the page that asks.
        websocket = not SOCKETLESS & self._pages.moods_of(request).keys()
        return web.json_response(self._updates.settings(request, websocket=websocket))

    async def _gql(self, request: web.Request) -> web.Response:
        self._admit(request)
        body = cast("Json", await request.json())
        variables = cast("Json", body.get("variables") or {})
        files = [self._uploaded[token] for token in cast("list[str]", variables.get("fileHashJwts") or [])]
        return self._graphql.answer(request.headers, body, files)

    async def _upload(self, request: web.Request) -> web.Response:
        """Answer a query with files: multipart, with the query in the part `queryInfo` or `operations` (B2)."""
        self._admit(request)
        body: Json = {}
        files: list[tuple[str, bytes]] = []
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise web.HTTPBadRequest(text="the sandbox doesn't model nested multipart")
            content = await part.read()
            if part.name in ("queryInfo", "operations"):
                body = cast("Json", json.loads(content))
            elif part.name != "map":
                files.append((part.filename or "", bytes(content)))
        return self._graphql.answer(request.headers, body, files)

    async def _upload_first(self, request: web.Request) -> web.Response:
        """Take a file before its prompt, and answer with the token by which the prompt will name it (B2)."""
        self._admit(request)
        moods = self._pages.moods_of(request)
        part = await (await request.multipart()).next()
        if not isinstance(part, BodyPartReader) or part.name != "file":
            raise web.HTTPBadRequest(text="the sandbox models uploads of one part, `file`")
        if "upload-status" in moods:
            return web.Response(status=int(moods["upload-status"]))
        data = bytes(await part.read())
        token = f"sandbox.{len(self._uploaded)}"
        self._uploaded[token] = (part.filename or "", data)
        return web.json_response({"jwt": token})

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        # The channel's hash admits a page: its cookies stay with the site's own host.
        return await self._updates.handle(request)

    async def _telemetry(self, request: web.Request) -> web.Response:
        self.events += [str(event["category"]) for event in cast("list[Json]", json.loads(await request.text()))]
        self._changes.notify()
        return web.json_response({})

    def _admit(self, request: web.Request) -> None:
        if not self._logins.may_enter(request):
            raise web.HTTPUnauthorized(text=json.dumps({"error": "not logged in"}), content_type="application/json")
