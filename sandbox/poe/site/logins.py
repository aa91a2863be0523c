"""Who is logged in: the `p-b` cookie (poe.md section 5)."""

import random
import string

from aiohttp import web

COOKIE = "p-b"
CODE = "123456"
YEAR = 400 * 24 * 3600
_GUEST = "sandbox-guest-"
_SIGNED_IN = "sandbox-in-"


class Logins:
    """Knows visitors by their cookie alone, so that a browser profile outlives the sandbox that it logged in to."""

    def __init__(self, rng: random.Random, *, login: bool) -> None:
        self._rng = rng
        self._login = login
        self._expired: set[str] = set()
        self._seen: set[str] = set()
        self._era = 0

    def may_enter(self, request: web.Request) -> bool:
        """Whether the visitor counts as logged in; without the login option everybody does whose login is fresh."""
        return self.has_signed_in(request) or (not self._login and request.cookies.get(COOKIE) not in self._expired)

    def has_signed_in(self, request: web.Request) -> bool:
        """Whether the visitor has come through the login page, now or in an earlier run."""
        cookie = request.cookies.get(COOKIE, "")
        self._seen.add(cookie)
        return cookie.startswith(_SIGNED_IN) and cookie not in self._expired

    def welcome(self, request: web.Request, response: web.StreamResponse) -> None:
        """Gives a visitor who has no cookie the one that everybody gets where no login is wanted."""
        if not self._login and COOKIE not in request.cookies:
            self._give(response, _GUEST)

    def sign_in(self, response: web.StreamResponse) -> None:
        """Sets the persistent cookie of somebody who gave the right code."""
        self._give(response, _SIGNED_IN)

    def log_out(self) -> None:
        """Lets every login that has been seen so far expire."""
        self._expired |= self._seen - {""}

    def begin_anew(self) -> None:
        """Forgets who has passed a challenge and whose login was doubted."""
        self._era += 1

    def mark(self, name: str) -> str:
        """Gives the name of a cookie that only counts until everything begins anew."""
        return f"{name}-{self._era}" if self._era else name

    def _give(self, response: web.StreamResponse, prefix: str) -> None:
        token = "".join(self._rng.choices(string.ascii_letters + string.digits, k=22))
        # The real cookie is Secure too; over plain HTTP on 127.0.0.1 that would keep some clients from sending it.
        response.set_cookie(COOKIE, prefix + token, max_age=YEAR, httponly=True, samesite="Lax", path="/")
