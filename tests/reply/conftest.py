"""The pace of replies is tested here: Discord has its real rate limits."""

from dataclasses import replace

import pytest

from sandbox.discord.rest.buckets import LIMITS, Limits


@pytest.fixture
def discord_limits() -> Limits:
    """Discord's rate limits; commands may be synced as often as a test restarts Quoth."""
    return replace(LIMITS, commands=None)
