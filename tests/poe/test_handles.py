"""Which names can be handles: the browser, logged in as the operator, opens no other page of Poe."""

import pytest

from bot.poe.catalogue import Catalogue
from bot.poe.handles import is_handle


@pytest.mark.parametrize("name", ["Claude-Sonnet-4.5", "o3", "My_Bot.2", "-x", "Ворон", "渡鸦-3", "x" * 100])
def test_handles(name: str) -> None:
    """A handle consists of letters and digits of any script, dots, underscores and hyphens."""
    assert is_handle(name)


def test_all_shipped_models_have_handles() -> None:
    """No model of the shipped list is taken for a page of Poe's own."""
    assert [model.handle for model in Catalogue().models if not is_handle(model.handle)] == []


@pytest.mark.parametrize(
    "name",
    ["logout", "create_bot", "settings", "api_key", "login", "chats", "s", "API", "Create-Bot", "log-out", "_next"],
)
def test_poe_s_own_pages_are_no_handles(name: str) -> None:
    """The names of Poe's own pages are refused, however they are spelled."""
    assert not is_handle(name)


@pytest.mark.parametrize(
    "name",
    [
        "GPT-4&x=y;z",
        "a/b",
        "a\\b",
        "a?b",
        "a#b",
        "a%2Fb",
        "a:b",
        "a@b",
        "a b",
        "a\n",
        "",
        ".",
        "..",
        "-",
        "settings.",
        ".x",
        "lo\u200bgout",
        "ｌｏｇｏｕｔ",
        "x" * 101,
    ],
)
def test_no_handles(name: str) -> None:
    """Every other character is refused, and so are dots at the ends, full-width letters and names that are too long."""
    assert not is_handle(name)
