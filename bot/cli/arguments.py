"""What the command line takes. Imports nothing that takes long, as ``quoth --help`` needs no more than this."""

import argparse
from pathlib import Path

from bot.version import installed_version

SETUP_OPTIONS = {
    "DISCORD_TOKEN": ("--token", "the bot's token"),
    "POE_BACKEND": ("--backend", "api (with a key) or browser (with a login)"),
    "POE_API_KEY": ("--key", "key for Poe's API"),
    "ALLOWED_SERVERS": ("--servers", "ids of the servers where Quoth may be used, separated by commas, or all"),
    "DM_POLICY": ("--dms", "who may ask in DMs: off, members or everyone"),
    "USER_INSTALLS": ("--installs", "who may use Quoth as a personal app: off, members or everyone"),
}
"""The answers that can be given to ``quoth setup`` as options, by the setting that they are for."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="quoth", description="Ask any model on Poe, from Discord.")
    made.add_argument("--version", action="version", version=f"quoth {installed_version()}")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    setting_up = commands.add_parser("setup", help="ask for all that Quoth needs, check it, and write it into .env")
    for name, (option, help_) in SETUP_OPTIONS.items():
        setting_up.add_argument(option, dest=name, metavar=option[2:].upper(), help=help_)
    commands.add_parser("run", help="run the Discord bot")
    ask = commands.add_parser("ask", help="ask one question in the terminal, without Discord")
    ask.add_argument("--model", default="", help="model id or Poe handle (default: DEFAULT_MODEL)")
    ask.add_argument("prompt", help="the question, or - to read it from standard input")
    login = commands.add_parser("login", help="open a browser window to log in to Poe")
    login.add_argument("account", nargs="?", default="", help="which of POE_ACCOUNTS, if there are several")
    commands.add_parser("doctor", help="check settings, token, database, browser and login, and say how to fix them")
    commands.add_parser(
        "health", help="say how the running Quoth is, for containers and scripts (needs HEALTH_ADDRESS)"
    )
    backup = commands.add_parser("backup", help="copy the database to a new file, also while Quoth is running")
    backup.add_argument("file", type=Path, help="the file to create; an existing one is never overwritten")
    restoring = commands.add_parser("restore", help="put a backup in the database's place, while Quoth is not running")
    restoring.add_argument("file", type=Path, help="the backup; the previous database is kept aside")
    return made
