"""The command reference of docs/commands.md, made from the commands themselves; run as a program it writes the file."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import discord
from discord import app_commands

from tests.support.quoth_in_simcord import quoth_in_simcord

FILE = Path(__file__).parent.parent.parent / "docs" / "commands.md"
BEGIN, END = "<!-- made by `make docs`: begin -->", "<!-- made by `make docs`: end -->"

Command: TypeAlias = app_commands.Command[Any, ..., Any]


async def reference() -> str:
    """Return the generated part of the page: a section for each command, then the context menus."""
    with tempfile.TemporaryDirectory() as folder:
        async with quoth_in_simcord(Path(folder)) as quoth:
            tree = quoth.bot.tree
            found = [command for command in tree.walk_commands() if isinstance(command, app_commands.Command)]
            menus = list(tree.walk_commands(type=discord.AppCommandType.message))
            lines = [line for command in sorted(found, key=_name) for line in _section(command)]
            lines += [line for menu in menus for line in (f"### Apps → {menu.name}", "", _where(menu), "")]
    return "\n".join(lines).strip()


def _name(command: Command) -> str:
    return command.qualified_name


def _section(command: Command) -> Iterator[str]:
    yield f"### /{command.qualified_name}"
    yield ""
    yield f"{command.description}. {_where(command)}"
    yield ""
    if command.parameters:
        yield "| option | | meaning |"
        yield "|---|---|---|"
        for option in command.parameters:
            choices = ", ".join(f"`{choice.name}`" for choice in option.choices)
            meaning = f"{option.description}: {choices}" if choices else str(option.description)
            yield f"| `{option.display_name}` | {'required' if option.required else ''} | {meaning} |"
        yield ""


def _where(command: Command | app_commands.ContextMenu) -> str:
    """Say where a command is there: its own contexts and installs, or its group's."""
    owner = command.root_parent or command if isinstance(command, app_commands.Command) else command
    contexts, installs = owner.allowed_contexts, owner.allowed_installs
    servers = "In servers" if contexts is None or contexts.guild else "Not in servers"
    direct = " and direct messages" if contexts is None or contexts.dm_channel else ""
    personal = ", also as a personal app" if installs is not None and installs.user else ""
    return f"{servers}{direct}{personal}."


def with_reference(page: str, reference: str) -> str:
    """Return the page with its generated part replaced."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{reference}\n\n{END}{rest.partition(END)[2]}"


def main() -> None:
    """Bring docs/commands.md up to date."""
    page = with_reference(FILE.read_text(encoding="utf-8"), asyncio.run(reference()))
    FILE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
