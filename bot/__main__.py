"""The command line: ``quoth setup``, ``run``, ``ask``, ``login``, ``doctor``, ``health``, ``backup``, ``restore``."""

import argparse
import asyncio
import contextlib
import io
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bot import bootstrap
from bot.cli import doctor, health, restore, setup
from bot.context.prompt import PROMPT_LIMIT
from bot.conversation import Messages
from bot.errors import LoginRequired, PromptError, QuothError, StorageError
from bot.ops.log_format import LogFormatter, log_what_is_not_caught, redact
from bot.poe.web.browser.executables import has_display
from bot.poe.web.page.chat_page import ChatPage
from bot.settings import Settings, is_env_file_exposed, unknown_settings
from bot.version import installed_version
from storage.backup import back_up
from storage.database import UnusableDatabaseError

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
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, _leave)
    try:
        if options.command == "doctor":
            return asyncio.run(doctor.run())
        if options.command == "setup":
            given = {name: getattr(options, name) for name in setup.OPTIONS if getattr(options, name) is not None}
            return setup.run(given, _login)
        settings = _read_settings(options.command)
        if options.command == "health":
            return health.run(settings)
        _execute(options, settings)
    except QuothError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(error.strerror or str(error))
    except KeyboardInterrupt:
        return 130
    return 0


def _fail(sentence: str) -> int:
    """Say why a command failed: in the log, where programs read it, else as a line for people."""
    formatters = [handler.formatter for handler in log.root.handlers]
    if any(isinstance(formatter, LogFormatter) and formatter.form == "json" for formatter in formatters):
        log.critical("%s", sentence)
    else:
        print(f"quoth: {redact(sentence)}", file=sys.stderr)
    return 1


def _execute(options: argparse.Namespace, settings: Settings) -> None:
    match options.command:
        case "run":
            asyncio.run(bootstrap.run(settings))
        case "ask":
            _ask(settings, options.model, options.prompt)
        case "backup":
            _back_up(settings.database_path, options.file)
        case "restore":
            restore.run(settings, options.file)
        case _:
            _login(settings)


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="quoth", description="Ask any model on Poe, from Discord.")
    parser.add_argument("--version", action="version", version=f"quoth {installed_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    setting_up = commands.add_parser("setup", help="ask for all that Quoth needs, check it, and write it into .env")
    for name, (option, help_) in setup.OPTIONS.items():
        setting_up.add_argument(option, dest=name, metavar=option[2:].upper(), help=help_)
    commands.add_parser("run", help="run the Discord bot")
    ask = commands.add_parser("ask", help="ask one question in the terminal, without Discord")
    ask.add_argument("--model", default="", help="model id or Poe handle (default: DEFAULT_MODEL)")
    ask.add_argument("prompt", help="the question, or - to read it from standard input")
    commands.add_parser("login", help="open a browser window to log in to Poe")
    commands.add_parser("doctor", help="check settings, token, database, browser and login, and say how to fix them")
    commands.add_parser(
        "health", help="say how the running Quoth is, for containers and scripts (needs HEALTH_ADDRESS)"
    )
    backup = commands.add_parser("backup", help="copy the database to a new file, also while Quoth is running")
    backup.add_argument("file", type=Path, help="the file to create; an existing one is never overwritten")
    restoring = commands.add_parser("restore", help="put a backup in the database's place, while Quoth is not running")
    restoring.add_argument("file", type=Path, help="the backup; the previous database is kept aside")
    return parser


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
    # Selenium and Poe's client cost memory that `quoth run` may not need.
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
        session, locators = bootstrap.browser_session(settings), bootstrap.locators(settings)
        asking = completion(session, settings.poe_url, handle, text, locators=locators)
    with contextlib.closing(asking) as fragments:
        for fragment in fragments:
            print(fragment, end="", flush=True)
    if sys.stdout and sys.stdout.isatty():
        print()


def _back_up(database: Path, file: Path) -> None:
    try:
        back_up(database, file)
    except UnusableDatabaseError as error:
        raise StorageError(str(error)) from error
    print(f"Copied the database {database} to {file}.")


def _login(settings: Settings) -> None:
    if not has_display():
        raise NoDisplay
    handle = bootstrap.offered_models(settings).default(settings.default_model).handle
    with bootstrap.browser_session(settings) as session:
        session.reopen(headless=False)
        print("Opening a browser. Log in to Poe there; Quoth never sees your password.", flush=True)
        with ChatPage(session.tab(), settings.poe_url, locators=bootstrap.locators(settings)) as page:
            try:
                page.open(handle, patience=_LOGIN_PATIENCE)
            except LoginRequired as error:
                raise LoginRequired(f"Gave up: no login within {_LOGIN_PATIENCE / 60:.0f} minutes.") from error
    print(f"Logged in. The login is saved in {settings.poe_profile_dir}.")


if __name__ == "__main__":
    sys.exit(main())
