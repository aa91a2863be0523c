"""The simulated official API, on a port of its own: `/bot`, `/v1`, `/usage`, uploads and files."""

import secrets
from collections.abc import Callable, Sequence

from aiohttp import web

from sandbox.changes import Changes
from sandbox.poe.answers.tempo import Tempo
from sandbox.poe.api import errors
from sandbox.poe.api.asks import Asks
from sandbox.poe.api.bot import BotEndpoint
from sandbox.poe.api.completions import Completions
from sandbox.poe.api.errors import Refusal
from sandbox.poe.api.models import LISTED
from sandbox.poe.api.requests import json_body
from sandbox.poe.api.uploads import LIMIT, UPLOAD_PATH, Uploads
from sandbox.poe.files import Files
from sandbox.poe.moods.catalogue import Moods
from sandbox.poe.site.logins import Logins
from sandbox.poe.site.scripts import Script

_ROWS = (1, 20, 100)
"""The least, default and greatest number of rows of the history in one answer."""


class Api:
    """Everything behind the API's address."""

    def __init__(
        self,
        files: Files,
        active: Callable[[str, list[str]], Moods],
        logins: Logins,
        tempo: Tempo,
        scripts: Sequence[Script],
        changes: Changes,
        on_outage: Callable[[float], None],
        per_minute: int,
    ) -> None:
        self.key = f"sandbox-{secrets.token_urlsafe(16)}"
        self.files = files
        self.uploads = Uploads(self.key, files, changes)
        self.asks = Asks(self.key, files, active, logins, tempo, scripts, changes, on_outage, per_minute)
        self.bot = BotEndpoint(self.asks, self.files)
        self._completions = Completions(self.asks)
        self.models: list[dict[str, object]] = [model.as_json() for model in LISTED]
        """What GET /v1/models lists; tests may change it."""

    def application(self) -> web.Application:
        """Make the application with its routes."""
        app = web.Application(client_max_size=LIMIT)
        app.add_routes(
            [
                web.post("/bot/{handle}", self.bot.post),
                web.post("/v1/chat/completions", self._completions.post),
                web.get("/v1/models", self._models),
                web.get("/usage/current_balance", self._balance),
                web.get("/usage/points_history", self._history),
                web.post(UPLOAD_PATH, self._upload),
                web.get("/base/{kind}/{hash}", self.files.get),
                web.post("/elsewhere/{path:.*}", self._astray),
                web.get("/__calls", self._show_calls),
            ]
        )
        return app

    async def _models(self, request: web.Request) -> web.Response:
        if "models-down" in self.asks.active("", []):
            return errors.response(request, Refusal(503, "The models can't be listed now."), {})
        return web.json_response({"object": "list", "data": self.models})

    async def _balance(self, request: web.Request) -> web.Response:
        moods = self.asks.active("", [])
        if refused := self._unknown(request, moods):
            return refused
        points = self.asks.points(moods)
        return web.json_response(
            {"current_point_balance": points, "plan_points_balance": points, "addon_point_balance": 0}
        )

    async def _history(self, request: web.Request) -> web.Response:
        moods = self.asks.active("", [])
        if refused := self._unknown(request, moods):
            return refused
        least, default, most = _ROWS
        limit = request.query.get("limit", str(default))
        rows = list(reversed(self.asks.balance.history))
        ids = [row.query_id for row in rows]
        after = request.query.get("starting_after")
        if not (limit.isdecimal() and least <= int(limit) <= most) or (after is not None and after not in ids):
            return errors.response(request, Refusal(400, "limit is 1 to 100, starting_after a query_id."), moods)
        rest = rows if after is None else rows[ids.index(after) + 1 :]
        data = [row.as_json() for row in rest[: int(limit)]]
        return web.json_response({"has_more": len(rest) > len(data), "length": len(data), "data": data})

    async def _upload(self, request: web.Request) -> web.Response:
        return await self.uploads.post(request, self.asks.active("", []))

    async def _astray(self, request: web.Request) -> web.Response:
        """Record what followed the mood `redirect` with its prompt."""
        body = await json_body(request)
        call = self.asks.receive(request, request.match_info["path"], body, stream=False)
        call.state = "astray"
        return web.json_response({})

    async def _show_calls(self, request: web.Request) -> web.Response:
        return web.json_response([call.as_json() for call in self.asks.calls])

    def _unknown(self, request: web.Request, moods: Moods) -> web.Response | None:
        """Return why the account's points aren't shown, if so."""
        known = self.asks.is_known(request, moods)
        return None if known else errors.response(request, errors.BAD_KEY, moods)
