"""In which language Quoth speaks: every sentence that people read goes through ``t``, in English where it is used.

The Russian ones are in ``locales/ru.po``. ``make sentences`` brings that file up to date with the code; a test fails
while one of its sentences is missing.
"""

import gettext
import io
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES: Final = MappingProxyType({"en": "English", "ru": "Русский"})
"""The languages that Quoth speaks, each by its own name."""
LOCALES: Final = Path(__file__).parent / "locales"

_spoken: ContextVar[str] = ContextVar("spoken", default="en")


def later(sentence: str) -> str:
    """Mark a sentence that is translated where it is shown."""
    return sentence


def t(sentence: str, /, **values: object) -> str:
    """Say a sentence in the language of whoever reads it, its ``{names}`` filled in."""
    said = translated(sentence, _spoken.get())
    return said.format(**values) if values else said


def speak(language: str) -> None:
    """Say everything in this language from here on in the present task, and in the tasks that it makes."""
    _spoken.set(language if language in LANGUAGES else "en")


def spoken(locale: str | None) -> str | None:
    """Return Quoth's language for a locale of Discord's, such as en-GB; None where Quoth does not speak it."""
    language = (locale or "").partition("-")[0]
    return language if language in LANGUAGES else None


def translated(sentence: str, language: str) -> str:
    """Return a sentence in a language; in English where nobody has translated it."""
    return _catalogue(language).gettext(sentence) if sentence and language != "en" else sentence


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    with (LOCALES / f"{language}.po").open("rb") as file:
        compiled = io.BytesIO()
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
