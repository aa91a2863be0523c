"""The composition root: open the database, Poe's client and Discord's, and close them in reverse."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import discord

from bot.client import QuothBot
from bot.conversation import ResolvedLimits, ResolvedPreferences
from bot.discord_connection import log_in_patiently, point_discord_at, proxy_options, stay_connected
from bot.errors import SettingsError, StorageError, UnknownModel
from bot.ops.gateway_watch import GatewayWatch
from bot.ops.health import Health
from bot.ops.live_models import LiveModels, followed, stored
from bot.ops.retention import deleting
from bot.ops.systemd import Notifier
from bot.poe.api import limits as api_limits
from bot.poe.api.account import Account
from bot.poe.api.backend import ApiBackend, is_installed
from bot.poe.api.points import Points
from bot.poe.backend import Backend
from bot.poe.catalogue import Catalogue, Model
from bot.poe.client import PoeClient
from bot.poe.schedule import Rules
from bot.poe.web.browser.executables import BrowserOptions
from bot.poe.web.browser.tab import Locators
from bot.poe.web.page.locators import LOCATORS, read_locators
from bot.policy.access import AccessRules
from bot.settings import POE_API_URL, POE_UPLOAD_URL, Settings, is_exposed
from bot.sharded_client import ShardedQuothBot
from bot.version import installed_version
from storage.backup import delete_old_copies, keep_copy_for_downgrade
from storage.database import UnusableDatabaseError, open_database, reserved
from storage.stores import Stores

if TYPE_CHECKING:
    from bot.poe.web.browser.session import WebDriverSession

log = logging.getLogger(__name__)

_FORGOTTEN = 1.0  # seconds after which a cancellation that had no effect is repeated


def browser_session(settings: Settings, *, with_profile: bool = True) -> "WebDriverSession":
    """Return the browser as the settings describe it, not yet started; without their profile, nobody is logged in."""
    from bot.poe.web.browser.session import WebDriverSession  # Selenium costs memory that the API does not need

    attach = "{}:{}".format(*settings.poe_browser_attach) if settings.poe_browser_attach else ""
    options = BrowserOptions(
        settings.poe_browser,
        settings.poe_driver,
        settings.poe_browser_args,
        virtual=settings.poe_headless == "virtual",
        attach=attach,
    )
    profile = str(settings.poe_profile_dir) if with_profile and not attach else None
    headless = settings.poe_headless is True and not attach
    return WebDriverSession(None, profile, headless, settings.poe_proxy or None, options)


def browser_sessions(settings: Settings, folder: Path | None = None) -> dict[str, "WebDriverSession"]:
    """Return a browser for each Poe account by the account's name, not yet started; without a Grid one with no name.

    What this machine keeps of a Grid's browsers is in a folder, by default the profile's.
    """
    from bot.poe.web.browser.grid import GridAccount, GridSession  # as in browser_session

    if not settings.poe_grid:
        return {"": browser_session(settings)}
    return {
        name: GridSession(
            settings.poe_grid,
            GridAccount(name, profile),
            (folder or settings.poe_profile_dir) / f"account-{name}",
            headless=settings.poe_headless is True,  # the node has a display
            proxy=settings.poe_proxy or None,
            options=BrowserOptions(arguments=settings.poe_browser_args),
        )
        for name, profile in settings.poe_accounts
    }


def locators(settings: Settings) -> Locators:
    """Return where the parts of Poe's page are.

    Raises:
        SettingsError: POE_LOCATORS names a file that can't be used.
    """
    try:
        return read_locators(settings.poe_locators) if settings.poe_locators else LOCATORS
    except ValueError as error:
        raise SettingsError(f"POE_LOCATORS: {error}.") from error


def choose_backend(settings: Settings) -> tuple[Literal["browser", "api"], str]:
    """Return the way in which Poe is asked, and why that one.

    Raises:
        SettingsError: it is the API, but there is no key.
    """
    profile = settings.poe_profile_dir.is_dir() or settings.poe_browser_attach is not None
    if settings.poe_backend == "browser":
        return "browser", "POE_BACKEND says so"
    if settings.poe_grid and not settings.poe_backend:
        return "browser", "there is a POE_GRID, and POE_BACKEND doesn't choose"
    if settings.poe_backend == "api":
        if not settings.poe_api_key:
            raise SettingsError("POE_BACKEND is api, but POE_API_KEY is missing. Create a key at poe.com/api/keys.")
        why = "POE_BACKEND says so"
    elif not settings.poe_api_key:
        return "browser", "there is no POE_API_KEY"
    elif profile:
        return "browser", "there are a browser profile and a POE_API_KEY, and POE_BACKEND doesn't choose"
    else:
        why = "there is a POE_API_KEY, and no browser profile"
    return "api", why


def exposed_secrets(settings: Settings) -> list[str]:
    """Return a sentence for each file with the token or the API key that others can read."""
    files = (("bot token", settings.discord_token_file), ("API key", settings.poe_api_key_file))
    return [
        f"Others can read the {kind} in {file}. Run `chmod 600 {file}`."
        for kind, file in files
        if file and is_exposed(file)
    ]


def open_to_all(application: discord.AppInfo, settings: Settings) -> list[str]:
    """Return a sentence if anybody can add Quoth to their server, and no rule of the operator's keeps it from there."""
    if not application.bot_public or settings.allowed_servers:
        return []
    return [
        "Anybody can add Quoth to their server and spend your points there: turn off Public Bot on the Bot page of the "
        "developer portal, or set ALLOWED_SERVERS."
    ]


def foreign_addresses(settings: Settings) -> list[str]:
    """Return a sentence for each address at which the API key gets into other hands than Poe's."""
    addresses = (
        ("POE_API_URL", settings.poe_api_url, POE_API_URL),
        ("POE_UPLOAD_URL", settings.poe_upload_url, POE_UPLOAD_URL),
    )
    return [
        f"{name} is not Poe's: the API key and what people ask go to {urlsplit(url).hostname}."
        for name, url, own in addresses
        if settings.poe_api_key and urlsplit(url)[:2] != urlsplit(own)[:2]
    ]


def uses_api(settings: Settings) -> bool:
    """Return whether Poe's API is used, if only while the browser can't be.

    Raises:
        SettingsError: it is to be used, but there is no key, or Poe's client is not installed.
    """
    backend = choose_backend(settings)[0]
    if backend == "browser" and settings.poe_fallback and not settings.poe_api_key:
        raise SettingsError("POE_FALLBACK is api, but POE_API_KEY is missing. Create a key at poe.com/api/keys.")
    if backend == "browser" and not settings.poe_fallback:
        return False
    if not is_installed():
        raise SettingsError("Poe's client for its API isn't installed. Run `pip install 'quoth[api]'`.")
    return True


def poe_points(settings: Settings) -> Points | None:
    """Return the account's points, None where the API is not used."""
    if not uses_api(settings):
        return None
    account = Account(settings.poe_api_url, settings.poe_api_key)
    return Points(account, settings.api_daily_points, settings.points_warning)


def poe_client(settings: Settings, points: Points | None) -> PoeClient:
    """Return Poe's client with the backends that the settings choose, not yet started; see `backends`."""
    return PoeClient(*backends(settings, points))


def backends(settings: Settings, points: Points | None) -> tuple[Mapping[str, Backend], Backend | None]:
    """Return the backends that the settings choose by their accounts, and the one that they fall back to, if any.

    Args:
        settings: the operator's.
        points: the account's points, which the API's backend closes.

    Raises:
        SettingsError: they can't be used with these settings.
    """
    rules = Rules(settings.api_concurrency, gap=0.0, hourly=0, per_minute=settings.api_per_minute)
    waits = (float(settings.answer_first_text), float(settings.answer_silence), float(settings.answer_total))
    api = None
    if points:
        limits, upload_url = api_limits.TimeLimits(*waits), settings.poe_upload_url
        api = ApiBackend(settings.poe_api_url, settings.poe_api_key, rules, limits, upload_url, points)
    if api and choose_backend(settings)[0] == "api":
        return {"": api}, None
    from bot.poe.web.backend import WebBackend  # as in browser_session
    from bot.poe.web.page.chat_page import TimeLimits

    rules = Rules(settings.poe_concurrency, gap=settings.poe_min_gap, hourly=settings.poe_hourly_cap)
    first_text, silence, total = waits
    page_limits = TimeLimits(first_text=first_text, silence=silence, total=total)
    browsers = {
        account: WebBackend(settings.poe_url, session, rules, page_limits, locators(settings), account)
        for account, session in browser_sessions(settings).items()
    }
    return browsers, api


def offered_models(settings: Settings, live: Sequence[Model] = (), as_of: date | None = None) -> Catalogue:
    """Return the models that Quoth offers.

    Args:
        settings: the operator's.
        live: the models on Poe's own list, and those that were on it, where that is known.
        as_of: the day of that list.

    Raises:
        SettingsError: DEFAULT_MODEL is not one of them.
    """
    catalogue = Catalogue(settings.extra_models, foreign=settings.foreign_models, live=live, as_of=as_of)
    try:
        catalogue.default(settings.default_model)
    except UnknownModel as error:
        near = f" Did you mean {', '.join(error.near)}?" if error.near else ""
        raise SettingsError(
            f"DEFAULT_MODEL “{settings.default_model}” is not a known model and not in EXTRA_MODELS.{near}"
        ) from error
    return catalogue


def operators_preferences(settings: Settings, catalogue: Catalogue) -> ResolvedPreferences:
    """Return the preferences in effect where nobody chose. In place of a retired default model its successor is."""
    model = catalogue.default(settings.default_model)
    if settings.default_model and model != (chosen := catalogue.find(settings.default_model)):
        log.warning("Poe has retired DEFAULT_MODEL “%s”; “%s” is used instead.", chosen.name, model.name)
    return ResolvedPreferences(model=model.name, history=settings.history_limit)


def operators_limits(settings: Settings) -> ResolvedLimits:
    """Return the limits in effect where no admin set any."""
    return ResolvedLimits(
        per_person=settings.limit_per_person,
        per_server=settings.limit_per_server,
        at_once=settings.limit_at_once,
        cooldown=settings.limit_cooldown,
        per_person_total=settings.limit_per_person_total,
        files=settings.limit_files,
        file_mb=settings.limit_file_mb,
    )


@asynccontextmanager
async def open_bot(settings: Settings, *, message_content: bool = True) -> AsyncGenerator[QuothBot]:
    """Open everything that the bot needs, and close it in reverse.

    Raises:
        SettingsError: DEFAULT_MODEL is unknown, or POE_LOCATORS can't be used.
        StorageError: the database can't be used, or another Quoth uses it.
    """
    point_discord_at(settings)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # Quoth uses no voice
    if not settings.database_path.exists():
        offered_models(settings)  # so that a start that fails leaves nothing behind
    async with contextlib.AsyncExitStack() as stack:
        try:
            stack.enter_context(reserved(settings.database_path))
            if copy := await asyncio.to_thread(keep_copy_for_downgrade, settings.database_path):
                log.info("Before its update the database was copied to %s.", copy)
            connection = await stack.enter_async_context(open_database(settings.database_path))
        except UnusableDatabaseError as error:
            raise StorageError(str(error)) from error
        log.info("Poe is asked by the %s backend: %s.", *choose_backend(settings))
        for warning in (*exposed_secrets(settings), *foreign_addresses(settings)):
            log.warning("%s", warning)
        stores = Stores.over(connection, settings.retention_days)
        catalogue = offered_models(settings, *await stored(stores.live_models))
        preferences, limits = operators_preferences(settings, catalogue), operators_limits(settings)
        points = poe_points(settings)
        poe = await stack.enter_async_context(poe_client(settings, points))
        if choose_backend(settings)[0] == "api":
            poe.check(catalogue.find(preferences.model).handle)
        elif points:
            points.watch()  # the log says so where the key of the fallback is refused

        async def delete_old() -> int:
            deleted = await stores.delete_old()
            await asyncio.to_thread(delete_old_copies, settings.database_path, settings.retention_days)
            return deleted

        await stack.enter_async_context(deleting(delete_old))
        proxy = proxy_options(settings)
        made = QuothBot if settings.shards == 1 else partial(ShardedQuothBot, shards=settings.shards or None)
        bot = made(
            poe,
            stores,
            catalogue,
            preferences,
            limits,
            message_content=message_content,
            access=AccessRules(settings.allowed_servers, settings.dm_policy, settings.user_installs),
            media_hosts=settings.media_hosts,
            file_kinds=settings.file_kinds,
            points=points,
            **proxy,
        )

        def use(live: LiveModels) -> None:
            catalogue = offered_models(settings, *live)
            bot.use_models(catalogue, operators_preferences(settings, catalogue))

        await stack.enter_async_context(followed(settings.poe_api_url, stores.live_models, use))
        yield await stack.enter_async_context(bot)


@asynccontextmanager
async def looked_after(bot: QuothBot, settings: Settings) -> AsyncGenerator[str]:
    """Watch a bot's health and tell it to systemd and at HEALTH_ADDRESS; gives that, empty if it is not set.

    Raises:
        SettingsError: HEALTH_ADDRESS can't be used.
    """
    health = Health(bot, GatewayWatch(bot), bot.poe_notices, bot.stores.maintenance.size, lambda: bot.warmed_up)
    async with contextlib.AsyncExitStack() as stack:
        address = ""
        if settings.health_address:
            # They take memory that most bots don't need.
            from bot.ops.health_server import serving
            from bot.ops.metrics import Metrics

            way = choose_backend(settings)[0]
            made = Metrics(bot, bot.poe, bot.poe_notices, installed_version(), way, bot.points)
            metrics = bot.asks.observer = made
            health.on_lag = metrics.note_lag
            address = await stack.enter_async_context(serving(health, metrics, *settings.health_address))
        tasks = {
            asyncio.create_task(health.watch(), name="health"),
            asyncio.create_task(Notifier().report(health), name="systemd"),
        }
        try:
            yield address
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


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


async def _serve(settings: Settings, *, message_content: bool) -> None:
    async with open_bot(settings, message_content=message_content) as bot, looked_after(bot, settings):
        connecting = asyncio.create_task(_connect(bot, settings), name="discord")
        try:
            await asyncio.wait({connecting})
        finally:
            while not connecting.done():
                # wait_for of Python 3.11 forgets a cancellation that comes just when what it waits for ends.
                connecting.cancel()
                await asyncio.wait({connecting}, timeout=_FORGOTTEN)
        connecting.result()


async def _connect(bot: QuothBot, settings: Settings) -> None:
    await log_in_patiently(bot, settings)
    for warning in open_to_all(bot.application, settings) if bot.application else ():
        log.warning("%s", warning)
    await stay_connected(bot, settings)
