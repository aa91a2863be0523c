"""The stand-in's web application: its routes and its pages."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import cast
from urllib.parse import quote

from aiohttp import web

from sandbox.poe import markup
from sandbox.poe.account import Account
from sandbox.poe.graphql import GraphQL
from sandbox.poe.moods import Moods
from sandbox.poe.places import RESERVED, Place, place_of
from sandbox.poe.skins import LABELS, SKINS, classes
from sandbox.poe.updates import Updates
from sandbox.poe.visitors import CODE, Visitors

log = logging.getLogger(__name__)

PAGE = Path(__file__).parent / "page"
# Nothing on the stand-in's pages may reach out, not even for the image hosts that answers name.
POLICY = "default-src 'self'; connect-src 'self' ws:; img-src 'self' data:; style-src 'self' 'unsafe-inline'"


class Site:
    """Serves pages and hands everything else to the parts that know it."""

    def __init__(
        self,
        *,
        account: Account,
        graphql: GraphQL,
        updates: Updates,
        visitors: Visitors,
        active: Callable[[str, list[str]], Moods],
        build: str,
        hydration: float,
    ) -> None:
        self._account = account
        self._graphql = graphql
        self._updates = updates
        self._visitors = visitors
        self._active = active
        self._build = build
        self.hydration = hydration

    def routes(self) -> list[web.RouteDef]:
        """Gives the routes, the most particular first."""
        return [
            web.get("/favicon.ico", self._favicon),
            web.get("/login", self._login),
            web.post("/api/login", self._sign_in),
            web.get("/api/settings", self._settings),
            web.post("/api/gql_POST", self._gql),
            web.post("/api/receive_POST", self._telemetry),
            web.get("/up/{box}/updates", self._follow),
            web.get("/_next/static/{name}", self._static),
            web.get("/{path:.*}", self._visit),
        ]

    async def _visit(self, request: web.Request) -> web.StreamResponse:
        if request.path.strip("/").split("/")[0] in RESERVED:
            log.warning("the sandbox doesn't model %s", request.path)
            raise web.HTTPNotImplemented(text=f"the sandbox doesn't model {request.path}")
        place = place_of(request.path, self._account)
        handle, prompts = (place.handle, place.prompts()) if place else ("", [])
        moods = self._active(handle, prompts)
        wall = "login-wall" in moods and not self._visitors.has_signed_in(request)
        if wall or not self._visitors.may_enter(request):
            raise web.HTTPTemporaryRedirect("/login?redirect_url=" + quote(request.path, safe=""))
        response = self._chat_page(place, moods) if place else self._not_found()
        self._visitors.welcome(request, response)
        return response

    def _chat_page(self, place: Place, moods: Moods) -> web.Response:
        skin = SKINS["2026"]
        css, labels = classes(skin, self._build), LABELS["en"]
        data = {
            "handle": place.handle,
            "skin": skin.name,
            "classes": css,
            "labels": labels,
            "labelled": skin.has_labels,
            "hydration": self.hydration,
            "moods": moods,
            "formKey": self._graphql.form_key,
            "hashes": self._graphql.hashes,
            "chat": self._graphql.history(place.chat) if place.chat else None,
        }
        title = f"{place.chat.title if place.chat else place.handle} - Poe (sandbox)"
        body = markup.chat_body(css, labels, place.handle, labelled=skin.has_labels)
        return self._html(markup.shell(title, body, data))

    def _not_found(self) -> web.Response:
        css = classes(SKINS["2026"], self._build)
        return self._html(markup.plain("404 - Poe (sandbox)", markup.not_found(css)), status=404)

    async def _login(self, request: web.Request) -> web.Response:
        if self._visitors.has_signed_in(request):
            raise web.HTTPTemporaryRedirect(_local(request.query.get("redirect_url", "/")))
        css = classes(SKINS["2026"], self._build)
        data = {"redirect": _local(request.query.get("redirect_url", "/"))}
        return self._html(markup.shell("Log in - Poe (sandbox)", markup.login_body(css), data, "login.js"))

    async def _sign_in(self, request: web.Request) -> web.Response:
        body = cast("dict[str, object]", await request.json())
        if body.get("code") != CODE or "@" not in str(body.get("email")):
            return web.json_response({"error": f"In the sandbox the code is {CODE}."}, status=400)
        response = web.json_response({"error": None})
        self._visitors.sign_in(response)
        return response

    async def _settings(self, request: web.Request) -> web.Response:
        self._admit(request)
        return web.json_response(self._updates.settings(request, websocket=True))

    async def _gql(self, request: web.Request) -> web.Response:
        self._admit(request)
        return await self._graphql.post(request)

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        return await self._updates.handle(request)

    async def _telemetry(self, request: web.Request) -> web.Response:
        return web.json_response({})

    async def _favicon(self, request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _static(self, request: web.Request) -> web.StreamResponse:
        known = {file.name: file for file in PAGE.iterdir()}
        file = known.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        return web.FileResponse(file, headers={"Cache-Control": "no-cache"})

    def _admit(self, request: web.Request) -> None:
        if not self._visitors.may_enter(request):
            raise web.HTTPUnauthorized(text=json.dumps({"error": "not logged in"}), content_type="application/json")

    def _html(self, text: str, status: int = 200) -> web.Response:
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def _local(address: str) -> str:
    """Keeps redirects on this site."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"
