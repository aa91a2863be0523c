"""The pages that a browser can open."""

import asyncio
import contextlib
import logging
import mimetypes
import time
from collections.abc import Callable
from typing import cast

from aiohttp import web

from sandbox.changes import Changes
from sandbox.poe.account import Account
from sandbox.poe.moods.catalogue import Moods
from sandbox.poe.records import Visit
from sandbox.poe.site import markup
from sandbox.poe.site.addresses import RESERVED, ChatAddress, parse_address
from sandbox.poe.site.graphql import GraphQL
from sandbox.poe.site.logins import CODE, Logins
from sandbox.poe.site.obstacles import CHALLENGE_PATH, answer, clear_challenge, obstacle
from sandbox.poe.site.skins import SKIN_2023, SKIN_2026, Skin, classes, labels

log = logging.getLogger(__name__)

HYDRATION_LIMIT = 60.0


class Pages:
    """Serves landing pages, chats, the login page and the files they load."""

    def __init__(
        self,
        account: Account,
        graphql: GraphQL,
        logins: Logins,
        active: Callable[[str, list[str]], Moods],
        changes: Changes,
        *,
        build: str,
        hydration: float,
    ) -> None:
        self._account = account
        self._graphql = graphql
        self._logins = logins
        self._active = active
        self._changes = changes
        self.log: list[Visit] = []
        self._build = build
        self._hydration = hydration
        self.is_down = False
        """While true, nobody is kept waiting."""
        self.hanging = 0
        """How many page requests are kept waiting now."""

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of pages, the most specific first; the last one matches every path."""
        return [
            web.get("/favicon.ico", self._favicon),
            web.get("/_next/data/hydration", self._hold_back),
            web.get("/_next/data/moods", self._moods),
            web.get("/login", self._login),
            web.post("/api/login", self._sign_in),
            web.get(markup.STATIC + "/{name}", self._file),
            web.get(CHALLENGE_PATH + "/scripts/{name}", self._file),
            web.post(CHALLENGE_PATH + "/clear", self._clear),
            web.get("/{path:.*}", self._visit),
        ]

    def moods_at(self, address: ChatAddress | None) -> Moods:
        """Return the moods that are on at an address."""
        return self._active(address.handle, address.prompts()) if address else self._active("", [])

    def moods_of(self, request: web.Request) -> Moods:
        """Return the moods that are on for the page from which a request comes."""
        return self.moods_at(parse_address(request.headers.get("Referer", "/"), self._account))

    async def _visit(self, request: web.Request) -> web.StreamResponse:
        if request.path.strip("/").split("/")[0] in RESERVED:
            log.warning("the sandbox doesn't model %s", request.path)
            raise web.HTTPNotImplemented(text=f"the sandbox doesn't model {request.path}")
        address = parse_address(request.path, self._account)
        moods = self.moods_at(address)
        if "hang" in moods:
            await self._keep_waiting(address, moods["hang"])
            moods = self.moods_at(address)
        response = obstacle(request, moods, self._logins) or self._page(request, address, moods)
        self.log.append(Visit(request.path, response.status, time.monotonic()))
        self._changes.notify()
        self._logins.welcome(request, response)
        return response

    async def _keep_waiting(self, address: ChatAddress | None, seconds: float) -> None:
        """Keep a request waiting until the time is over, the mood is off or the server goes down."""
        self.hanging += 1
        self._changes.notify()
        try:
            with contextlib.suppress(TimeoutError):
                await self._changes.wait_for(lambda: self.is_down or "hang" not in self.moods_at(address), seconds)
        finally:
            self.hanging -= 1

    def _page(self, request: web.Request, address: ChatAddress | None, moods: Moods) -> web.Response:
        skin = SKIN_2023 if "skin-2023" in moods and "skin-2026" not in moods else SKIN_2026
        css = classes(skin, f"{self._build}/{len(self.log)}" if "rehash" in moods else self._build)
        if address is None or "not-found" in moods:
            return answer(markup.plain("404 - Poe (sandbox)", markup.not_found(css)), 404)
        if "logged-out-page" in moods and not self._logins.has_signed_in(request):
            self._logins.sent_away()
            return answer(markup.plain(f"{address.handle} - Poe (sandbox)", markup.logged_out(css, address.handle)))
        self._logins.admitted()
        return self._chat_page(address, moods, skin, css)

    def _chat_page(self, address: ChatAddress, moods: Moods, skin: Skin, css: dict[str, str]) -> web.Response:
        names = labels(skin, address.handle, "zh" if "localised" in moods else "en")
        data = {
            "handle": address.handle,
            "skin": skin.name,
            "classes": css,
            "labels": names,
            "labelled": skin.has_labels,
            "hydration": moods.get("hydration", self._hydration),
            "moods": moods,
            "formKey": self._graphql.form_key,
            "hashes": self._graphql.hashes,
            "chat": self._graphql.history(address.chat) if address.chat else None,
        }
        title = f"{address.chat.title if address.chat else address.handle} - Poe (sandbox)"
        body = markup.chat_body(css, names, address.handle, labelled=skin.has_labels)
        return answer(markup.shell(title, body, data))

    async def _login(self, request: web.Request) -> web.Response:
        back = _local(request.query.get("redirect_url", "/"))
        if self._logins.has_signed_in(request):
            raise web.HTTPTemporaryRedirect(back)
        body = markup.login_body(classes(SKIN_2026, self._build))
        return answer(markup.shell("Log in - Poe (sandbox)", body, {"redirect": back}, "login.js"))

    async def _sign_in(self, request: web.Request) -> web.Response:
        body = cast("dict[str, object]", await request.json())
        if body.get("code") != CODE or "@" not in str(body.get("email")):
            return web.json_response({"error": f"In the sandbox the code is {CODE}."}, status=400)
        response = web.json_response({"error": None})
        self._logins.sign_in(response)
        return response

    async def _clear(self, request: web.Request) -> web.Response:
        return clear_challenge(self._logins)

    async def _hold_back(self, request: web.Request) -> web.Response:
        """Answer the page after as long as its hydration takes."""
        await asyncio.sleep(min(float(request.query["seconds"]), HYDRATION_LIMIT))
        return web.json_response({})

    async def _moods(self, request: web.Request) -> web.Response:
        return web.json_response(self.moods_of(request))

    async def _favicon(self, request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in markup.ASSETS:
            raise web.HTTPNotFound
        kept = {"Cache-Control": "public, max-age=31536000, immutable"}
        return web.Response(body=markup.ASSETS[name], content_type=mimetypes.guess_type(name)[0], headers=kept)


def _local(address: str) -> str:
    """Keep redirects on this site."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"
