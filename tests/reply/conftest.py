"""The pace of replies is tested here."""

import pytest

from sandbox.discord.rest.buckets import Limits
from tests.support.rate_limits import REAL


@pytest.fixture
def discord_limits() -> Limits:
    """Discord's real rate limits."""
    return REAL
