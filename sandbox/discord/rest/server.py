"""What all REST routes share: latency, tokens, faults, rate limits, errors, headers and the ledger.

The routes themselves are in the `routes_*` files.
"""

import asyncio
import json
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from sandbox.discord.ledger import Call, Ledger
from sandbox.discord.mischief import Mischief
from sandbox.discord.rest.buckets import Buckets, Grant, headers, milliseconds_up
from sandbox.discord.rest.faults import NO_ANSWER, Fault, Faults
from sandbox.discord.rest.requests import Request, read
from sandbox.discord.world.entities import Json
from sandbox.discord.world.errors import ACKNOWLEDGED, ApiError, UnmodelledError, not_found, unauthorized
from sandbox.discord.world.store import World

log = logging.getLogger(__name__)

API = "/api/v10"
_VIA = {"Via": "1.1 sandbox"}
"""discord.py mistakes a 429 without Via for a ban by Cloudflare (discord.md section 6)."""


Handler = Callable[[Request], object]
"""Does the work without awaiting, and returns the JSON of the response; None means 204."""


@dataclass(frozen=True)
class Route:
    """One route of the API.

    Attributes:
        method: HTTP method.
        template: Path below /api/v10 with its parameters.
        handler: What it does.
        bucket: The rate limit rule's name in `Limits`, if it has one.
        major: The path parameter that distinguishes the rule's buckets.
        public: Whether it works without the bot's token, as the routes of interaction tokens do.
        success: HTTP status of a successful response with a body.
    """

    method: str
    template: str
    handler: Handler
    bucket: str | None = None
    major: str | None = None
    public: bool = False
    success: int = 200


@dataclass
class _Answer:
    status: int
    body: object
    headers: dict[str, str]
    ordered: bool = False

    def send(self) -> web.Response:
        # `body=`, not `text=`, because the content type must be exactly application/json (discord.md section 6).
        if self.body is None or self.status == NO_ANSWER:
            return web.Response(status=self.status or 204, headers=self.headers)
        return web.Response(
            status=self.status,
            body=json.dumps(self.body).encode(),
            content_type="application/json",
            headers=self.headers,
        )


class Api:
    """Serves routes.

    Args:
        world: Its clocks are used.
        token: The bot's token.
        buckets: The rate limits.
        ledger: Records the calls.
        faults: Failures that tests have ordered.
        mischief: Failures that happen at random.
        latency: Seconds that every call takes longer, half of them before it is read.
    """

    def __init__(
        self,
        world: World,
        token: str,
        buckets: Buckets,
        ledger: Ledger,
        faults: Faults,
        mischief: Mischief,
        latency: float,
    ) -> None:
        self._world = world
        self._token = token
        self._buckets = buckets
        self._ledger = ledger
        self._faults = faults
        self._mischief = mischief
        self._unheard: set[str] = set()  # paths of calls that were applied while their answer got lost
        self._latency = latency

    def mount(self, app: web.Application, routes: list[Route]) -> None:
        """Add routes to an application, and a 404 for all other paths of the API."""
        for route in routes:
            app.router.add_route(route.method, API + route.template, self._endpoint(route))
        app.router.add_route("*", "/api/{path:.*}", self._endpoint(None))

    def _endpoint(self, route: Route | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def endpoint(request: web.Request) -> web.StreamResponse:
            started = self._world.monotonic()
            await asyncio.sleep(self._latency / 2)
            answer = await self._answer(route, request)
            await asyncio.sleep(self._latency / 2)
            self._record(route, request, answer, started)
            if answer.status == NO_ANSWER and request.transport is not None:
                request.transport.abort()
            return answer.send()

        return endpoint

    async def _answer(self, route: Route | None, request: web.Request) -> _Answer:
        extra: dict[str, str] = dict(_VIA)
        try:
            if route is None:
                self._ledger.missing(f"{request.method} {request.path}")
                raise not_found()
            fault = self._faults.due(request.method, route.template, request.path)
            if fault is not None and not fault.applied:
                return _failed(fault, extra)
            if not route.public and request.headers.get("Authorization") != f"Bot {self._token}":
                raise unauthorized()
            if (limited := self._limit(route, request, extra)) is not None:
                return limited
            result = route.handler(await read(request))
            if (fault := fault or self._lost_acknowledgement(route)) is not None:
                self._unheard.add(request.path)
                return _failed(fault, extra)
        except ApiError as error:
            if error.retry_after is not None:
                extra |= {"Retry-After": str(math.ceil(error.retry_after)), "X-RateLimit-Scope": error.scope}
            retried = error.code == ACKNOWLEDGED and request.path in self._unheard
            return _Answer(error.status, error.body(), extra, ordered=retried)
        except UnmodelledError as error:
            self._ledger.missing(f"{request.method} {request.path}: {error}")
            return _Answer(501, {"message": f"The sandbox does not model: {error}", "code": 0}, extra)
        except Exception:
            log.exception("the sandbox's Discord failed in %s %s", request.method, request.path)
            self._ledger.unknown.append(f"crash in {request.method} {request.path}")
            return _Answer(500, {"message": "The sandbox failed, see its log", "code": 0}, extra)
        return _Answer(204 if result is None else route.success, result, extra)

    def _lost_acknowledgement(self, route: Route) -> Fault | None:
        if not route.template.endswith("/callback") or not self._mischief.loses_acknowledgement():
            return None
        status = self._mischief.rng.choice((502, NO_ANSWER))
        return Fault(route.method, route.template, status, 0, {"message": "lost", "code": 0}, applied=True)

    def _limit(self, route: Route, request: web.Request, extra: dict[str, str]) -> _Answer | None:
        """Take a token of the route's bucket and the global one; adds the headers, or returns the 429."""
        if not route.public and (grant := self._buckets.take("everything", "")) is not None and not grant.allowed:
            return _too_many(extra | {"X-RateLimit-Global": "true"}, grant, "global")
        if route.bucket is None:
            return None
        scope = request.match_info.get(route.major, "") if route.major is not None else ""
        grant = self._buckets.take(route.bucket, scope)
        if grant is None:
            return None
        extra |= headers(route.bucket, grant, self._world.clock())
        return None if grant.allowed else _too_many(extra, grant, "user")

    def _record(self, route: Route | None, request: web.Request, answer: _Answer, started: float) -> None:
        body: Json = cast("Json", answer.body) if answer.status >= 400 else {}
        remaining = answer.headers.get("X-RateLimit-Remaining")
        self._ledger.write(
            Call(
                at=started,
                method=request.method,
                route=route.template if route is not None else request.path,
                path=request.path.removeprefix(API),
                status=answer.status,
                code=body.get("code"),
                bucket=route.bucket if route is not None else None,
                seconds=self._world.monotonic() - started,
                ordered=answer.ordered,
                remaining=int(remaining) if remaining else None,
            )
        )
        self._world.events.changes.notify()


def _failed(fault: Fault, extra: dict[str, str]) -> _Answer:
    return _Answer(fault.status, fault.body, {} if fault.by_cloudflare else extra | fault.headers(), ordered=True)


def _too_many(extra: dict[str, str], grant: Grant, scope: str) -> _Answer:
    retry_after = milliseconds_up(grant.retry_after)
    extra |= {"Retry-After": str(math.ceil(retry_after)), "X-RateLimit-Scope": scope}
    body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": scope == "global"}
    return _Answer(429, body, extra)
