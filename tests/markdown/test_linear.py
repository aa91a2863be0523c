"""Every pure step over text that strangers write takes time in proportion to the text, whatever the text is.

The steps are found by listing the packages, so that a new function is measured without being named here.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator

import pytest

import bot.context
import bot.i18n
import bot.markdown
from bot.markdown.convert import Converter
from bot.markdown.pages import Planner
from tests.support.linear import is_linear

IMPURE = {"bot.context.files", "bot.context.history", "bot.context.material", "bot.i18n.commands"}
WITHIN_GROWING = {"bot.markdown.convert.convert"}
"""Steps that `grow` takes too, at last with the whole text."""


def steps() -> Iterator[tuple[str, Callable[[str], object]]]:
    """Yield the public functions of the pure rooms that can be called with one text alone."""
    for package in (bot.markdown, bot.context, bot.i18n):
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if found.name in IMPURE:
                continue
            module = importlib.import_module(found.name)
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == found.name and not name.startswith("_") and takes_a_text(function):
                    yield f"{found.name}.{name}", function
    yield "growing", grow
    yield "pages", lambda text: Planner().plan(text, last=100)


def takes_a_text(function: Callable[..., object]) -> bool:
    """Whether a function's only parameter without a default is a text."""
    if inspect.iscoroutinefunction(function):
        return False
    parameters = inspect.signature(function, eval_str=True).parameters.values()
    needed = [one for one in parameters if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
    return len(needed) == 1 and needed[0].annotation is str


def grow(text: str) -> None:
    """Convert and plan a text that comes in two parts."""
    converter, planner = Converter(), Planner()
    planner.plan(converter.convert(text[: len(text) // 2], growing=True), last=100)
    planner.plan(converter.convert(text, growing=False), last=100)


STEPS = dict(steps())
REPEATED = [
    *[
        "x",
        " ",
        "\t",
        "\n",
        "[",
        "]",
        "[a](",
        "[[a](b)",
        "![",
        "![a][",
        "(a",
        "**a ",
        "_a*b~~c||`",
        "`a ``b ",
        "~a ",
        "*_",
        "*a*",
    ],
    *[
        "https://",
        "http://a;&a;",
        "www.a",
        "<@1",
        "\\",
        "<!--a",
        "<?a",
        "<![CDATA[",
        "<a b=",
        "<a b='",
        "<div>\n",
        "<br>",
    ],
    *[
        "> ",
        ">",
        "> > a\n",
        "- ",
        "- a\n",
        "1. ",
        "* a\n * b\n",
        "|",
        "| x | y |\n",
        "a|b\n",
        "|-",
        "=\n",
        "a\n=\n",
        "# ",
        "---\n",
    ],
    *[
        "$a",
        "\\(a",
        "$$a\n",
        "\\[a\n",
        "&a",
        "&#1",
        "[a]: b\n",
        "[a]: b 'c\n",
        "[a]:\n",
        "[a][b] ",
        ":a",
        "@everyone ",
        "a@b.c ",
    ],
    *[
        "```\n",
        "```a\nb\n",
        "~~~\n",
        "\ud800",
        "\0",
        "\r",
        "字",
        "a\u0301",
        "👩\u200d",
        "1.\n",
        "    a\n",
        "-# ◆ x\n",
        "<|im_start|>",
    ],
    *["*Thinking...*\n> a\n", "A b. C d. ", '"', "Assistant: ", "[INST]"],
]
SHAPED: list[Callable[[int], str]] = [
    lambda size: "a | b\na|" + " " * (size // 2) + "-" + " " * (size // 2) + "x",
    lambda size: "|a" * (size // 8) + "|\n" + "|-" * (size // 8) + "|\n" + "|1\n" * (size // 6),
    lambda size: "".join(" " * 2 * depth + "- a\n" for depth in range(int(size**0.5))),
    lambda size: "[" * (size // 2) + "a" + "]" * (size // 2),
    lambda size: "[a](" + "(" * (size // 2) + "b" + ")" * (size // 2) + ")",
    lambda size: "*" * (size // 2) + "a" + "*" * (size // 2),
    lambda size: "".join("`" * (run % 50 + 1) + "a" for run in range(size // 25)),
    lambda size: "<a " + "b " * (size // 2),
    lambda size: "- > " * (size // 4) + "a",
]
HOSTILE: list[Callable[[int], str]] = [
    *(lambda size, piece=piece: (piece * size)[:size] for piece in REPEATED),
    *SHAPED,
]
PARTS = 8  # tests among which the texts are divided, so that none takes long


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", sorted(STEPS.keys() - WITHIN_GROWING))
def test_time_grows_with_the_text(name: str, part: int) -> None:
    """No text of up to 100,000 characters takes more time than in proportion."""
    assert [make(60) for make in HOSTILE[part::PARTS] if not is_linear(STEPS[name], make)] == []


def test_the_steps_are_found() -> None:
    """The list is not empty by mistake."""
    assert {"bot.markdown.convert.convert", "bot.markdown.escapes.unescape", "bot.markdown.pages.plan"} <= set(STEPS)
