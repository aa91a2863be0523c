"""The environment variables of a bot between the two stand-ins."""

import os
from pathlib import Path

from sandbox.discord.sandbox import DiscordSandbox
from sandbox.poe.sandbox import PoeSandbox


def bot_environment(poe: PoeSandbox, discord: DiscordSandbox, folder: Path) -> dict[str, str]:
    """Return the environment of a bot between the two stand-ins, with its profile and database in a folder."""
    return {
        "PATH": os.environ["PATH"],
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "POE_URL": poe.url,
        "POE_API_URL": poe.api_url,
        "POE_PROFILE_DIR": str(folder / "profile"),
        "DATABASE_PATH": str(folder / "quoth.sqlite3"),
        "MEDIA_HOSTS": poe.media_host,
        "POE_MIN_GAP": "0",
        "POE_HOURLY_CAP": "0",
        "EXTRA_MODELS": "Sandbox-Novel,Sandbox-Error,Sandbox-Stall,Sandbox-Login-Wall,My-Private-Bot",
        "FOREIGN_MODELS": "true",
    }


def by_api(poe: PoeSandbox) -> dict[str, str]:
    """Return what else is in the environment of a bot that asks by Poe's API, which needs no browser."""
    return {
        "POE_BACKEND": "api",
        "POE_API_KEY": poe.api_key,
        "POE_API_URL": poe.api_url,
        "POE_UPLOAD_URL": poe.upload_url,
    }
