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
    """Knows visitors by their cookie alone, so that a browser profile stays logged in when the sandbox is restarted."""

    def __init__(self, rng: random.Random, *, login: bool) -> None:
        self._rng = rng
        self._login = login
        self._expired: set[str] = set()
        self._seen: set[str] = set()
        self._era = 0

    def may_enter(self, request: web.Request) -> bool:
        """Return whether the visitor counts as logged in; without the login option everyone does, until `log_out`."""
        return self.has_signed_in(request) or (not self._login and request.cookies.get(COOKIE) not in self._expired)

    def has_signed_in(self, request: web.Request) -> bool:
        """Return whether the visitor has signed in on the login page, now or in an earlier run."""
        cookie = request.cookies.get(COOKIE, "")
        self._seen.add(cookie)
        return cookie.startswith(_SIGNED_IN) and cookie not in self._expired

    def welcome(self, request: web.Request, response: web.StreamResponse) -> None:
        """Set the guest cookie of a visitor who has none, unless a login is required."""
        if not self._login and COOKIE not in request.cookies:
            self._give(response, _GUEST)

    def sign_in(self, response: web.StreamResponse) -> None:
        """Set the persistent cookie of a visitor who entered the right code."""
        self._give(response, _SIGNED_IN)

    def log_out(self) -> None:
        """End every login seen so far."""
        self._expired |= self._seen - {""}

    def forget_marks(self) -> None:
        """Forget who has passed a challenge or was falsely sent to the login page."""
        self._era += 1

    def mark(self, name: str) -> str:
        """Return a cookie name that is valid until the next `forget_marks`."""
        return f"{name}-{self._era}" if self._era else name

    def _give(self, response: web.StreamResponse, prefix: str) -> None:
        token = "".join(self._rng.choices(string.ascii_letters + string.digits, k=22))
        # The real cookie is Secure as well, but some clients don't send those over plain HTTP to 127.0.0.1.
        response.set_cookie(COOKIE, prefix + token, max_age=YEAR, httponly=True, samesite="Lax", path="/")
