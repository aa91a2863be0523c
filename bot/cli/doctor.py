"""``quoth doctor``: check the set-up, and say in one sentence how to fix each failure. Nothing is created."""

import asyncio
import os
import stat
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import discord

from bot import bootstrap
from bot.discord_connection import DiscordUnavailable, log_in, point_discord_at, proxy_options
from bot.errors import (
    BrowserFailed,
    ChallengeShown,
    KeyRefused,
    LoginRequired,
    ModelUnavailable,
    PoeUnreachable,
    QuothError,
    SelectorsDrifted,
    SettingsError,
)
from bot.poe.api.account import Account
from bot.poe.web.browser.environment import home_is_writable
from bot.poe.web.browser.executables import find_browser, version_of
from bot.poe.web.browser.start_failure import StartPrevented
from bot.poe.web.page.chat_page import ChatPage
from bot.poe.web.page.composer import clear
from bot.poe.web.page.locators import LOCATORS
from bot.settings import Settings, is_env_file_exposed, unknown_settings
from storage.inspection import inspect_database

_FIXES: dict[type[QuothError], str] = {
    LoginRequired: "Run `quoth login`.",
    ChallengeShown: "Run `quoth login` and solve the CAPTCHA yourself.",
    ModelUnavailable: "Set DEFAULT_MODEL to another model.",
    PoeUnreachable: "Check the network, POE_URL and POE_PROXY.",
    SelectorsDrifted: "In bot/poe/web/page/locators.py, fix the roles below that match nothing.",
    StartPrevented: "",  # its message says what to do
    BrowserFailed: "Close other browsers that use this profile; run `make install`; check POE_BROWSER and POE_DRIVER.",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table. ``passed`` is None for information that can't fail."""

    name: str
    passed: bool | None
    found: str
    fix: str = ""


async def run(show: Callable[[str], None] = print) -> int:
    """Check everything and show each row as soon as it is known; returns 1 if any check failed, else 0."""
    failed = False
    async for check in _checks():
        mark = {True: "ok", False: "FAIL", None: "-"}[check.passed]
        show(f"{mark:<5} {check.name:<22} {check.found}" + (f"  → {check.fix}" if check.fix else ""))
        failed = failed or check.passed is False
    return int(failed)


async def _checks() -> AsyncGenerator[Check]:
    try:
        settings = Settings.read(need_token=False)
        bootstrap.offered_models(settings)
        bootstrap.locators(settings)
        backend, why = bootstrap.choose_backend(settings)
        bootstrap.uses_api(settings)
        unknown = unknown_settings()
    except SettingsError as error:
        yield Check("settings", False, error.operator_message, "Fix it in .env; .env.example explains each line.")
        return
    yield Check("settings", True, "read")
    for sentence in unknown:
        yield Check("settings", None, sentence)
    if is_env_file_exposed():
        yield Check("settings file", False, ".env can be read by others", "Run `chmod 600 .env`.")
    for warning in bootstrap.exposed_secrets(settings):
        yield Check("secrets", False, warning)
    async for check in _discord(settings):
        yield check
    database = await asyncio.to_thread(inspect_database, settings.database_path)
    yield Check("database", database.usable, database.found, database.fix)
    yield Check("backend", None, f"{backend}: {why}")
    if settings.poe_api_key:
        async for check in _api(settings):
            yield check
    if backend == "browser":
        async for check in _browser(settings):
            yield check


async def _api(settings: Settings) -> AsyncGenerator[Check]:
    """Check the API key, without asking any model."""
    for warning in bootstrap.foreign_addresses(settings):
        yield Check("API address", None, warning)
    try:
        balance = await Account(settings.poe_api_url, settings.poe_api_key).balance()
    except QuothError as error:
        fix = (
            "Put a new key into POE_API_KEY." if isinstance(error, KeyRefused) else "Check the network and POE_API_URL."
        )
        yield Check("API key", False, error.operator_message, fix)
        return
    fix = "" if balance > 0 else "Add points at poe.com/api/keys, or wait until they are renewed."
    yield Check("API key", balance > 0, f"accepted; the account has {balance:,} points", fix)


async def _browser(settings: Settings) -> AsyncGenerator[Check]:
    with tempfile.TemporaryDirectory(prefix="quoth-doctor-") as folder:
        # Browsers make files in the home directory, too, and Selenium Manager downloads what it does not find.
        os.environ |= {"XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder, "SE_OFFLINE": "true"}
        for check in await asyncio.to_thread(lambda: list(_poe(settings))):
            yield check


async def _discord(settings: Settings) -> AsyncGenerator[Check]:
    if not settings.discord_token:
        yield Check("token", False, "DISCORD_TOKEN is missing", "Copy it from the portal's Bot page into .env.")
        return
    point_discord_at(settings)
    client = discord.Client(intents=discord.Intents.none(), **proxy_options(settings))
    async with client:
        try:
            await log_in(client, settings)
            application = await client.application_info()
        except (DiscordUnavailable, discord.HTTPException) as error:
            yield Check(
                "token", False, str(error), "Check DISCORD_TOKEN, the network, DISCORD_PROXY and DISCORD_API_URL."
            )
            return
        yield Check("token", True, f"logged in as {client.user}")
        flags = application.flags
        allowed = flags.gateway_message_content or flags.gateway_message_content_limited
        fix = "" if allowed else "Turn on Message Content Intent in the developer portal (Bot page)."
        yield Check("message content", allowed, "on" if allowed else "not allowed: history is empty", fix)
        for warning in bootstrap.open_to_all(application, settings):
            yield Check("who may use it", None, warning)


def _poe(settings: Settings) -> Generator[Check]:
    profile = _profile(settings)
    # A browser makes a profile where there is none.
    session = bootstrap.browser_session(settings, with_profile=_is_filled(settings.poe_profile_dir))
    browser, driver = find_browser(session.options)
    yield Check("browser", None, version_of(browser) or "not on the PATH; Selenium Manager will look for one")
    yield Check("driver", None, version_of(driver) or "no matching one on the PATH; Selenium Manager will look for one")
    yield profile
    if not home_is_writable():
        yield Check("home", None, "nothing can be written in HOME; the browser gets a temporary folder instead")
    handle = bootstrap.offered_models(settings).default(settings.default_model).handle
    with session:
        try:
            page = ChatPage(session.tab(), settings.poe_url, locators=bootstrap.locators(settings))
        except QuothError as error:
            yield Check("browser starts", False, error.operator_message, _fix(error))
            return
        yield Check("browser starts", True, "yes")
        with page:
            try:
                page.open(handle)
                page.type_prompt("quoth doctor")
            except QuothError as error:
                yield Check("login", False, error.operator_message, _fix(error))
                if isinstance(error, PoeUnreachable):
                    return
            else:
                yield Check("login", True, f"the page of {handle} accepts text")
            yield from _locators(page)
            clear(page.tab)


def _is_filled(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK) and any(folder.iterdir())


def _fix(error: QuothError) -> str:
    return next(
        (fix for kind, fix in _FIXES.items() if isinstance(error, kind)), "Run `quoth login` and look at the page."
    )


def _locators(page: ChatPage) -> Generator[Check]:
    matched = page.tab.matching_locators()
    needed = ("composer", "send")
    for role in LOCATORS:
        selector = matched.get(role)
        passed = bool(selector) if role in needed else None
        fix = "Fix this role in bot/poe/web/page/locators.py." if passed is False else ""
        yield Check(f"locator {role}", passed, selector or "nothing matches", fix)


def _profile(settings: Settings) -> Check:
    path = settings.poe_profile_dir
    if not path.exists():
        return Check("profile", False, f"{path} doesn't exist", "Run `quoth login`, which creates it.")
    if not path.is_dir():
        return Check("profile", False, f"{path} is not a directory", "Set POE_PROFILE_DIR to a directory.")
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        return Check("profile", False, f"{path} is readable by other users", f"Run `chmod 700 {path}`.")
    if not os.access(path, os.W_OK):
        return Check("profile", False, f"{path} is read-only", "Make it writable, or choose another POE_PROFILE_DIR.")
    return Check("profile", True, f"{path} is writable")
