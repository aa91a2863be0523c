"""The command line: ``quoth setup``, ``run``, ``ask``, ``login``, ``doctor``, ``health``, ``backup``, ``restore``.

Each command imports what it needs itself: all of it would take most of a second of CPU for ``--help`` and ``health``
too, and Selenium takes memory in a bot that asks Poe by its API.
"""

import argparse
import asyncio
import contextlib
import io
import logging
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.arguments import SETUP_OPTIONS, parser
from bot.conversation import Messages
from bot.errors import LoginRequired, PromptError, QuothError, SettingsError, StorageError
from bot.ops.log_format import LogFormatter, log_what_is_not_caught, redact
from bot.settings import Settings, is_env_file_exposed, unknown_settings

if TYPE_CHECKING:
    from bot.poe.web.browser.session import WebDriverSession

log = logging.getLogger("bot")

_LOGIN_PATIENCE = 900.0  # seconds for a person to log in to Poe


class NoDisplay(QuothError):
    """A visible browser is needed, but there is no screen."""

    operator_message = (
        "There is no display here. Run `quoth login` on a Linux machine with a screen, close the browser and copy the "
        "profile directory (POE_PROFILE_DIR) here, or use a remote desktop."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. An expected failure is one line on stderr."""
    options = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, _leave)
    try:
        return _execute(options)
    except QuothError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(error.strerror or str(error))
    except KeyboardInterrupt:
        return 130


def _fail(sentence: str) -> int:
    """Say why a command failed: in the log, where programs read it, else as a line for people."""
    formatters = [handler.formatter for handler in log.root.handlers]
    if any(isinstance(formatter, LogFormatter) and formatter.form == "json" for formatter in formatters):
        log.critical("%s", sentence)
    else:
        print(f"quoth: {redact(sentence)}", file=sys.stderr)
    return 1


def _execute(options: argparse.Namespace) -> int:
    match options.command:
        case "doctor":
            from bot.cli import doctor

            return asyncio.run(doctor.run())
        case "setup":
            from bot.cli import setup

            given = {name: getattr(options, name) for name in SETUP_OPTIONS if getattr(options, name) is not None}
            return setup.run(given, partial(_login, account=""))
        case _:
            return _execute_with_settings(options, _read_settings(options.command))


def _execute_with_settings(options: argparse.Namespace, settings: Settings) -> int:
    match options.command:
        case "health":
            from bot.cli import health

            return health.run(settings)
        case "run":
            from bot import bootstrap

            asyncio.run(bootstrap.run(settings))
        case "ask":
            _ask(settings, options.model, options.prompt)
        case "backup":
            _back_up(settings.database_path, options.file)
        case "restore":
            from bot.cli import restore

            restore.run(settings, options.file)
        case _:
            _login(settings, options.account)
    return 0


def _read_settings(command: str) -> Settings:
    """Read the settings, set up the log, and say what is odd about the settings, also if they can't be used."""
    exposed = ["Others can read .env and the token in it. Run `chmod 600 .env`."] if is_env_file_exposed() else []
    odd = [*exposed, *unknown_settings()]
    logged = False
    try:
        settings = Settings.read(need_token=command == "run")
        _set_up_logging(settings, settings.log_level if command == "run" else "WARNING")
        logged = command == "run"
    finally:
        for sentence in odd:
            if logged:
                log.warning("%s", sentence)
            else:
                print(f"quoth: {sentence}", file=sys.stderr)
    return settings


def _leave(number: int, _: object) -> None:
    sys.exit(128 + number)  # so that browsers are closed on the way out


def _set_up_logging(settings: Settings, level: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(LogFormatter(settings.log_format, settings.secrets))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    log_what_is_not_caught()
    for room in ("bot", "cogs", "storage"):
        logging.getLogger(room).setLevel(level)
    # Below INFO these libraries log payloads, and with them what people wrote.
    for library in ("discord", "selenium", "urllib3", "aiosqlite", "asyncio", "httpcore"):
        logging.getLogger(library).setLevel(max(logging.INFO, logging.getLevelNamesMapping()[level]))
    logging.getLogger("httpx").setLevel(logging.WARNING)  # below, it logs the address of every request
    for library in ("discord.client", "discord.shard"):
        logging.getLogger(library).addFilter(_shorten_outage)


def _shorten_outage(record: logging.LogRecord) -> bool:
    """Log an outage of the network or of Discord in one line instead of discord.py's whole traceback."""
    if record.exc_info and str(record.msg).startswith(("Attempting a reconnect", "Failed to connect")):
        error = record.exc_info[1]
        record.msg, record.args = f"{record.getMessage()}: {error or 'no reason was given'}", ()
        record.exc_info = None
    return True


def _ask(settings: Settings, model: str, prompt: str) -> None:
    from bot import bootstrap
    from bot.context.prompt import PROMPT_LIMIT
    from bot.poe.api.provider import completion as api_completion
    from bot.poe.provider import completion, prompt_text

    if prompt == "-":
        try:
            prompt = sys.stdin.buffer.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise PromptError("Standard input is not valid UTF-8.") from error
    catalogue = bootstrap.offered_models(settings)
    handle = (catalogue.find(model) if model else catalogue.default(settings.default_model)).handle
    messages: Messages = [{"role": "user", "content": prompt}]
    text = prompt_text(messages)
    if len(text) > PROMPT_LIMIT:
        raise PromptError(f"The prompt has {len(text)} characters; the limit is {PROMPT_LIMIT}.")
    if bootstrap.uses_api(settings) and bootstrap.choose_backend(settings)[0] == "api":
        asking = api_completion(settings.poe_api_url, settings.poe_api_key, handle, messages)
    else:
        session, locators = next(iter(bootstrap.browser_sessions(settings).values())), bootstrap.locators(settings)
        asking = completion(session, settings.poe_url, handle, text, locators=locators)
    with contextlib.closing(asking) as fragments:
        for fragment in fragments:
            print(fragment, end="", flush=True)
    if sys.stdout and sys.stdout.isatty():
        print()


def _back_up(database: Path, file: Path) -> None:
    from storage.backup import back_up
    from storage.database import UnusableDatabaseError

    try:
        back_up(database, file)
    except UnusableDatabaseError as error:
        raise StorageError(str(error)) from error
    print(f"Copied the database {database} to {file}.")


def _login(settings: Settings, account: str) -> None:
    from bot import bootstrap
    from bot.poe.web.page.chat_page import ChatPage

    handle = bootstrap.offered_models(settings).default(settings.default_model).handle
    with _session_for_login(settings, account) as session:
        session.reopen(headless=False)
        where = "on the screen of its node" if settings.poe_grid else "there"
        print(f"Opening a browser. Log in to Poe {where}; Quoth never sees your password.", flush=True)
        with ChatPage(session.tab(), settings.poe_url, locators=bootstrap.locators(settings)) as page:
            try:
                page.open(handle, patience=_LOGIN_PATIENCE)
            except LoginRequired as error:
                raise LoginRequired(f"Gave up: no login within {_LOGIN_PATIENCE / 60:.0f} minutes.") from error
    where = "the node's profile" if settings.poe_grid else settings.poe_profile_dir
    print(f"Logged in. The login is saved in {where}.")


def _session_for_login(settings: Settings, account: str) -> "WebDriverSession":
    from bot import bootstrap
    from bot.poe.web.browser.executables import has_display

    if not settings.poe_grid and not has_display():
        raise NoDisplay
    sessions = bootstrap.browser_sessions(settings)
    if not account and len(sessions) == 1:
        return next(iter(sessions.values()))
    if account not in sessions:
        names = ", ".join(filter(None, sessions)) or "none"
        raise SettingsError(f"Say which account: `quoth login NAME` with a name of POE_ACCOUNTS ({names}).")
    return sessions[account]


if __name__ == "__main__":
    sys.exit(main())
