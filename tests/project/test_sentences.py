"""Everything that people read is said in every language that Quoth speaks."""

import ast
import re

import pytest

from bot.errors import QuothError
from bot.i18n.translate import LANGUAGES
from tests.support.sentences import ROOT, commanded, forgotten, read, said

FOR_OPERATORS = ("__main__", "bootstrap", "doctor", "errors", "install", "logbook", "settings", "watch")
"""The files of bot/ whose sentences only whoever runs Quoth reads, in English; of errors the next test knows more."""
FILES = sorted(
    path
    for room in ("bot", "cogs")
    for path in (ROOT / room).glob("*.py")
    if room == "cogs" or path.stem not in FOR_OPERATORS
)
TRANSLATED = [language for language in LANGUAGES if language != "en"]
_NAMES = re.compile(r"\{(\w*)[^}]*\}")


@pytest.mark.parametrize("language", TRANSLATED)
async def test_every_sentence_is_translated(language: str) -> None:
    """Each sentence, command, option and choice has its translation, with the same places to fill in."""
    catalogue = read(language)
    missing: list[str] = []
    for sentence in sorted(said() | await commanded()):
        found = catalogue.get(sentence)
        if found is None or not found.string or found.fuzzy:
            missing.append(sentence)
            continue
        assert sorted(_NAMES.findall(str(found.string))) == sorted(_NAMES.findall(sentence)), sentence
    assert missing == []


def test_no_sentence_is_forgotten() -> None:
    """What looks like a sentence for people goes through the catalogues."""
    found = {path.name: list(forgotten(ast.parse(path.read_text(encoding="utf-8")))) for path in FILES}
    assert {name: sentences for name, sentences in found.items() if sentences} == {}


def test_every_error_has_a_sentence_that_is_translated() -> None:
    """Each class of the tree of errors says something of its own or of its parent's that is in the catalogues."""
    known, classes = said(), [QuothError]
    for each in classes:
        classes += each.__subclasses__()
        assert each.sentence in known
