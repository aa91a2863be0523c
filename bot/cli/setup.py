"""``quoth setup``: ask for what Quoth needs, check each answer at once, write ``.env``, and end with ``quoth doctor``.

Nothing is written before all is answered. What is in ``.env`` already is kept, but for the lines that change.
"""

import asyncio
import getpass
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import discord
from dotenv import dotenv_values, set_key

from bot import bootstrap
from bot.cli import doctor
from bot.cli.arguments import SETUP_OPTIONS
from bot.discord_connection import DiscordUnavailable, log_in, point_discord_at, proxy_options
from bot.errors import QuothError, SettingsError
from bot.permissions import invite
from bot.poe.api.account import Account
from bot.poe.web.browser.executables import has_display
from bot.settings import Settings, parsed

_FRESH = {"LIMIT_PER_PERSON": "50", "LIMIT_AT_ONCE": "2"}  # protect the points of a new installation
_ENV = Path(".env")
_EXAMPLE = Path(".env.example")
_T = TypeVar("_T")


def run(given: Mapping[str, str], login: Callable[[Settings], None]) -> int:
    """Set Quoth up; returns 1 if any of the doctor's checks failed, else 0.

    Args:
        given: answers that were given as options, by the name of their setting.
        login: opens a browser to log in to Poe.

    Raises:
        QuothError: an answer is missing or wrong, and there is nobody to ask.
        KeyboardInterrupt: somebody pressed Ctrl-C.
    """
    settings = Settings.read(need_token=False)
    known = {name: value for name, value in dotenv_values(_ENV, encoding="utf-8-sig").items() if value} | {
        name: os.environ[name] for name in SETUP_OPTIONS if os.environ.get(name)
    }
    questions = _Questions(given, known, settings)
    try:
        questions.ask_all()
    except KeyboardInterrupt:
        print("\nquoth: Stopped. Nothing was saved.", file=sys.stderr)
        raise
    answers = questions.answers
    _write({name: text for name, text in answers.items() if text != known.get(name, "")})
    print(f"Saved in {_ENV.resolve()}.")
    for name in answers.keys() & os.environ.keys():
        if os.environ[name] != answers[name]:
            print(f"The environment variable {name} has precedence over it.")
    settings = Settings.read()
    if bootstrap.choose_backend(settings)[0] == "browser" and not settings.poe_profile_dir.exists():
        if sys.stdin.isatty() and has_display():
            login(settings)
        else:
            print("Log in to Poe with `quoth login`, on a machine with a screen.")
    print()
    return asyncio.run(doctor.run())


class _Questions:
    """Asks what was not given as an option; an answer that is refused is asked for again.

    ``answers`` has the new value of each setting that has one.
    """

    def __init__(self, given: Mapping[str, str], known: Mapping[str, str], settings: Settings) -> None:
        self.answers: dict[str, str] = {}
        self._given = given
        self._known = known
        self._settings = settings
        self._ended = False

    def ask_all(self) -> None:
        """Ask everything, in the order in which it is needed.

        Raises:
            QuothError: an answer is missing or wrong, and there is nobody to ask.
        """
        self._discord()
        settings = self._settings
        print("Poe is asked by its official API, with a key, or by its website, in a browser where you log in.")
        present = settings.poe_backend or ("api" if settings.poe_api_key else "browser")
        if "POE_API_KEY" in self._given:
            present = "api"
        if self._ask("POE_BACKEND", "Backend: api or browser", _word("poe_backend"), present) == "api":
            self._key()
        self._who()

    def _discord(self) -> None:
        settings = self._settings

        def discord_knows(token: str) -> discord.AppInfo:
            parsed("discord_token", token)
            return asyncio.run(_application(replace(settings, discord_token=token)))

        if settings.discord_token_file:
            self._refuse("DISCORD_TOKEN", settings.discord_token_file)
            application = discord_knows(settings.discord_token)
        else:
            print("The token is on the Bot page of https://discord.com/developers/applications.")
            application = self._ask("DISCORD_TOKEN", "Bot token", discord_knows, settings.discord_token, secret=True)
        print(f"Discord knows the bot: {application.name}.")
        flags = application.flags
        if not (flags.gateway_message_content or flags.gateway_message_content_limited):
            print(
                "Message Content Intent is off, so Quoth can read only DMs and mentions. Turn it on: "
                f"https://discord.com/developers/applications/{application.id}/bot"
            )
        print(f"Invite Quoth to your server: {invite(application.id)}")

    def _key(self) -> None:
        settings = self._settings

        def poe_knows(key: str) -> int:
            if not parsed("poe_api_key", key):
                raise SettingsError("The API needs a key. Create one at https://poe.com/api/keys.")
            return asyncio.run(Account(settings.poe_api_url, key).balance())

        if settings.poe_api_key_file:
            self._refuse("POE_API_KEY", settings.poe_api_key_file)
            balance = poe_knows(settings.poe_api_key)
        else:
            print("Keys are at https://poe.com/api/keys.")
            balance = self._ask("POE_API_KEY", "API key", poe_knows, settings.poe_api_key, secret=True)
        print(f"Poe accepts the key; the account has {balance:,} points.")

    def _who(self) -> None:
        def are_servers(text: str) -> object:
            return text.lower() == "all" or parsed("allowed_servers", text)

        question = "Servers where Quoth may be used: their ids, or all"
        self._ask("ALLOWED_SERVERS", question, are_servers, self._known.get("ALLOWED_SERVERS") or "all")
        if self.answers["ALLOWED_SERVERS"].lower() == "all":
            self.answers["ALLOWED_SERVERS"] = ""
        for name, place in (("DM_POLICY", "in DMs"), ("USER_INSTALLS", "with Quoth as a personal app")):
            default: str = getattr(self._settings, name.lower())
            self._ask(name, f"Who may ask {place}: off, members or everyone", _word(name.lower()), default)
            if self.answers[name] == default and name not in self._known:
                del self.answers[name]

    def _refuse(self, name: str, file: Path) -> None:
        """Refuse a secret that would be set twice."""
        if name in self._given:
            raise SettingsError(f"{name}_FILE is set. Put the new value into {file}.")

    def _ask(self, name: str, question: str, check: Callable[[str], _T], default: str, *, secret: bool = False) -> _T:
        """Note the answer to a question, and return what checking it gave; Enter is for the default.

        Raises:
            QuothError: it is wrong, and there is nobody to ask again.
        """
        while True:
            text = self._given[name].strip() if name in self._given else self._read(question, default, secret=secret)
            try:
                checked = check(text)
            except QuothError as error:
                if name in self._given or self._ended:
                    raise
                print(error.operator_message)
            else:
                self.answers[name] = text
                return checked

    def _read(self, question: str, default: str, *, secret: bool) -> str:
        shown = "Enter keeps the present one" if secret and default else default
        prompt = f"{question} [{shown}]: " if shown else f"{question}: "
        try:
            # Without a terminal, getpass would look for one elsewhere.
            text = getpass.getpass(prompt) if secret and sys.stdin.isatty() else input(prompt)
        except EOFError:
            print()
            self._ended = True
            return default
        return text.strip() or default


def _word(name: str) -> Callable[[str], str]:
    """Return what checks the value of a setting that is a word."""
    return lambda text: str(parsed(name, text))


async def _application(settings: Settings) -> discord.AppInfo:
    """Return the application of a token.

    Raises:
        DiscordUnavailable: Discord does not know the token, or can't be reached.
    """
    if not settings.discord_token:
        raise SettingsError("Quoth needs the bot's token.")
    point_discord_at(settings)
    async with discord.Client(intents=discord.Intents.none(), **proxy_options(settings)) as client:
        await log_in(client, settings)
        try:
            return await client.application_info()
        except discord.HTTPException as error:
            raise DiscordUnavailable(f"Discord answers with HTTP {error.status}.") from error


def _write(values: Mapping[str, str]) -> None:
    """Set values in ``.env``, which only its owner can read then; make it where there is none.

    Raises:
        SettingsError: it can't be written.
    """
    path = _ENV.resolve()  # a link stays one
    new: dict[str, str] = {**values}
    try:
        if not path.exists():
            text = _EXAMPLE.read_text(encoding="utf-8") if _EXAMPLE.is_file() else ""
            for name in new:
                text = re.sub(rf"^# {name}=.*$", f"{name}=", text, flags=re.MULTILINE)
            new |= {name: value for name, value in _FRESH.items() if not re.search(rf"^{name}=", text, re.MULTILINE)}
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
        encoding = "utf-8-sig" if path.read_bytes().startswith(b"\xef\xbb\xbf") else "utf-8"
        for name, value in new.items():
            set_key(path, name, value, quote_mode="auto", encoding=encoding)
        path.chmod(0o600)
    except OSError as error:
        raise SettingsError(f"Can't write .env: {error.strerror}.") from error
