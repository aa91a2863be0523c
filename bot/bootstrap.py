"""The composition root: open the database, Poe's client and Discord's, and close them in reverse."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import discord
import discord.gateway
import discord.http
import yarl

from bot.client import QuothBot
from bot.conversation import ResolvedLimits, ResolvedPreferences
from bot.errors import QuothError, SettingsError, StorageError, UnknownModel
from bot.ops.retention import deleting
from bot.poe.catalogue import Catalogue
from bot.poe.client import PoeClient
from bot.poe.schedule import Rules
from bot.poe.web.backend import WebBackend
from bot.poe.web.browser.executables import BrowserOptions
from bot.poe.web.browser.session import WebDriverSession
from bot.poe.web.browser.tab import Locators
from bot.poe.web.page.locators import LOCATORS, read_locators
from bot.settings import Settings
from storage.database import UnusableDatabaseError, open_database, reserved
from storage.stores import Stores

log = logging.getLogger(__name__)


class DiscordUnavailable(QuothError):
    """Discord refused the bot; the message says what to do."""


def browser_session(settings: Settings, *, with_profile: bool = True) -> WebDriverSession:
    """Return the browser as the settings describe it, not yet started; without their profile, nobody is logged in."""
    options = BrowserOptions(settings.poe_browser, settings.poe_driver, settings.poe_browser_args)
    profile = str(settings.poe_profile_dir) if with_profile else None
    return WebDriverSession(None, profile, settings.poe_headless, settings.poe_proxy or None, options)


def locators(settings: Settings) -> Locators:
    """Return where the parts of Poe's page are.

    Raises:
        SettingsError: POE_LOCATORS names a file that can't be used.
    """
    try:
        return read_locators(settings.poe_locators) if settings.poe_locators else LOCATORS
    except ValueError as error:
        raise SettingsError(f"POE_LOCATORS: {error}.") from error


def poe_backend(settings: Settings) -> WebBackend:
    """Return the way in which Poe is asked, not yet started.

    Raises:
        SettingsError: POE_LOCATORS names a file that can't be used.
    """
    rules = Rules(settings.poe_concurrency, gap=settings.poe_min_gap, hourly=settings.poe_hourly_cap)
    return WebBackend(settings.poe_url, browser_session(settings), rules, locators=locators(settings))


def offered_models(settings: Settings) -> Catalogue:
    """Return the models that Quoth offers.

    Raises:
        SettingsError: DEFAULT_MODEL is not one of them.
    """
    catalogue = Catalogue(settings.extra_models, foreign=settings.foreign_models)
    try:
        catalogue.find(settings.default_model)
    except UnknownModel as error:
        near = f" Did you mean {', '.join(error.near)}?" if error.near else ""
        raise SettingsError(
            f"DEFAULT_MODEL “{settings.default_model}” is not a known model and not in EXTRA_MODELS.{near}"
        ) from error
    return catalogue


def operators_preferences(settings: Settings) -> ResolvedPreferences:
    """Return the preferences in effect where nobody chose."""
    return ResolvedPreferences(model=settings.default_model, history=settings.history_limit)


def operators_limits(settings: Settings) -> ResolvedLimits:
    """Return the limits in effect where no admin set any."""
    return ResolvedLimits(
        per_person=settings.limit_per_person,
        per_server=settings.limit_per_server,
        at_once=settings.limit_at_once,
        cooldown=settings.limit_cooldown,
    )


def point_discord_at(settings: Settings) -> None:
    """Set where discord.py finds Discord: it has no option for it, but reads both at each connection (discord.md 5)."""
    discord.http.Route.BASE = settings.discord_api_url
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)


@asynccontextmanager
async def open_bot(settings: Settings, *, message_content: bool = True) -> AsyncGenerator[QuothBot]:
    """Open everything that the bot needs, and close it in reverse.

    Raises:
        SettingsError: DEFAULT_MODEL is unknown, or POE_LOCATORS can't be used.
        StorageError: the database can't be used, or another Quoth uses it.
    """
    point_discord_at(settings)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # Quoth uses no voice
    catalogue = offered_models(settings)
    async with contextlib.AsyncExitStack() as stack:
        try:
            stack.enter_context(reserved(settings.database_path))
            connection = await stack.enter_async_context(open_database(settings.database_path))
        except UnusableDatabaseError as error:
            raise StorageError(str(error)) from error
        poe = await stack.enter_async_context(PoeClient(poe_backend(settings)))
        stores = Stores.over(connection, settings.retention_days)
        await stack.enter_async_context(deleting(stores.delete_old))
        preferences, limits = operators_preferences(settings), operators_limits(settings)
        bot = QuothBot(poe, stores, catalogue, preferences, limits, message_content=message_content)
        yield await stack.enter_async_context(bot)


async def run(settings: Settings) -> None:
    """Run the bot until SIGINT, SIGTERM or cancellation; then end every ask, the connection and the browser.

    Raises:
        QuothError: it could not start; the message says why.
    """
    serving = asyncio.current_task()
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # Windows has no such handlers; there Ctrl-C cancels the task
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: serving and serving.cancel())
    with contextlib.suppress(asyncio.CancelledError):
        try:
            await _serve(settings, message_content=True)
        except discord.PrivilegedIntentsRequired:
            log.warning(
                "The message content intent is off in the developer portal: Quoth can read only DMs and mentions, and "
                "channel history is empty. Turn it on under Bot, Privileged Gateway Intents."
            )
            await _serve(settings, message_content=False)


async def log_in(client: discord.Client, settings: Settings) -> None:
    """Log a client in.

    Raises:
        DiscordUnavailable: Discord refused the token, can't be reached, or is not Discord.
    """
    try:
        await client.login(settings.discord_token)
    except discord.LoginFailure as error:
        raise DiscordUnavailable("Discord rejected DISCORD_TOKEN. Copy it again from the Developer Portal.") from error
    except (discord.HTTPException, OSError, TypeError, KeyError) as error:  # the last two: the answer is not Discord's
        found = f"HTTP {error.status}" if isinstance(error, discord.HTTPException) else type(error).__name__
        raise DiscordUnavailable(f"Can't use Discord's API at {settings.discord_api_url} ({found}).") from error


async def _serve(settings: Settings, *, message_content: bool) -> None:
    async with open_bot(settings, message_content=message_content) as bot:
        await log_in(bot, settings)
        try:
            await bot.connect()
        except (discord.GatewayNotFound, discord.ConnectionClosed, AttributeError) as error:
            # discord.py uses its socket without checking that there is one if the first connection fails.
            if isinstance(error, AttributeError) and bot.ws:
                raise
            raise DiscordUnavailable(
                f"Can't connect to Discord's gateway at {settings.discord_gateway_url}."
            ) from error
