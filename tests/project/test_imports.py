"""The import table of the design, by package, checked against the code; and no cycle anywhere."""

import ast
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("bot", "cogs", "storage", "sandbox")


def module_of(path: Path) -> str:
    """Return the dotted name of a file of this repository."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def modules(*rooms: str) -> dict[str, Path]:
    """Return every module of the rooms by its dotted name."""
    return {module_of(path): path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))}


PRODUCT = modules(*ROOMS)
EVERYTHING = PRODUCT | modules("tests", "benchmarks")

PURE = ("bot.conversation", "bot.markdown", "bot.i18n")
TREE = (*PURE, "bot.errors")
REFUSALS = (*TREE, "bot.discord_errors", "bot.permissions")
SENTENCES = (*REFUSALS, "bot.unexpected")
POE = ("bot.poe", *TREE)
SEAM = (*TREE, "bot.poe.schedule", "bot.poe.patience", "bot.poe.browser_figures")
ROWS = tuple(
    f"storage.{n}"
    for n in ("preferences", "asks", "prompt_sources", "personal_data", "allowed_models", "limits", "usage")
)

# What the modules of a package may import beside the standard library and, but for the spine, each other. The longest
# name that fits a module decides. A package's own modules may always import each other; a cycle is caught below.
TABLE: dict[str, tuple[str, ...]] = {
    "storage": ("aiosqlite", "filelock", "cachetools"),
    "bot": (),
    "bot.conversation": (),
    "bot.markdown": ("markdown_it", "wcwidth", "bot.conversation", "bot.i18n"),
    "bot.i18n": ("babel",),
    "bot.i18n.commands": ("babel", "discord", "bot.i18n"),
    "bot.errors": PURE,
    "bot.discord_errors": (*TREE, "discord", "aiohttp"),
    "bot.permissions": (*TREE, "discord", "bot.discord_errors"),
    "bot.downloads": ("aiohttp", "yarl", "filetype", "PIL"),  # aiohttp's addresses are yarl's
    "bot.unexpected": (*REFUSALS, "storage.database"),  # a database that fails is told like Discord's refusals
    "bot.version": (),
    "bot.settings": (*TREE, "dotenv", "bot.poe.handles"),
    "bot.poe": TREE,
    # The client and the seam know no way of asking: each backend is handed to them.
    "bot.poe.client": (*SEAM, "bot.poe.backend", "bot.poe.latest_snapshot", "bot.poe.queue", "bot.poe.silence"),
    "bot.poe.backend": SEAM,
    "bot.poe.catalogue": (*POE, "rapidfuzz"),
    "bot.poe.web": (*POE, "selenium", "urllib3", "filelock", "websocket", "psutil"),  # urllib3: Selenium's errors
    "bot.poe.api": (*POE, "aiohttp"),
    "bot.poe.api.query": (*POE, "fastapi_poe", "httpx"),  # httpx is what fastapi_poe itself uses
    "bot.reply": (*REFUSALS, "discord", "bot.downloads", "aiohttp"),  # discord.py looks at its requests as aiohttp does
    "bot.context": (*REFUSALS, "discord", "storage", "cachetools", "bot.downloads"),
    "bot.context.pictures": ("PIL", "pi_heif"),
    "bot.context.uploads": (*REFUSALS, "discord", "bot.context", "bot.downloads", "filetype"),
    "bot.policy": (*TREE, "storage", "bot.poe.catalogue", "bot.poe.handles"),
    "bot.policy.access": (*TREE, "cachetools"),
    "bot.policy.scopes": (*TREE, "storage", "discord"),  # a member's permissions are a value of discord.py's
    "bot.asks": (*SENTENCES, "discord", "storage", "bot.poe", "bot.reply", "bot.context", "bot.policy", "cachetools"),
    "bot.ui": (
        *SENTENCES, "discord", "storage", "bot.policy", "bot.context", "bot.reply", "bot.poe.catalogue",
        "PIL", "cachetools",
    ),
    "bot.ops": (*REFUSALS, "discord", "storage", "bot.poe", "bot.reply"),
    "bot.ops.metrics": (*REFUSALS, "discord", "bot.ops", "bot.poe", "bot.reply", "aiohttp", "prometheus_client"),
    "bot.ops.health_server": (*REFUSALS, "bot.ops", "aiohttp", "prometheus_client"),
    "bot.cli": ("discord", "bot", "storage", "selenium"),
    "bot.cli.setup": ("discord", "bot", "dotenv"),
    "bot.client": ("discord", "bot", "storage", "aiohttp"),  # discord.py's types and errors are aiohttp's
    "bot.sharded_client": ("discord", "bot.client", "yarl"),
    "bot.gateway_events": (*TREE, "cachetools"),
    "bot.first_responses": ("discord", "aiohttp"),
    "bot.discord_connection": ("discord", "bot", "aiohttp", "yarl"),  # discord.py's addresses are yarl's
    "bot.bootstrap": ("discord", "bot", "storage"),
    "bot.__main__": ("discord", "bot", "storage"),
    "cogs": ("discord", "bot", *ROWS),
    "sandbox": ("aiohttp", "multidict", "yarl", "markdown_it", "mdurl"),  # aiohttp's types are multidict's and yarl's
    "sandbox.running_bot": ("sandbox", "bot.bootstrap"),
    "sandbox.demo": ("sandbox", "bot.bootstrap"),
    "sandbox.__main__": ("aiohttp", "sandbox", "bot.errors"),
}  # fmt: skip

# Files of these packages know nothing of each other: each can be read, and taken away, by itself.
STRANGERS = ("cogs",)


def within(name: str, packages: tuple[str, ...]) -> bool:
    """Return whether a module is one of the packages or in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def row(module: str) -> str | None:
    """Return the name of the table's row that decides for a module: the longest that fits."""
    fits = [name for name in TABLE if name != "bot" and within(module, (name,))]
    return "bot" if module == "bot" else max(fits, key=len, default=None)


def imports(source: str) -> Iterator[tuple[str, ...]]:
    """Yield every import of a source: the names that it may mean, one of which has to be allowed."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name,) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((f"{module}.{alias.name}", module) for alias in node.names)


def forbidden(module: str, source: str) -> list[str]:
    """Return the imports of a module that its row does not allow."""
    rule = row(module)
    assert rule is not None, f"{module} is in no row of the table"
    allowed = TABLE[rule] + (() if rule in STRANGERS or rule == "bot" else (rule,))
    standard = sys.stdlib_module_names - (set() if rule == "storage" else {"sqlite3"})
    return [
        names[0]
        for names in imports(source)
        if names[0].partition(".")[0] not in standard and not any(within(name, allowed) for name in names)
    ]


def dependencies(modules: Mapping[str, Path]) -> dict[str, set[str]]:
    """Return which of the modules each of them imports."""
    return {
        module: {name for names in imports(path.read_text(encoding="utf-8")) for name in names[:2] if name in modules}
        - {module}
        for module, path in modules.items()
    }


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return one circle of a graph, nothing where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_the_table_holds() -> None:
    """Each module imports only what its package may."""
    found = {module: forbidden(module, path.read_text(encoding="utf-8")) for module, path in PRODUCT.items()}
    assert {module: names for module, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("storage.preferences", "import discord"),
        ("bot.context.prompt", "import regex"),
        ("bot.markdown.pages", "from bot.reply.editor import Reply"),
        ("bot.poe.client", "def f():\n    from discord import Client"),
        ("bot.poe.client", "import selenium"),
        ("bot.poe.api.backend", "import fastapi_poe"),
        ("bot.poe.client", "from bot.poe.web.backend import WebBackend"),
        ("bot.poe.web.answer.wire", "import storage.database"),
        ("bot.reply.editor", "from bot.poe.client import PoeClient"),
        ("bot.reply.editor", "from bot.context import history"),
        ("bot.asks", "import cogs.ask"),
        ("bot.asks", "from bot import bootstrap"),
        ("bot.asks", "from bot.ui import sources"),
        ("bot.client", "if TYPE_CHECKING:\n    from sandbox.poe import site"),
        ("bot.client", "import sqlite3"),
        ("cogs.ask", "import aiosqlite"),
        ("cogs.ask", "from storage import database"),
        ("cogs.ask", "from cogs import messages"),
        ("cogs.ask", "from . import messages"),
        ("sandbox.poe.site", "from bot import bootstrap"),
        ("sandbox.__main__", "from bot.client import QuothBot"),
    ],
)
def test_what_is_forbidden_is_found(module: str, source: str) -> None:
    """The test itself sees every way to import what a package may not."""
    assert len(forbidden(module, source)) == 1


@pytest.mark.parametrize("room", [*ROOMS, "tests", "benchmarks"])
def test_no_module_is_in_a_cycle(room: str) -> None:
    """No module imports itself by way of others."""
    assert cycle(dependencies(modules(room))) == []


@pytest.mark.parametrize("folder", ["bot", "bot/poe/web", "sandbox/discord", "sandbox/poe"])
def test_no_package_is_in_a_cycle(folder: str) -> None:
    """The packages and files beside each other in a folder import each other in one direction only."""
    prefix = folder.replace("/", ".") + "."
    graph: dict[str, set[str]] = {}
    for module, targets in dependencies(modules(folder)).items():
        beside = module.removeprefix(prefix).partition(".")[0]
        graph.setdefault(beside, set()).update(
            target.removeprefix(prefix).partition(".")[0] for target in targets if target.startswith(prefix)
        )
        graph[beside].discard(beside)
    assert cycle(graph) == []


def test_a_cycle_is_found() -> None:
    """The test itself sees a circle of three."""
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})


def test_no_test_module_is_imported() -> None:
    """Shared test code is in tests/support, and nothing imports the sandbox's command."""
    found = [
        (module, name)
        for module, path in modules("tests").items()
        for names in imports(path.read_text(encoding="utf-8"))
        for name in names
        if name == "sandbox.__main__" or (name.startswith("tests.") and name.rpartition(".")[2].startswith("test_"))
    ]
    assert found == []


def test_no_file_is_a_drawer() -> None:
    """No file has a name under which anything could be put."""
    drawers = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "constant", "constants"}
    assert [module for module in EVERYTHING if drawers & set(module.split("."))] == []
