"""Which error the state of the page, or a reply of Poe, stands for. Pure."""

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
    PriceNotAgreed,
    PromptTooLong,
    QuothError,
    RateLimited,
    SelectorsDrifted,
    TooManyAtOnce,
    UploadRefused,
)
from bot.i18n.translate import later
from bot.poe.web.browser.tab import PageState

_CHALLENGE_TITLES = ("Just a moment...", "Attention Required! | Cloudflare", "Access denied")
_LIMIT_WORDS = re.compile(
    r"limit|used up|out of (?:messages|points)|(?:not enough|insufficient|more) points|upgrade", re.I
)
_NO_POINTS = re.compile(
    r"used up|out of (?:messages|points)|(?:not enough|insufficient) points|(?:need|buy|get) (?:more )?points", re.I
)
# A dialog that asks to agree to what a message costs (poe.md section 4); its wording is not known.
_PRICE_WORDS = re.compile(r"\bcosts?\b|\bprices?\b|\bbudget\b|\bper.message\b|\bfor \d[\d.,]* points\b", re.I)
_POINTS = re.compile(r"(\d[\d.,]{0,12}) points", re.I)
# How Poe may say when a limit ends. Its wording is not known (poe.md section 10), so the whole phrase is quoted.
_RESET = re.compile(r"[^.!?\n]*\b(?:reset|renew|refresh|refill|replenish|again)\w*\b[^.!?\n]*", re.I)
_SOON = re.compile(r"\bin (?:about )?(\d{1,4}) (second|minute|hour|day)s?\b", re.I)
_UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
# HTTP statuses of a page, or of the reply to a prompt, that decide by themselves.
_FORBIDDEN, _NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 403, 404, 429, 500
# Why Poe refuses a prompt: the status in its reply (poe.md section 4).
_REFUSALS: dict[str, type[QuothError]] = {
    "too_many_tokens": PromptTooLong,
    "no_access": ModelUnavailable,
    "rate_limit_exceeded": RateLimited,
    "concurrent_messages": TooManyAtOnce,
    "server_error": AnswerFailed,
}
_FILE_LARGE = later("A file of this question is too large for Poe.")
_FILE_KIND = later("This model doesn't read files of this kind.")
_FILES = {"unsupported_file_type": _FILE_KIND, "file_too_large": _FILE_LARGE}


_LIMIT_SAID = later("Quoth's Poe account is out of points. Try again later. Poe says: “{said}”.")
_CAUSE_SAID = later("Quoth's Poe account is out of points. Poe says: “{said}”.")


def page_error(state: PageState, url: str) -> type[PoeError] | None:
    """Return the error for a page on which no prompt can be typed, dialogs aside. ``url`` is where Poe is."""
    path = urlsplit(state.url).path.rstrip("/")
    if state.challenge or state.title in _CHALLENGE_TITLES:
        return ChallengeShown
    if state.login or path == "/login":
        return LoginRequired
    if state.missing:
        return ModelUnavailable
    if urlsplit(state.url).netloc != urlsplit(url).netloc:
        return PoeUnreachable  # redirected: all pages that Quoth uses are on Poe's origin
    return http_error(state.status)


def http_error(status: int) -> type[PoeError] | None:
    """Return the error for an HTTP status; None for one that is no obstacle."""
    known = {_FORBIDDEN: ChallengeShown, _NOT_FOUND: ModelUnavailable, _TOO_MANY: RateLimited}
    return known.get(status, PoeUnreachable if status >= _SERVER_ERROR else None)


def refusal(status: str, sentence: str) -> QuothError | None:
    """Return the error for Poe's reply to a prompt, by its status and what it says; None if Poe took the prompt."""
    if status in ("", "success"):
        return None
    if status == "reached_limit":
        return limit_reached(sentence)
    if status in _FILES:
        return UploadRefused(f"Poe refused the prompt because of a file: {status}.", sentence=_FILES[status])
    return _REFUSALS.get(status, NotSent)(f"Poe refused the prompt: {status[:60]}.")


def answer_error(state: str) -> QuothError:
    """Return the error for the state of a failed answer; empty if only the page shows that it failed."""
    if state == "error_user_message_too_long":
        return PromptTooLong("Poe says the prompt is too long for this model.")
    if state.startswith("error_insufficient_fund"):  # how Poe tells that the points are used up (next.md section 0)
        return limit_reached("")
    where = state[:60] if state.startswith("error") else "on the page"
    return AnswerFailed(f"Poe marked the answer as failed ({where}).")


def dialog_error(state: PageState) -> PoeError:
    """Return the error for a dialog that can't be closed, before anything was typed."""
    if _asks_for_agreement(state.dialog or ""):
        return price_not_agreed(state.dialog or "")
    if _LIMIT_WORDS.search(state.dialog or ""):
        return limit_reached(state.dialog or "")
    return SelectorsDrifted("A dialog that can't be closed covers Poe's page.")


def not_sent_error(state: PageState) -> PoeError:
    """Return the error for a dialog or a tooltip that appeared instead of the prompt being sent."""
    if state.limit is None and _asks_for_agreement(state.dialog or ""):
        return price_not_agreed(state.dialog or "")
    if state.limit is not None or _LIMIT_WORDS.search(state.dialog or ""):
        return limit_reached(state.limit or state.dialog or "")
    return NotSent("Poe showed a dialog instead of sending the prompt.")


def _asks_for_agreement(dialog: str) -> bool:
    """Whether a dialog asks to agree to a price, which the account could pay."""
    return bool(_PRICE_WORDS.search(dialog)) and not _NO_POINTS.search(dialog)


def price_not_agreed(dialog: str) -> PriceNotAgreed:
    """Return the error for a dialog that asks to agree to a price, with the price if it says so."""
    error = PriceNotAgreed()
    if found := _POINTS.search(dialog):
        error.points = int(re.sub(r"\D", "", found[1]) or 0)
    return error


def limit_reached(text: str) -> LimitReached:
    """Return the error for a limit, with when it ends if Poe's text says so."""
    phrase, soon = _RESET.search(text), _SOON.search(text)
    said = " ".join(phrase[0].split())[:150] if phrase else ""
    error = LimitReached(
        f"{LimitReached.operator_message} Poe says: “{said}”." if said else None,
        sentence=_LIMIT_SAID if said else None,
        said=said,
    )
    error.cause = _CAUSE_SAID if said else error.cause
    error.lasts = int(soon[1]) * _UNITS[soon[2].lower()] if soon else 0.0
    return error
