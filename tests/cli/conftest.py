"""What the tests of the command line share."""

from pathlib import Path

import pytest

from sandbox.discord.sandbox import DiscordSandbox
from sandbox.poe.sandbox import PoeSandbox


@pytest.fixture
def given(discord: DiscordSandbox, poe: PoeSandbox, tmp_path: Path) -> dict[str, str]:
    """The environment of an operator who has set up nothing yet, and whose Discord and Poe are the stand-ins."""
    return {
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "POE_API_URL": poe.api_url,
        "POE_URL": poe.url,
        "HOME": str(tmp_path),
    }
