"""The way to Discord: where it is, through which proxy, and patiently while it can't be reached."""

import asyncio
import contextlib
import logging
import time
import warnings
from collections.abc import Generator
from typing import Any

import aiohttp
import discord
import discord.gateway
import discord.http
import yarl

from bot.client import QuothBot
from bot.discord_errors import LONGEST_PAUSE, pauses
from bot.errors import QuothError
from bot.first_responses import use_first_responses
from bot.gateway_events import GatewayUnreadable
from bot.settings import Settings

log = logging.getLogger(__name__)

_TOKEN_REFUSED = 4004  # the gateway's close code (discord.md section 5)


class DiscordUnavailable(QuothError):
    """Discord can't be used; the message says what to do."""


class TokenRefused(DiscordUnavailable):
    """Discord does not know the token, which no further try changes."""

    operator_message = "Discord rejected DISCORD_TOKEN. Copy it again from the Developer Portal."


def point_discord_at(settings: Settings) -> None:
    """Set where discord.py finds Discord: it has no option for it, but reads both at each connection (discord.md 5)."""
    discord.http.Route.BASE = settings.discord_api_url
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)
    use_first_responses()


def proxy_options(settings: Settings) -> dict[str, Any]:
    """Return the options with which a discord.py client uses DISCORD_PROXY for REST, the gateway and files."""
    if not settings.discord_proxy:
        return {}
    address = yarl.URL(settings.discord_proxy)
    options: dict[str, Any] = {"proxy": str(address.with_user(None))}  # so that no error quotes the password
    if address.user:
        options["proxy_auth"] = aiohttp.BasicAuth(address.user, address.password or "", "utf-8")
        # discord.py has no other way for credentials than the argument that aiohttp wants to give up.
        warnings.filterwarnings("ignore", "The 'proxy_auth' parameter is deprecated", DeprecationWarning)
    return options


async def log_in(client: discord.Client, settings: Settings) -> None:
    """Log a client in.

    Raises:
        TokenRefused: Discord does not know the token.
        DiscordUnavailable: Discord can't be reached, or what answers is not Discord.
    """
    try:
        await client.login(settings.discord_token)
    except discord.LoginFailure as error:
        raise TokenRefused from error
    except (discord.HTTPException, aiohttp.ClientError, OSError, TypeError, KeyError, ValueError) as error:
        if isinstance(error, discord.HTTPException):
            found = f"it answers with HTTP {error.status}"
        elif isinstance(error, aiohttp.ClientConnectionError | OSError):
            found = "it can't be reached"
        else:
            found = "what answers is not Discord"
        raise DiscordUnavailable(f"Can't use Discord's API at {settings.discord_api_url}: {found}.") from error


async def log_in_patiently(bot: QuothBot, settings: Settings) -> None:
    """Log the bot in, however long Discord can't be reached; says so once.

    Raises:
        TokenRefused: Discord does not know the token.
        DiscordUnavailable: Discord refused the bot's commands.
    """
    growing, told = pauses(), False
    with _without_repetitions(bot):
        while True:
            try:
                return await log_in(bot, settings)
            except TokenRefused:
                raise
            except DiscordUnavailable as error:
                if bot.extensions:  # it was logged in, so that Discord refused something else
                    raise
                if not told:
                    log.warning("%s Quoth tries again until it works.", error)
                told = True
            await _forget_session(bot)
            await asyncio.sleep(next(growing))


async def stay_connected(bot: QuothBot, settings: Settings) -> None:
    """Receive events until the bot is closed; connects again after whatever breaks the connection, and says so once.

    Raises:
        discord.PrivilegedIntentsRequired: the message content intent is off.
        TokenRefused: Discord does not know the token any more.
        DiscordUnavailable: Discord refused the bot.
        GatewayUnreadable: what a connection begins with can't be read.
    """
    place = f"Discord's gateway at {settings.discord_gateway_url}"
    growing, told = pauses(), ""
    with _without_repetitions(bot):
        while True:
            began = time.monotonic()
            try:
                return await bot.connect()
            except (discord.PrivilegedIntentsRequired, QuothError):
                raise
            except discord.ConnectionClosed as error:
                if error.code == _TOKEN_REFUSED:
                    raise TokenRefused from error
                raise DiscordUnavailable(f"{place} refused the bot (code {error.code}).") from error
            except Exception as error:  # noqa: BLE001 - a frame that can't be read raises anything
                problem, failure = _problem(bot, error), error
            if time.monotonic() - began > LONGEST_PAUSE:
                growing, told = pauses(), ""
            if told != problem:
                told = problem
                log.warning("%s %s Quoth tries again until it works.", place, problem)
            if isinstance(bot, discord.AutoShardedClient) and bot.is_closed():  # which discord.py did
                raise GatewayUnreadable(f"{place} {problem} Start Quoth again.") from failure
            if bot.ws and bot.ws.open:
                await bot.ws.close()
            await asyncio.sleep(next(growing))


def _problem(bot: QuothBot, error: Exception) -> str:
    """Return what broke a connection that can be made again.

    Raises:
        GatewayUnreadable: it broke before it was ready, which would happen again.
    """
    # discord.py uses its socket without checking that there is one if the first connection fails.
    if isinstance(error, AttributeError) and not bot.ws:
        return "can't be reached."
    if not bot.gateway_events.ready:
        raise GatewayUnreadable(
            "What Discord's gateway sent first can't be read. Check DISCORD_GATEWAY_URL, or update Quoth."
        ) from error
    return "sent something that can't be read."


async def _forget_session(client: discord.Client) -> None:
    """Close the session of a failed login: the next one makes another, and discord.py would only drop this one."""
    await client.http.close()
    client.http.clear()
    client.http.connector = discord.utils.MISSING


@contextlib.contextmanager
def _without_repetitions(bot: QuothBot) -> Generator[None]:
    """Keep discord.py from logging each try until the bot was connected once; later outages it reports."""

    def shown(record: logging.LogRecord) -> bool:
        return bool(bot.ws) or not str(record.msg).startswith(("logging in", "Attempting a reconnect"))

    library = logging.getLogger("discord.client")
    library.addFilter(shown)
    try:
        yield
    finally:
        library.removeFilter(shown)
