"""The stand-in Poe's moods, sorted by what the browser driver makes of them."""

from dataclasses import replace

from bot.errors import (
    AnswerFailed,
    ChallengeShown,
    LimitReached,
    LoginRequired,
    ModelUnavailable,
    NotSent,
    PoeUnreachable,
    PriceNotAgreed,
    PromptTooLong,
    QuothError,
    RateLimited,
    TooManyAtOnce,
    UploadRefused,
)
from tests.support.browser_asks import LIMITS

ANSWERED = (
    "novel",
    "oddities",
    "thinking",
    "empty",
    "file",
    "no-suggestions",
    "late-suggestions=0.2",
    "several=0.4",
    "slow=0.5",
    "drop",
    "missed",
    "refetch",
    "freeze=0.6",
    "outage=0.3",
    "text-updates",
    "long-poll",
    "no-wire",
    "no-author",
    "tch-host",
    "quiet",
    "storm",
)
"""Moods with which the fragments join to exactly the text that Poe has in the end."""
REWRITTEN = ("image=0.1", "sound=0.1", "rewrite=0.1")
"""Moods in which Poe takes back what it has shown."""
REREAD = ("drop-for-good", "silent-socket")
"""Moods in which the page hears nothing more and has to be loaded again."""

MOODS_OF_PAGES = (("skin-2023",), ("rehash", "localised"), ("hydration=0.6", "late-send=0.6"), ("plain-setter",))
"""Moods of a page on which everything works, but otherwise than usual."""

BARRED: dict[str, type[QuothError]] = {
    "login-wall": LoginRequired,
    "logged-out-page": LoginRequired,
    "challenge": ChallengeShown,
    "not-found": ModelUnavailable,
    "unavailable": PoeUnreachable,
    "unavailable=429": RateLimited,
    "hang=3": PoeUnreachable,
    "tooltip-limit": LimitReached,
    "price-dialog": PriceNotAgreed,
}
"""Moods in which nothing reaches Poe."""
EXPIRING = {"challenge": replace(LIMITS, composer=1.0), "hang=3": replace(LIMITS, load=1.0)}
"""Those of them that last until a limit expires."""
REFUSED: dict[str, type[QuothError]] = {
    "too-many-tokens": PromptTooLong,
    "no-access": ModelUnavailable,
    "rate-limit-exceeded": RateLimited,
    "concurrent-messages": TooManyAtOnce,
    "unsupported-file-type": UploadRefused,
    "file-too-large": UploadRefused,
    "price-mismatch": NotSent,
    "server-error": AnswerFailed,
}
"""Moods in which Poe refuses the prompt that reached it."""
PASSED = {"false-logout": [307, 200], "challenge-clears=0.4": [403, 200], "promo": [200]}
"""Moods that are over soon, with the status of each visit until then."""
