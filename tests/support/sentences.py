"""Find every text that is translated, and bring the catalogues of ``bot/i18n/locales`` up to date with the code."""

import asyncio
import io
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import discord
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from discord import app_commands

from bot.i18n.translate import LANGUAGES, LOCALES
from tests.support.quoth_in_simcord import quoth_in_simcord

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("bot", "cogs")
"""The packages whose sentences people read."""
MARKS: Mapping[str, tuple[int, ...] | None] = {"t": None, "later": None, "nt": (1, 2), "nlater": (1, 2)}
"""The functions of ``bot/i18n/translate.py`` that take sentences, and which of their arguments are sentences."""
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")
Text: TypeAlias = str | tuple[str, ...]
"""What a catalogue translates: a sentence, or the singular and the plural of one with a count."""


def marked() -> set[Text]:
    """Every sentence in the code, as Babel's ``pybabel extract`` finds them."""
    python = [("**.py", "python")]
    return {found[2] for room in ROOMS for found in extract_from_dir(ROOT / room, python, keywords=MARKS)}


async def commanded() -> set[str]:
    """The names and descriptions of all commands, options and choices, as discord.py will have them translated."""
    found: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        async with quoth_in_simcord(Path(folder)) as quoth:
            tree = quoth.bot.tree
            for command in tree.walk_commands():
                found |= {command.name, command.description}
                for parameter in command.parameters if isinstance(command, app_commands.Command) else ():
                    found |= {parameter.display_name, str(parameter.description)}
                    found |= {choice.name for choice in parameter.choices}
            for kind in (discord.AppCommandType.message, discord.AppCommandType.user):
                found |= {menu.name for menu in tree.walk_commands(type=kind)}
    return found


def read(language: str) -> Catalog:
    """Return the catalogue of a language."""
    with (LOCALES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=Locale.parse(language, sep="-"))


def updated(language: str, texts: Iterable[Text]) -> bytes:
    """Return the file of a language as it should be: every text in order, with the translations that it has.

    A text that is new takes the translation of a similar one that is gone, marked as fuzzy, until a person checks it.
    """
    template = Catalog()
    for text in sorted(texts, key=lambda text: (text,) if isinstance(text, str) else text):
        template.add(text)
    catalogue = read(language)
    catalogue.update(template)
    file = io.BytesIO()
    headers = dict(catalogue.mime_headers)
    file.write(b'msgid ""\nmsgstr ""\n')
    for name in ("Language", "Content-Type", "Plural-Forms"):
        file.write(f'"{name}: {headers[name]}\\n"\n'.encode())
    file.write(b"\n")
    write_po(file, catalogue, width=0, ignore_obsolete=True, omit_header=True)
    return file.getvalue()


def main() -> None:
    """Update every catalogue: ``make sentences``."""
    texts = marked() | asyncio.run(commanded())
    for language in TRANSLATED:
        (LOCALES / f"{language}.po").write_bytes(updated(language, texts))


if __name__ == "__main__":
    main()
