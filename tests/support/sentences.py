"""Which sentences Quoth says, read from its own code; run as a program it brings the catalogues up to date."""

import ast
import asyncio
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import discord
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from discord import app_commands

from bot.i18n.translate import LANGUAGES, LOCALES
from tests.support.quoth_in_simcord import simulated

ROOT = Path(__file__).parent.parent.parent
_SENTENCE = re.compile(r"^\W*[A-Z][a-z]* .*[a-z]+[.!?…]\W*$")
MARKS = ("t", "later")
"""The functions of bot/i18n/translate.py that take a sentence."""


def sources() -> list[Path]:
    """The files whose words people read."""
    return sorted(path for room in ("bot", "cogs") for path in (ROOT / room).rglob("*.py"))


def marked(tree: ast.AST) -> Iterator[ast.expr]:
    """The first argument of every call of a mark."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS and node.args:
            yield node.args[0]


def forgotten(tree: ast.Module) -> Iterator[str]:
    """Texts that look like a sentence for people and are not marked."""
    known = {id(node) for argument in marked(tree) for node in ast.walk(argument)}
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "log":
            known |= {id(each) for each in ast.walk(node)}
        if isinstance(node, ast.keyword) and node.arg == "description":
            known |= {id(each) for each in ast.walk(node)}
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            known.add(id(node.value))  # a docstring
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and id(node) not in known and _SENTENCE.search(text):
            yield text


def literals(expression: ast.expr) -> Iterator[str]:
    """The texts that an expression may be: one, or one of two."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def said() -> set[str]:
    """Every sentence that is marked in the code."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sources())
    return {text for tree in trees for argument in marked(tree) for text in literals(argument) if text.strip()}


async def commanded() -> set[str]:
    """The names and descriptions of all commands, their options and choices."""
    found: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        async with simulated(Path(folder)) as quoth:
            tree = quoth.bot.tree
            for command in tree.walk_commands():
                found |= {command.name, command.description}
                for parameter in command.parameters if isinstance(command, app_commands.Command) else ():
                    found |= {parameter.display_name, str(parameter.description)}
                    found |= {str(choice.name) for choice in parameter.choices}
            for kind in (discord.AppCommandType.message, discord.AppCommandType.user):
                found |= {menu.name for menu in tree.walk_commands(type=kind)}
    return found


def main() -> None:
    """Put new sentences into every catalogue, untranslated, and take those out that nobody says any more."""
    template = Catalog(project="quoth")
    for sentence in sorted(said() | asyncio.run(commanded())):
        template.add(sentence)
    for language in LANGUAGES:
        if language == "en":
            continue
        catalogue = read(language)
        catalogue.update(template, no_fuzzy_matching=True)
        with (LOCALES / f"{language}.po").open("wb") as file:
            write_po(file, catalogue, width=0, sort_output=True, ignore_obsolete=True, omit_header=True)


def read(language: str) -> Catalog:
    """Return the catalogue of a language."""
    with (LOCALES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


if __name__ == "__main__":
    main()
