"""Who is logged in: the `p-b` cookie (poe.md section 5)."""

import random
import string
from collections.abc import Callable

from aiohttp import web

COOKIE = "p-b"
CODE = "123456"
YEAR = 400 * 24 * 3600
_GUEST = "sandbox-guest-"
_SIGNED_IN = "sandbox-in-"


class Logins:
    """Knows visitors by their cookie alone, so that a browser profile stays logged in when the sandbox is restarted.

    Args:
        rng: Makes the cookies.
        on_change: Called when `wanted` may have changed because of a visitor.
        login: Whether visitors must sign in.
    """

    def __init__(self, rng: random.Random, on_change: Callable[[], None], *, login: bool) -> None:
        self._rng = rng
        self._on_change = on_change
        self._login = login
        self._expired: set[str] = set()
        self._seen: set[str] = set()
        self._ended = False
        self._walled = False
        self._all_in = False
        self._era = 0

    def may_enter(self, request: web.Request) -> bool:
        """Return whether the visitor counts as logged in; without the login option everyone does, until `log_out`."""
        return self.has_signed_in(request) or (not self._login and request.cookies.get(COOKIE) not in self._expired)

    def has_signed_in(self, request: web.Request) -> bool:
        """Return whether the visitor has signed in on the login page, now or in an earlier run."""
        cookie = request.cookies.get(COOKIE, "")
        self._seen.add(cookie)
        return self._all_in or (cookie.startswith(_SIGNED_IN) and cookie not in self._expired)

    def keys_are_valid(self, *, walled: bool) -> bool:
        """Return whether the account's API keys are valid, with the wall for visitors in their way or not."""
        valid = self._all_in or not (walled or self._ended)
        self._set_walled(not valid)
        return valid

    def welcome(self, request: web.Request, response: web.StreamResponse) -> None:
        """Set the guest cookie of a visitor who has none, unless a login is required."""
        if not self._login and COOKIE not in request.cookies:
            self._give(response, _GUEST)

    def sign_in(self, response: web.StreamResponse) -> None:
        """Set the persistent cookie of a visitor who entered the right code."""
        self._give(response, _SIGNED_IN)
        self._ended = False
        self.admitted()

    @property
    def wanted(self) -> bool:
        """Whether the last visitor was sent away for want of a login, or the next one would be after `log_out`."""
        return self._ended or self._walled

    def sent_away(self) -> None:
        """Note that a visitor got the login page instead of a chat."""
        self._set_walled(True)

    def admitted(self) -> None:
        """Note that a visitor got a chat, or has signed in."""
        self._set_walled(False)

    def log_in(self) -> None:
        """Count everyone as signed in until the next `log_out`, as if each had signed in on the login page."""
        self._all_in, self._ended, self._walled = True, False, False

    def restore(self) -> None:
        """Undo every `log_in` and `log_out`."""
        self._expired.clear()
        self._all_in = self._ended = self._walled = False

    def log_out(self) -> None:
        """End every login seen so far."""
        self._expired |= self._seen - {""}
        self._all_in, self._ended = False, True

    def forget_marks(self) -> None:
        """Forget who has passed a challenge, was falsely sent to the login page, or was let in by `log_in`."""
        self._era += 1
        self._all_in = False

    def mark(self, name: str) -> str:
        """Return a cookie name that is valid until the next `forget_marks`."""
        return f"{name}-{self._era}" if self._era else name

    def _set_walled(self, walled: bool) -> None:
        if walled != self._walled:
            self._walled = walled
            self._on_change()

    def _give(self, response: web.StreamResponse, prefix: str) -> None:
        token = prefix + "".join(self._rng.choices(string.ascii_letters + string.digits, k=22))
        self._seen.add(token)
        # The real cookie is Secure as well, but some clients don't send those over plain HTTP to 127.0.0.1.
        response.set_cookie(COOKIE, token, max_age=YEAR, httponly=True, samesite="Lax", path="/")
