"""Numbers and durations as people write them in the current language."""

from babel import Locale
from babel.numbers import format_decimal

from bot.i18n.translate import current_language, t

_MINUTES = 90  # seconds from which on a duration is given in minutes
_HOURS = 120  # minutes from which on it is given in hours


def number(value: float) -> str:
    """Return a number with separators between its thousands, and at most one decimal."""
    return format_decimal(round(value, 1), locale=Locale.parse(current_language(), sep="-"))


def duration(seconds: float) -> str:
    """Return a duration in the largest unit that says enough: "90 s", "2 min", "2.5 h"."""
    if seconds <= _MINUTES:
        return t("{count} s", count=number(round(seconds)))
    minutes = round(seconds / 60)
    if minutes < _HOURS:
        return t("{count} min", count=number(minutes))
    return t("{count} h", count=number(minutes / 60))
