"""Whether a step takes time in proportion to its text."""

import time
from collections.abc import Callable
from itertools import pairwise

MOST = 30
"""How much longer ten times the text may take: what is linear takes ten times as long, what is quadratic a hundred."""
SIZES = (1_000, 10_000, 100_000)
LEAST = 0.002
"""Seconds; times below are not compared."""


def is_linear(
    step: Callable[[str], object],
    make: Callable[[int], str],
    sizes: tuple[int, ...] = SIZES,
    *,
    least: float = LEAST,
    runs: int = 1,
) -> bool:
    """Whether a step takes time in proportion to the text; if it doesn't seem so, it is measured more often.

    Args:
        step: what is measured.
        make: makes a text of so many characters.
        sizes: characters, each ten times the size before it.
        least: seconds; shorter times count as this long.
        runs: how often each size is measured; the shortest time counts.
    """
    times = [max(least, seconds(step, make(size), runs)) for size in sizes]
    linear = all(longer <= MOST * shorter for shorter, longer in pairwise(times))
    return linear or (runs == 1 and is_linear(step, make, sizes, least=least, runs=4))


def seconds(step: Callable[[str], object], text: str, runs: int) -> float:
    """Return the least CPU time that a step takes in so many runs, in seconds."""
    best = float("inf")
    for _ in range(runs):
        started = time.thread_time()
        step(text)
        best = min(best, time.thread_time() - started)
    return best
