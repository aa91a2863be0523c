"""How long a model may take: some need minutes before their first word."""

import tomllib
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

_SLOW: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "models.toml").read_text(encoding="utf-8"))["slow"]
_LIMITS = ("first_text", "silence", "total")
_T = TypeVar("_T")


class Patience(NamedTuple):
    """Seconds without any news after which a backend gives an answer up: before its first text, and after it."""

    first_text: float
    silence: float


@lru_cache(256)
def _own_limits(handle: str) -> dict[str, float]:
    name = handle.casefold()
    fits = [each for each in _SLOW if any(fnmatchcase(name, pattern) for pattern in each["handles"])]
    return {limit: max(float(each[limit]) for each in fits) for limit in _LIMITS} if fits else {}


def patient(limits: _T, handle: str) -> _T:
    """Return the time limits for a model: its own in models.toml, where those are longer.

    Args:
        limits: a dataclass with the seconds that a backend waits for the first text, in silence, and in total.
        handle: the model's.
    """
    given: Any = limits
    return replace(given, **{name: max(seconds, getattr(given, name)) for name, seconds in _own_limits(handle).items()})
