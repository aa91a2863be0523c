"""Which error a refusal of Poe's API, or an error in the middle of an answer, stands for. Pure.

The statuses and types are those of next.md sections A2 and A5. The bodies that were seen differ from the documented
ones, so that they are read leniently; what they say is never repeated, because it may quote the question.
"""

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

from bot.errors import (
    AnswerFailed,
    AnswerRefused,
    AnswerStalled,
    KeyRefused,
    LimitReached,
    ModelOverloaded,
    ModelUnavailable,
    NotSent,
    PoeUnreachable,
    PromptTooLong,
    QuothError,
    RateLimited,
    UploadRefused,
)
from bot.i18n.translate import later

_NOT_STARTED = later("The model didn't start answering. Try again, or ask another model.")
_FILE_LARGE = later("“{name}” is too large for Poe.")
_FILE_REFUSED = later("Poe didn't accept “{name}”.")
_FILE_LATER = later("Poe couldn't take “{name}”. Try again later.")
_OF_THE_ACCOUNT, _LATER = (401, 402), (408, 429)
_REFUSED, _TOO_LARGE = 400, 413
_LONGEST_WAIT = 3600.0  # seconds; a longer Retry-After is not believed
_TYPE = re.compile("[a-z_]{1,40}")
_KINDS: dict[int, type[QuothError]] = {
    401: KeyRefused,
    402: LimitReached,
    403: ModelUnavailable,
    404: ModelUnavailable,
    408: AnswerStalled,
    413: PromptTooLong,
    429: RateLimited,
    500: AnswerFailed,
    502: AnswerFailed,
    503: ModelOverloaded,
    504: AnswerFailed,
    529: ModelOverloaded,
}
_SERVER_ERROR = 500
_EVENT_TYPES: dict[str, type[QuothError]] = {
    "user_message_too_long": PromptTooLong,
    "insufficient_fund": LimitReached,
    "privacy_authorization_error": ModelUnavailable,
    "user_caused_error": AnswerFailed,
}
# What an error without a known type says (poe.md section 7; next.md section A2). The first that fits decides.
_WORDS: tuple[tuple[re.Pattern[str], type[QuothError]], ...] = tuple(
    (re.compile(words, re.IGNORECASE), kind)
    for words, kind in (
        (
            r"\b(?:more|enough|insufficient|out of|used up (?:all )?your) (?:\w+ )?(?:points|credits|funds?)\b",
            LimitReached,
        ),
        (r"insufficient_(?:fund|quota|credits)", LimitReached),
        (r"\b(?:invalid|incorrect|expired|revoked|missing) (?:poe )?api key\b|invalid_api_key", KeyRefused),
        (r"\b(?:bot|model) (?:does not|doesn't) exist\b|model_not_found|\baccess denied\b", ModelUnavailable),
        (r"\btoo long\b|\bcontext (?:length|window)\b|context_length", PromptTooLong),
        (r"\brate limit|\btoo many requests\b", RateLimited),
        (r"moderation|content policy", AnswerRefused),
        (r"\boverloaded\b", ModelOverloaded),
    )
)


def http_refusal(status: int, header: Callable[[str], str], body: bytes) -> QuothError:
    """Return the error for a reply that is no stream of events.

    Args:
        status: its HTTP status, which may be a success.
        header: returns a header by its name, "" where there is none.
        body: how its body begins.
    """
    media = header("Content-Type").partition(";")[0].strip().lower()
    if status < 300:
        return PoeUnreachable(f"What answers at POE_API_URL is not Poe's API: it sends {_media(media)}, not events.")
    if status < 400:
        return PoeUnreachable(f"What answers at POE_API_URL redirects elsewhere (HTTP {status}), and isn't followed.")
    said = _said(body)
    type_ = str(said.get("type") or said.get("code") or "")
    found = f"HTTP {status}" + (f", {type_}" if _TYPE.fullmatch(type_) else "")
    if media == "text/html" and status not in (401, 402, 429):
        return PoeUnreachable(f"A web page came instead of an answer of Poe's API ({found}).")
    kind = _KINDS.get(status, ModelOverloaded if status >= _SERVER_ERROR else NotSent)
    by_words = _by_words(" ".join(str(said.get(key) or "") for key in ("type", "code", "message")))
    if status in (400, 403, 404) and by_words:
        kind = by_words
    error = kind(
        f"{kind.operator_message.rstrip('.')} ({found}).", sentence=_NOT_STARTED if kind is AnswerStalled else None
    )
    if isinstance(error, RateLimited | ModelOverloaded | LimitReached | PoeUnreachable):
        error.lasts = wait_of(header("Retry-After"), datetime.now(UTC))
    return error


def upload_refusal(status: int, header: Callable[[str], str], body: bytes, name: str) -> QuothError:
    """Return the error for an upload of the file ``name`` that Poe did not take; the rest is as in `http_refusal`.

    Only an error of the account concerns other questions: files are taken by another server than questions.
    """
    if status in _OF_THE_ACCOUNT:
        return http_refusal(status, header, body)
    refused = _REFUSED <= status < _SERVER_ERROR and status not in _LATER
    sentence = _FILE_LARGE if status == _TOO_LARGE else _FILE_REFUSED if refused else _FILE_LATER
    return UploadRefused(f"Poe refused a file (HTTP {status}).", sentence=sentence, name=name)


def upload_failed(why: str, name: str) -> UploadRefused:
    """Return the error for an upload that takes too long, or whose connection broke."""
    return UploadRefused(f"A file could not be uploaded to Poe: {why}.", sentence=_FILE_LATER, name=name)


def event_refusal(data: str) -> QuothError:
    """Return the error for an ``error`` event, given its data: JSON with ``text``, ``error_type`` and ``allow_retry``.

    Anything else is an event that Poe's client could not read.
    """
    said = _object(data)
    if said is None:
        return AnswerFailed("Poe sent an event that its client can't read.")
    type_ = str(said.get("error_type") or "")
    kind = _EVENT_TYPES.get(type_) or _by_words(f"{type_} {said.get('text') or ''}") or AnswerFailed
    detail = f", {type_}" if _TYPE.fullmatch(type_) else ""
    return kind(f"{kind.operator_message.rstrip('.')} (an error event{detail}).")


def wait_of(retry_after: str, now: datetime) -> float:
    """Return the seconds that a Retry-After header asks for: a number of seconds or a date; 0 for anything else."""
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            moment = parsedate_to_datetime(retry_after)
        except ValueError:
            return 0.0
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    return min(max(0.0, seconds), _LONGEST_WAIT) if math.isfinite(seconds) else 0.0


def _by_words(text: str) -> type[QuothError] | None:
    return next((kind for words, kind in _WORDS if words.search(text)), None)


def _said(body: bytes) -> dict[str, Any]:
    """Return the fields of an error's body, wherever they are in it."""
    said = _object(body.decode("utf-8", "replace")) or {}
    inner = said.get("error", said.get("detail"))
    if isinstance(inner, dict):
        return cast("dict[str, Any]", inner)
    return said | {"message": inner} if isinstance(inner, str) else said


def _object(text: str) -> dict[str, Any] | None:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _media(media: str) -> str:
    return media if re.fullmatch(r"[\w.+-]{1,40}/[\w.+-]{1,40}", media) else "something else"
