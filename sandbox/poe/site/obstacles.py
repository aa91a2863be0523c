"""What a visitor may get instead of a page: an outage, a challenge, the login (poe.md section 5)."""

import hashlib
from urllib.parse import quote

from aiohttp import web

from sandbox.poe.moods.catalogue import Moods
from sandbox.poe.site import markup
from sandbox.poe.site.logins import Logins

CLEARANCE = "cf_clearance"
CHALLENGE_PATH = "/cdn-cgi/challenge-platform"
DOUBT_SECONDS = 300


def obstacle(request: web.Request, moods: Moods, logins: Logins) -> web.Response | None:
    """Return what the visitor gets instead of the page; None if nothing is in the way."""
    if "unavailable" in moods:
        return _unavailable(moods["unavailable"])
    if challenge := _challenge(request, moods, logins):
        return challenge
    wall = "login-wall" in moods and not logins.has_signed_in(request)
    if wall or not logins.may_enter(request):
        logins.sent_away()
        return _to_login(request)
    return _false_logout(request, logins) if "false-logout" in moods else None


def answer(text: str, status: int = 200) -> web.Response:
    """Return an HTML response whose page can't load anything from other hosts."""
    headers = {"Content-Security-Policy": markup.POLICY, "Cache-Control": "no-store"}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def clear_challenge(logins: Logins) -> web.Response:
    """Let a visitor pass the challenge from now on; the challenge page that clears itself requests this."""
    response = web.json_response({})
    response.set_cookie(logins.mark(CLEARANCE), "sandbox", max_age=1800, httponly=True, samesite="Lax")
    return response


def _unavailable(amount: float) -> web.Response:
    status = int(amount) if 400 <= amount < 600 else 503
    return answer(markup.plain(f"{status} - Poe (sandbox)", f"<h1>{status}</h1><p>Please try again later.</p>"), status)


def _challenge(request: web.Request, moods: Moods, logins: Logins) -> web.Response | None:
    clears = moods.get("challenge-clears")
    if "challenge" not in moods and (clears is None or logins.mark(CLEARANCE) in request.cookies):
        return None
    seconds = None if "challenge" in moods else clears
    script = f"{CHALLENGE_PATH}/scripts/challenge.js"
    response = answer(markup.challenge(seconds, script), 403)
    response.headers["cf-mitigated"] = "challenge"
    return response


def _to_login(request: web.Request) -> web.Response:
    return web.Response(status=307, headers={"Location": "/login?redirect_url=" + quote(request.path, safe="")})


def _false_logout(request: web.Request, logins: Logins) -> web.Response | None:
    """Send a visitor to the login page once for each URL, for a few minutes."""
    name = logins.mark("doubted") + "-" + hashlib.sha256(request.path.encode()).hexdigest()[:8]
    if name in request.cookies:
        return None
    response = _to_login(request)
    response.set_cookie(name, "once", max_age=DOUBT_SECONDS, httponly=True, samesite="Lax")
    return response
