"""What stands between Quoth and an answer, told from a look at the page or from what Poe says. Pure."""

import re
from urllib.parse import urlsplit

from bot.errors import (
    AnswerFailed,
    ChallengeShown,
    LimitReached,
    LoginRequired,
    ModelUnavailable,
    NotSent,
    PoeError,
    PoeUnreachable,
    PromptTooLong,
    QuothError,
    RateLimited,
    SelectorsDrifted,
    TooManyAtOnce,
)
from bot.i18n.translate import later
from bot.poe.web.answer.wire import Receipt
from bot.poe.web.browser.tab import Look

_CHALLENGE_TITLES = ("Just a moment...", "Attention Required! | Cloudflare", "Access denied")
_LIMIT_WORDS = re.compile(
    r"limit|used up|out of (?:messages|points)|(?:not enough|insufficient|more) points|upgrade", re.I
)
# How Poe may say when it is over; its wording is not known (poe.md section 10), so the words around are quoted.
_RESET = re.compile(r"[^.!?\n]*\b(?:reset|renew|refresh|refill|replenish|again)\w*\b[^.!?\n]*", re.I)
_SOON = re.compile(r"\bin (?:about )?(\d{1,4}) (second|minute|hour|day)s?\b", re.I)
_UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
# Where a whole page or an answer to the page's own send has one of these, nothing else on it matters (HTTP).
_FORBIDDEN, _NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 403, 404, 429, 500
# Why Poe refuses a prompt, as its own mutation names it (poe.md section 4).
_REFUSALS: dict[str, type[QuothError]] = {
    "too_many_tokens": PromptTooLong,
    "no_access": ModelUnavailable,
    "rate_limit_exceeded": RateLimited,
    "concurrent_messages": TooManyAtOnce,
    "server_error": AnswerFailed,
}


_LIMIT_SAID = later("Quoth's Poe account has used up its points for now. Please try again later. Poe says: “{said}”.")


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


def declined(receipt: Receipt) -> QuothError | None:
    """What Poe answered to a send, where it did not take the prompt."""
    if receipt.status in ("", "success"):
        return None
    if receipt.status == "reached_limit":
        return limit_reached(receipt.sentence)
    return _REFUSALS.get(receipt.status, NotSent)(f"Poe refused the prompt: {receipt.status[:60]}.")


def failed(state: str) -> QuothError:
    """The error for the state with which Poe marked an answer; empty where only the page shows it."""
    if state == "error_user_message_too_long":
        return PromptTooLong("Poe found the prompt too long for this model.")
    where = state[:60] if state.startswith("error") else "on the page"
    return AnswerFailed(f"Poe marked the answer as failed ({where}).")


def unclosed(look: Look) -> PoeError:
    """What a dialog that can't be closed means before anything was typed."""
    if _LIMIT_WORDS.search(look.dialog or ""):
        return limit_reached(look.dialog or "")
    return SelectorsDrifted("A dialog that can't be closed stands in front of Poe's page.")


def unsent(look: Look) -> PoeError:
    """What a dialog or a tooltip means that came instead of a sent prompt."""
    if look.limit is not None or _LIMIT_WORDS.search(look.dialog or ""):
        return limit_reached(look.limit or look.dialog or "")
    return NotSent("Poe asked something in a dialog instead of sending the prompt.")


def limit_reached(text: str) -> LimitReached:
    """What Poe says of a limit, with when it is over where it says that."""
    phrase, soon = _RESET.search(text), _SOON.search(text)
    said = " ".join(phrase[0].split())[:150] if phrase else ""
    error = LimitReached(
        f"{LimitReached.operator_message} Poe says: “{said}”." if said else None,
        sentence=_LIMIT_SAID if said else None,
        said=said,
    )
    error.lasts = int(soon[1]) * _UNITS[soon[2].lower()] if soon else 0.0
    return error
