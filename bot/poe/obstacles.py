"""What stands between Quoth and an answer, told from a look at the page. Pure."""

import re
from urllib.parse import urlsplit

from bot.errors import (
    ChallengeShown,
    LimitReached,
    LoginRequired,
    ModelUnavailable,
    NotSent,
    PoeError,
    PoeUnreachable,
    RateLimited,
    SelectorsDrifted,
)
from bot.poe.tab import Look

_CHALLENGE_TITLES = ("Just a moment...", "Attention Required! | Cloudflare", "Access denied")
_LIMIT_WORDS = re.compile(
    r"limit|used up|out of (?:messages|points)|(?:not enough|insufficient|more) points|upgrade", re.I
)
# Where a whole page or an answer to the page's own send has one of these, nothing else on it matters (HTTP).
_FORBIDDEN, _NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 403, 404, 429, 500


def obstacle(look: Look, url: str) -> type[PoeError] | None:
    """Name what stands between the page and its composer; dialogs are not among it. ``url`` is where Poe is."""
    path = urlsplit(look.url).path.rstrip("/")
    if look.challenge or look.title in _CHALLENGE_TITLES:
        return ChallengeShown
    if look.login or path == "/login":
        return LoginRequired
    if look.missing:
        return ModelUnavailable
    if urlsplit(look.url).netloc != urlsplit(url).netloc:
        return PoeUnreachable  # led away: all pages that Quoth uses are on Poe's origin
    return refused(look.status)


def refused(status: int) -> type[PoeError] | None:
    """Name what an HTTP status says; None where it says nothing against going on."""
    known = {_FORBIDDEN: ChallengeShown, _NOT_FOUND: ModelUnavailable, _TOO_MANY: RateLimited}
    return known.get(status, PoeUnreachable if status >= _SERVER_ERROR else None)


def unclosed(look: Look) -> PoeError:
    """What a dialog that can't be closed means before anything was typed."""
    if _LIMIT_WORDS.search(look.dialog or ""):
        return LimitReached("A dialog about limits stands in front of Poe's page.")
    return SelectorsDrifted("A dialog that can't be closed stands in front of Poe's page.")


def unsent(look: Look) -> PoeError:
    """What a dialog or a tooltip means that came instead of a sent prompt."""
    if look.limit or _LIMIT_WORDS.search(look.dialog or ""):
        return LimitReached()
    return NotSent("Poe asked something in a dialog instead of sending the prompt.")
