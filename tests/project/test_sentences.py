"""Everything that people read is marked for translation, and translated into every language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot.errors
from bot.errors import QuothError
from bot.i18n.translate import LOCALES, nlater, nt, speak, spoken, t
from tests.support import sentences as support
from tests.support.sentences import MARKS, ROOMS, ROOT, TRANSLATED, Text, commanded, marked, read, updated

FOR_OPERATORS = (
    "bot/__main__.py",
    "bot/bootstrap.py",
    "bot/cli/",
    "bot/discord_connection.py",
    "bot/gateway_events.py",
    "bot/ops/gateway_watch.py",
    "bot/ops/health.py",
    "bot/ops/health_server.py",
    "bot/ops/log_format.py",
    "bot/ops/logbook.py",
    "bot/ops/metrics.py",
    "bot/ops/systemd.py",
    "bot/settings.py",
    "bot/version.py",
)
"""Only Quoth's operator reads these, in English."""
FOR_MODELS = ("bot/context/", "bot/poe/api/", "bot/poe/web/")
"""The words here go to a model, to Poe's page or to its API; people read only what the ``SHOWN`` keywords take."""
NOT_SHOWN = {
    "{why}": "sentences that are translated already",
    "this ask": "the name of a rule in the code",
    "this channel": "the name of a rule in the code",
    "this server": "the name of a rule in the code",
    "Quoth's operator": "the name of a rule in the code",
    "*Thinking...*": "what Poe writes above a model's reasoning",
    "Assistant:": "the role that ends a prompt",
    "File": "a kind of material in a prompt",
    "Retry-After": "an HTTP header",
    "A command": "for the log",
    "An ask": "for the log",
    "NotoSansCJK-Regular.ttc": "a font's file",
    "HTTP {}, code {}": "for the log",
    ", {} may be missing": "for the log",
    "its message was deleted": "for the log",
    "a message was deleted": "for the log",
    "Unsupported model: {}{}": "for the caller of the provider",
    " Did you mean {}?": "for the caller of the provider",
}
"""Texts with words that nobody reads in Discord, and what each is."""
SHOWN = {"content", "description", "label", "placeholder", "sentence", "text", "title"}
"""The keywords of discord.py and of the errors whose text people read, whatever it looks like."""
_WORDS = re.compile(r"[^\W\d_]{2,}[.,:;!?…]* | [^\W\d_]{2,}|\b[A-ZА-Я][a-zа-я]{2,}")  # beside a space, or a capital
_WORD = re.compile(r"[^\W\d_]{2,}")
_NAMES = re.compile(r"\{(\w*)[^}]*\}")


def text_of(node: ast.AST) -> str | None:
    """Return a literal's text, of an f-string with {} for its values; None for any other expression."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def not_read(node: ast.AST) -> list[ast.AST | None]:
    """The parts of a piece of code whose words no person reads in Discord."""
    match node:
        case ast.Expr(value=ast.Constant() as docstring):
            return [docstring]
        case ast.JoinedStr():
            return [part for part in node.values if isinstance(part, ast.Constant)]  # text_of joins them
        case ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "re"))):
            return [*node.args]
        case ast.Call(func=ast.Name(id=name)) if name.endswith("Error") or hasattr(bot.errors, name):
            return [*node.args]  # an error's own text is for the log; its ``sentence`` is a keyword
        case ast.Assign(targets=[ast.Name(id="operator_message")]):
            return [node.value]
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__")):
            return [*node.args]
        case ast.arg() | ast.AnnAssign():
            return [node.annotation]
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return [node.returns]
        case ast.Subscript():
            return [node.slice]
        case _:
            return []


def unmarked(source: str, sentences: set[str], commands: set[str], *, words: bool = True) -> Iterator[str]:
    """The texts of a source that people may read and that are not translated.

    Args:
        source: the code of a module.
        sentences: what pybabel finds in the code; such a text still has to be marked where it is used.
        commands: what discord.py has translated by itself.
        words: whether to look at every text with words, not only where it is certain that people read it.
    """
    nodes = list(ast.walk(ast.parse(source)))
    skipped = {id(part) for node in nodes for whole in not_read(node) if whole for part in ast.walk(whole)}
    certain: set[int] = set()
    marked: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.keyword) and node.arg in SHOWN:
            certain |= {id(part) for part in ast.walk(node.value)}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            certain |= {id(part) for argument in node.args for part in ast.walk(argument)}
            marked |= {id(argument) for argument in node.args}
    for node in nodes:
        text = text_of(node)
        if not text or text in commands or (id(node) in marked and text in sentences):
            continue
        looks = _WORD if id(node) in certain else _WORDS if words and id(node) not in skipped else None
        if looks and looks.search(text.replace("{}", "")):
            yield text


@pytest.fixture(scope="module")
def sentences() -> set[Text]:
    """Everything in the code that is marked."""
    return marked()


@pytest.mark.parametrize("language", TRANSLATED)
async def test_every_sentence_is_translated(language: str, sentences: set[Text]) -> None:
    """Each text of the code and the commands, and no other, has a checked translation in all forms and values."""
    file = (LOCALES / f"{language}.po").read_bytes()
    assert file == updated(language, sentences | await commanded()), "run `make sentences`"
    catalogue = read(language)
    for message in catalogue:
        if not message.id:
            continue
        forms = (message.string,) if isinstance(message.string, str) else message.string or ()
        assert len(forms) == (catalogue.num_plurals if message.pluralizable else 1), message.id
        assert all(forms), f"{message.id} has no translation in {language}.po"
        assert not message.fuzzy, f"the translation of {message.id} in {language}.po is a guess"
        values = sorted(_NAMES.findall(message.id if isinstance(message.id, str) else message.id[-1]))
        assert [sorted(_NAMES.findall(form)) for form in forms] == [values] * len(forms), message.id


async def test_no_text_is_unmarked(sentences: set[Text]) -> None:
    """Whatever in the code looks like words for people goes through the catalogues."""
    forms = {form for text in sentences for form in ([text] if isinstance(text, str) else text)}
    commands = await commanded()
    found: dict[str, set[str]] = {}
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(FOR_OPERATORS):
            source = path.read_text(encoding="utf-8")
            found[name] = set(unmarked(source, forms, commands, words=not name.startswith(FOR_MODELS)))
    assert {name: texts - NOT_SHOWN.keys() for name, texts in found.items() if texts - NOT_SHOWN.keys()} == {}
    assert NOT_SHOWN.keys() - set().union(*found.values()) == set(), "not in the code any more"


@pytest.mark.parametrize(
    "source",
    [
        'line = f"{MARK}thought for {words} words"',
        'label = f"{name} (retired by Poe)"',
        'return f"{count} words"',
        "return f\"{name or 'no name'}\"",
        'names = {"ru": "Русский"}',
        'Button(label="stop")',
        'await send(content=f"done in {seconds}")',
        'raise NotAllowed(sentence="not now")',
        't("on" if value else "off")',
        "f\"{t('done')}\"",
    ],
)
def test_an_unmarked_text_is_found(source: str) -> None:
    """The test itself sees fragments, single words where people read them, and what pybabel can't read."""
    assert len(list(unmarked(source, {"on", "off", "stop"}, set()))) >= 1


@pytest.mark.parametrize(
    "source",
    [
        '"""A module."""',
        'log.warning("It failed: %s", error)',
        'raise BrowserFailed("The browser is gone.")',
        'operator_message = "The browser failed."',
        'scope: "Literal[A] | None" = None',
        't("Known")',
        'command(description="A command")',
        'state = "done"',
    ],
)
def test_what_no_person_reads_is_free(source: str) -> None:
    """Docstrings, log lines, errors for the operator, annotations, names and marked sentences need no mark."""
    assert list(unmarked(source, {"Known"}, {"A command"})) == []


def test_every_error_has_a_sentence_that_is_translated(sentences: set[Text]) -> None:
    """Each class of the tree of errors says something of its own or of its parent's that is in the catalogues."""
    classes = [QuothError]
    for each in classes:
        classes += each.__subclasses__()
        assert each.sentence in sentences


@pytest.mark.parametrize(
    ("count", "english", "russian"),
    [
        (1, "last 1 message", "последнее 1 сообщение"),
        (2, "last 2 messages", "последние 2 сообщения"),
        (5, "last 5 messages", "последние 5 сообщений"),
        (11, "last 11 messages", "последние 11 сообщений"),
        (21, "last 21 messages", "последнее 21 сообщение"),
        (22, "last 22 messages", "последние 22 сообщения"),
    ],
)
async def test_a_count_has_its_plural_form(count: int, english: str, russian: str) -> None:
    """A sentence with a count is said in the form of its language, at once and later."""
    for language, expected in ("en", english), ("ru", russian):
        speak(language)
        assert nt("last {count} message", "last {count} messages", count) == expected
        assert t(nlater("last {count} message", "last {count} messages"), count=count) == expected


def test_a_new_language_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty file gets every text with as many forms as the language has, to be translated there."""
    (tmp_path / "pl.po").touch()
    monkeypatch.setattr(support, "LOCALES", tmp_path)
    file = updated("pl", {"done", ("{count} word", "{count} words")}).decode()
    assert "Plural-Forms: nplurals=3" in file
    assert 'msgid "done"\nmsgstr ""\n' in file
    assert 'msgid_plural "{count} words"\nmsgstr[0] ""\nmsgstr[1] ""\nmsgstr[2] ""\n' in file


def test_a_locale_of_discord_has_a_language() -> None:
    """A locale means the language with its name, or of its first part."""
    assert [spoken(locale) for locale in ("en-GB", "ru", "pl", "", None)] == ["en", "ru", None, None, None]
