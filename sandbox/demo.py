"""The demo: the unmodified bot between a simulated Discord and a simulated Poe, with a temporary database."""

import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot import bootstrap
from sandbox.discord.sandbox import DiscordSandbox
from sandbox.discord.world.permissions import Permission
from sandbox.discord.world.seed import populate
from sandbox.discord.world.store import World
from sandbox.mood_menu import MoodMenu
from sandbox.poe.handles import SHOWN_MOODS
from sandbox.poe.sandbox import PoeSandbox
from sandbox.running_bot import Backend, RestartableBot

_SPEED = 90.0  # characters a second: about a quick model's
_KEPT = ("POE_BROWSER", "POE_DRIVER", "POE_BROWSER_ARGS", "LOG_LEVEL")


@dataclass(frozen=True)
class Demo:
    """The parts of the running demo."""

    discord: DiscordSandbox
    poe: PoeSandbox
    menu: MoodMenu


@asynccontextmanager
async def running_demo(port: int, backend: Backend = "browser") -> AsyncGenerator[Demo]:
    """Run the demo; its page is on this port (0 takes a free one), and the bot asks Poe by this backend.

    Raises:
        OSError: The port is taken.
        QuothError: The bot could not start.
        TimeoutError: The bot did not log in.
    """
    async with AsyncExitStack() as stack:
        poe = await stack.enter_async_context(PoeSandbox(speed=_SPEED))
        menu = MoodMenu(poe)
        discord = await stack.enter_async_context(
            DiscordSandbox(port=port, menu=menu, populate=_populate, forgiving=True)
        )
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quoth-demo-")))
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "POE_URL": poe.url,
            "POE_PROFILE_DIR": str(folder / "profile"),
            "DATABASE_PATH": str(folder / "quoth.sqlite3"),
            "POE_MIN_GAP": "0",  # there is no real account to protect
            "POE_HOURLY_CAP": "0",
            "POE_API_KEY": poe.api_key,
            "POE_API_URL": poe.api_url,
            "POE_UPLOAD_URL": poe.upload_url,
            "MEDIA_HOSTS": poe.media_host,
            "API_PER_MINUTE": "0",
            "EXTRA_MODELS": ",".join(SHOWN_MOODS),
        }
        settings: dict[Backend, bootstrap.Settings] = {
            "browser": bootstrap.Settings.read(environment | {"POE_BACKEND": "browser"}),
            "api": bootstrap.Settings.read(environment | {"POE_BACKEND": "api"}),
        }
        menu.quoth = await stack.enter_async_context(RestartableBot(settings, backend, discord))
        yield Demo(discord, poe, menu)


def _populate(world: World) -> None:
    """Add a channel to the usual world in which Quoth may do little, so that `/diagnose` finds something."""
    populate(world)
    channel = world.add_channel(
        world.guilds["Lighthouse Keepers"], "keepers-only", "Quoth may neither read nor write here"
    )
    world.deny(channel, world.bot, Permission.SEND_MESSAGES | Permission.READ_MESSAGE_HISTORY)
