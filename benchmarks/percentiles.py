"""Percentiles of measured times, and their conversion to milliseconds."""

from collections.abc import Sequence
from statistics import quantiles


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value below which so many percent of at least two values lie, interpolated between neighbours."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def ms(seconds: float) -> float:
    """Convert seconds to milliseconds."""
    return seconds * 1000
