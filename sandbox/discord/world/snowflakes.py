"""Ids that carry the time at which their object was created.

discord.py derives `created_at`, `expires_at` and the buckets of deletions from ids (discord.md section 6).
"""

from collections.abc import Callable

EPOCH_MS = 1_420_070_400_000
_TIME_SHIFT = 22
_PER_MILLISECOND = 1 << 12


def moment(snowflake: int) -> float:
    """Return the Unix time in seconds at which an id was made."""
    return ((snowflake >> _TIME_SHIFT) + EPOCH_MS) / 1000


class Snowflakes:
    """Makes ids, each greater than the last one.

    Args:
        clock: Unix time in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """Make an id of this moment; ids made in the same millisecond keep their order."""
        fresh = (int(self._clock() * 1000) - EPOCH_MS) << _TIME_SHIFT
        self._last = max(fresh, self._last + 1)
        return self._last

    def at(self, when: float, serial: int = 0) -> int:
        """Make an id of a moment in the past, for the messages that the world starts with.

        Args:
            when: Unix time in seconds.
            serial: Tells ids of the same millisecond apart.

        Raises:
            ValueError: The serial does not fit an id.
        """
        if not 0 <= serial < _PER_MILLISECOND:
            raise ValueError(f"serial {serial} does not fit into an id's twelve bits")
        return ((int(when * 1000) - EPOCH_MS) << _TIME_SHIFT) | serial
