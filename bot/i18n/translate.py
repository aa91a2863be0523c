"""Translate what people read: ``t`` for a sentence, ``nt`` for a sentence with a count.

A command in a sentence, such as ```/model set```, is shown under its name in the reader's language, and can be clicked
where Discord's id of it is known.

Sentences are written in English where they are used. Every other language is one file, ``locales/<language>.po``.
``make sentences`` brings these files up to date with the code; a test fails while a translation is missing.
"""

import gettext
import io
import re
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache, lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from babel import Locale, negotiate_locale

LOCALES: Final = Path(__file__).parent / "locales"

LANGUAGES: Final = ("en", *sorted(path.stem for path in LOCALES.glob("*.po")))
"""Quoth's languages: English, and those with a file in ``locales``."""

_language: ContextVar[str] = ContextVar("language", default="en")
_command_ids: ContextVar[Mapping[str, int]] = ContextVar("command_ids", default=MappingProxyType({}))
_COMMAND = re.compile(r"`/(?P<names>[a-z][a-z-]*(?: [a-z-]+){0,2})(?: (?P<option>[a-z_]+):(?P<value>\w+))?`")


class Plural(NamedTuple):
    """A sentence with a count, in the two forms that English has."""

    singular: str
    plural: str


def later(sentence: str) -> str:
    """Mark a sentence for translation; ``t`` translates it when it is shown."""
    return sentence


def nlater(singular: str, plural: str) -> Plural:
    """Mark a sentence with a ``{count}``; ``t`` translates it when it is shown."""
    return Plural(singular, plural)


def t(sentence: str | Plural, /, **values: Any) -> str:
    """Return a sentence in the current language.

    Args:
        sentence: what to translate, in English.
        values: what the sentence's ``{names}`` stand for; ``count`` decides the form of a ``Plural``.
    """
    language = _language.get()
    text = _COMMAND.sub(partial(_command, language), translated(sentence, language, values.get("count", 1)))
    return text.format(**values) if values else text


def nt(singular: str, plural: str, count: int, /, **values: Any) -> str:
    """Return a sentence in the current language, in the plural form that a count needs.

    Args:
        singular: the English sentence for 1.
        plural: the English sentence for any other number. Both forms may name ``{count}``.
        count: how many; a whole number.
        values: what the other ``{names}`` stand for.
    """
    return t(Plural(singular, plural), count=count, **values)


def own_name(language: str) -> str:
    """Return what one of our languages is called in itself; another one's code stays as it is.

    Babel reads all that it knows of the language for that.
    """
    if language not in LANGUAGES:
        return language
    name = Locale.parse(language, sep="-").get_display_name() or language
    return name[0].upper() + name[1:]


def speak(language: str) -> None:
    """Set the current language of this task and of the tasks that it starts; an unknown one means English."""
    _language.set(language if language in LANGUAGES else "en")


def current_language() -> str:
    """Return the current language of this task."""
    return _language.get()


def know_commands(ids: Mapping[str, int]) -> None:
    """Set Discord's ids of the commands, by their English names, for this task and the tasks that it starts."""
    _command_ids.set(ids)


def _command(language: str, found: re.Match[str]) -> str:
    """Return a command as Discord shows it (discord.md section 3), or in backticks while its id is unknown."""
    english = found["names"].split()
    names = " ".join(translated(name, language) for name in english)
    option = f"{translated(found['option'], language)}:{found['value']}" if found["option"] else ""
    if (command_id := _command_ids.get().get(english[0])) is None:
        return f"`/{names} {option}`" if option else f"`/{names}`"
    mention = f"</{names}:{command_id}>"  # no mention has room for an option
    return f"{mention} `{option}`" if option else mention


@lru_cache(maxsize=64)  # Discord has about thirty, and each text of each command is asked for in each
def spoken(locale: str | None) -> str | None:
    """Return Quoth's language for a locale of Discord's, such as en-GB; None if Quoth doesn't have it."""
    return negotiate_locale([locale], LANGUAGES, sep="-") if locale else None


def translated(sentence: str | Plural, language: str, count: int = 1) -> str:
    """Return a sentence in a language, or in English if it has no translation."""
    if isinstance(sentence, Plural):
        return _catalogue(language).ngettext(*sentence, count)
    return _catalogue(language).gettext(sentence) if sentence else ""


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    # The bot needs them once it speaks; on the command line nobody does.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with (LOCALES / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=Locale.parse(language, sep="-")))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
