"""Ids that tell the truth about their time.

discord.py derives `created_at`, `expires_at` and the buckets of deletions from ids (discord.md section 6), so an id
made here carries the moment at which its object came to be.
"""

from collections.abc import Callable

EPOCH_MS = 1_420_070_400_000
_TIME_SHIFT = 22
_PER_MILLISECOND = 1 << 12


def moment(snowflake: int) -> float:
    """The Unix time in seconds at which an id was made."""
    return ((snowflake >> _TIME_SHIFT) + EPOCH_MS) / 1000


class Snowflakes:
    """A source of ids, each greater than the last of the same source.

    Args:
        clock: Unix time in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """An id of this moment; ids made in the same millisecond keep their order."""
        fresh = (int(self._clock() * 1000) - EPOCH_MS) << _TIME_SHIFT
        self._last = max(fresh, self._last + 1)
        return self._last

    def at(self, when: float, serial: int = 0) -> int:
        """An id of a moment in the past, for the world's furniture.

        Args:
            when: Unix time in seconds.
            serial: Tells things apart that came to be in the same millisecond.

        Raises:
            ValueError: The serial does not fit an id.
        """
        if not 0 <= serial < _PER_MILLISECOND:
            raise ValueError(f"serial {serial} does not fit into an id's twelve bits")
        return ((int(when * 1000) - EPOCH_MS) << _TIME_SHIFT) | serial
