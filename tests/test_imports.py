"""Who may import whom: the table of the design, read from the code itself; and which shapes a file must not have."""

import ast
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "cogs", "storage", "sandbox")
FILES = sorted(path.relative_to(ROOT).as_posix() for room in ROOMS for path in (ROOT / room).rglob("*.py"))
ALL = FILES + sorted(
    p.relative_to(ROOT).as_posix() for room in ("tests", "benchmarks") for p in (ROOT / room).rglob("*.py")
)

PURE_FILES = (
    "errors", "prompt", "disguise", "pages", "markdown", "shown", "tables", "links", "thinking", "pacing", "frame",
    "account", "retention", "waiting",
)  # fmt: skip
PURE = ("bot.conversation", "bot.i18n.translate", *(f"bot.{name}" for name in PURE_FILES))
POE = ("selenium", "bot.poe", "bot.conversation", "bot.errors", "bot.i18n.translate", "bot.context.prompt")
ROWS = tuple(f"storage.{name}" for name in ("preferences", "asks", "people", "allowed", "limits", "uses"))
STAND_IN = (
    "sandbox",
    "aiohttp",
    "multidict",
    "yarl",
    "markdown_it",
    "mdurl",
)  # aiohttp's own types are the other two's

# What the files of a pattern may import beside the standard library; the first pattern that fits decides.
RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("storage/database.py", ("storage", "aiosqlite", "filelock")),
    ("storage/*", ("storage", "aiosqlite", "cachetools")),
    ("bot/__init__.py", ()),
    ("bot/conversation.py", ()),
    ("bot/i18n/translate.py", ("babel",)),
    ("bot/i18n/commands.py", ("discord", "bot.i18n.translate")),
    *((f"bot/{name}.py", PURE) for name in PURE_FILES),
    ("bot/settings.py", ("dotenv", "bot.errors")),
    ("bot/poe/web/browser/webdriver_tab.py", (*POE, "urllib3")),  # Selenium lets urllib3's errors through
    ("bot/poe/web/browser/session.py", (*POE, "filelock", "urllib3")),  # for the same reason
    ("bot/poe/web/browser/socket.py", (*POE, "websocket")),  # the library that Selenium's own BiDi client uses
    ("bot/poe/catalogue.py", (*POE, "rapidfuzz")),
    ("bot/poe/*", POE),
    *((f"bot/{name}.py", ("discord", *PURE)) for name in ("buttons", "refusals", "preflight", "wording", "files")),
    ("bot/context/addressing.py", ("discord", *PURE, "bot.context.message_text")),
    ("bot/context/turns.py", ("discord", *PURE, "bot.context.message_text")),
    ("bot/context/attachments.py", ("discord", *PURE, "bot.context.files", "bot.discord_errors")),
    (
        "bot/context/material.py",
        (
            "discord",
            *PURE,
            "bot.context.attachments",
            "bot.context.turns",
            "bot.context.files",
            "bot.context.message_text",
        ),
    ),
    (
        "bot/context/history.py",
        ("discord", *PURE, "bot.context.attachments", "bot.context.turns", "bot.discord_errors"),
    ),
    ("bot/ops/logbook.py", ()),
    ("bot/ops/poe_notices.py", ("discord", *PURE, "bot.discord_errors")),
    ("bot/ui/failures.py", (*PURE, "bot.permissions", "bot.discord_errors", "storage.database")),
    ("bot/ui/interactions.py", ("discord", *PURE, "bot.ui.failures")),
    ("bot/reply/posts.py", ("discord", *PURE, "bot.reply.buttons")),
    ("bot/reply/layout.py", ("discord", *PURE, "bot.reply.posts", "bot.reply.buttons")),
    (
        "bot/reply/surfaces.py",
        ("discord", *PURE, "bot.reply.posts", "bot.reply.rate_limit_headers", "bot.permissions", "bot.discord_errors"),
    ),
    ("bot/reply/rate_limit_headers.py", ("aiohttp", *PURE)),  # discord.py's own way of looking at its requests
    (
        "bot/reply/editor.py",
        ("discord", *PURE, "bot.reply.posts", "bot.reply.layout", "bot.reply.surfaces", "bot.discord_errors"),
    ),
    ("bot/policy/preferences.py", (*PURE, "storage.preferences")),
    ("bot/policy/limits.py", (*PURE, "storage")),
    ("bot/policy/models.py", (*PURE, "bot.poe.catalogue", "bot.policy.preferences", "storage")),
    ("bot/policy/scopes.py", ("discord", *PURE, "storage.preferences")),
    (
        "bot/ui/preferences_panel.py",
        ("discord", *PURE, "bot.policy.preferences", "bot.policy.scopes", "storage.preferences"),
    ),
    ("bot/ui/usage_chart.py", ("PIL", *PURE)),
    ("bot/services.py", ("bot", "storage", "aiosqlite")),  # only hands the connection on
    (
        "bot/asks.py",
        (
            *("discord", *PURE, "bot.poe", "storage"),
            *(f"bot.{name}" for name in ("chosen", "dialogue", "failures", "history", "ladder", "limits", "models")),
            *(f"bot.{name}" for name in ("reply", "surfaces")),
        ),
    ),
    ("bot/bootstrap.py", ("discord", "bot", "storage", "yarl")),  # discord.py's gateway address is yarl's
    ("bot/cli/install_browser.py", ("selenium", "bot")),
    *((f"bot/{name}.py", ("discord", "bot", "storage")) for name in ("client", "doctor", "__main__")),
    ("cogs/*", ("discord", "bot", *ROWS)),
    ("sandbox/__main__.py", (*STAND_IN, "bot.bootstrap")),
    ("sandbox/*", STAND_IN),
)


def imports(source: str) -> Iterator[tuple[str, ...]]:
    """Every import of a source: the names that it may mean, of which one has to be allowed."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name,) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((module, f"{module}.{alias.name}") for alias in node.names)


def forbidden(file: str, source: str) -> list[str]:
    """The imports of a file that no rule allows it."""
    allowed = next((names for pattern, names in RULES if fnmatch(file, pattern)), None)
    assert allowed is not None, f"{file} is in no row of the table"
    standard = sys.stdlib_module_names - (set() if file.startswith("storage/") else {"sqlite3"})
    return [
        names[0]
        for names in imports(source)
        if names[0].partition(".")[0] not in standard
        and not any(name == room or name.startswith(f"{room}.") for name in names for room in allowed)
    ]


@pytest.mark.parametrize("file", FILES)
def test_the_table_holds(file: str) -> None:
    """Each file imports only what its room may."""
    assert forbidden(file, (ROOT / file).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("storage/preferences.py", "import discord"),
        ("bot/context/prompt.py", "import regex"),
        ("bot/markdown/pages.py", "from bot.reply.editor import Reply"),
        ("bot/poe/client.py", "def f():\n    from discord import Client"),
        ("bot/poe/web/answer/wire.py", "import storage.database"),
        ("bot/reply/editor.py", "from bot.poe.client import PoeClient"),
        ("bot/asks.py", "import cogs.ask"),
        ("bot/asks.py", "from bot import bootstrap"),
        ("bot/client.py", "if TYPE_CHECKING:\n    from sandbox.poe import site"),
        ("bot/client.py", "import sqlite3"),
        ("cogs/ask.py", "import aiosqlite"),
        ("cogs/ask.py", "from storage import database"),
        ("cogs/ask.py", "from . import chat"),
        ("sandbox/poe/site/application.py", "from bot import bootstrap"),
        ("sandbox/__main__.py", "from bot.client import QuothBot"),
    ],
)
def test_what_is_forbidden_is_found(file: str, source: str) -> None:
    """The test itself sees every way of importing what a room may not."""
    assert len(forbidden(file, source)) == 1


@pytest.mark.parametrize("file", ALL)
def test_long_files_say_why(file: str) -> None:
    """A file of more than 300 lines gives its reason in its docstring, which then speaks of lines."""
    source = (ROOT / file).read_text(encoding="utf-8")
    assert source.count("\n") <= 300 or "lines" in (ast.get_docstring(ast.parse(source)) or "")


def test_no_file_is_a_drawer() -> None:
    """No file has a name that anything could be put under."""
    drawers = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "constant", "constants"}
    assert [file for file in ALL if Path(file).stem.lstrip("_") in drawers or Path(file).parent.name in drawers] == []
