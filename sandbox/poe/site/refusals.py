"""How the site refuses prompts (poe.md section 4)."""

from dataclasses import dataclass

from sandbox.poe.moods.catalogue import Moods
from sandbox.poe.site.points import clock_sentence, span_sentence

REACHED_LIMIT = "reached_limit"
PRICE_MISMATCH = "message_points_display_price_mismatch"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status with which the site refuses a prompt, and the sentence that comes with it (wording unverified)."""

    status: str
    sentence: str
    hours: float | None = None
    """Hours until the account has points again, if the site says so."""


_BY_MOOD = {
    "reached-limit": Refusal(REACHED_LIMIT, "You have used all your points for today. They reset at 00:00 UTC."),
    "too-many-tokens": Refusal("too_many_tokens", "Your message is too long for this bot."),
    "no-access": Refusal("no_access", "This bot is private, deleted, or for subscribers only."),
    "rate-limit-exceeded": Refusal("rate_limit_exceeded", "You are sending messages too quickly."),
    "concurrent-messages": Refusal("concurrent_messages", "Please wait until your other messages are answered."),
    "unsupported-file-type": Refusal("unsupported_file_type", "This bot can't read files of this type."),
    "file-too-large": Refusal("file_too_large", "This file is too large."),
    "server-error": Refusal("server_error", "Server Error"),
}
PRICE = 350
_MISMATCH = Refusal(PRICE_MISMATCH, "The price of this bot has changed.")


def refusal(moods: Moods, shown_price: object) -> Refusal | None:
    """Return how a prompt is refused in these moods; None if it is accepted."""
    if "price-mismatch" in moods and shown_price != PRICE:
        return _MISMATCH
    for name, sentence in (("limit-at", clock_sentence), ("limit-in", span_sentence)):
        if name in moods:
            return Refusal(REACHED_LIMIT, sentence(moods[name]), moods[name])
    return next((refused for name, refused in _BY_MOOD.items() if name in moods), None)
