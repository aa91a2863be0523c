"""What one rendering of Discord's Markdown carries from rule to rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline


@dataclass(frozen=True)
class Names:
    """What the ids in mentions are called; ids are decimal strings, names carry no ``@`` or ``#``."""

    users: Mapping[str, str]
    channels: Mapping[str, str]
    roles: Mapping[str, str]


class Fence(NamedTuple):
    """A block of code; the language is empty where none is given."""

    language: str
    code: str


class Environment(dict[str, object]):
    """The state of one rendering. It is a mapping only because markdown-it wants one.

    Attributes:
        names: The names behind the mentions.
        fences: Blocks of code that were lifted out of the text, by the number in their placeholder.
        quoted: Whether a quote is being parsed.
        inside_from: Where the text between the markers around the current place begins.
        unclosed: ``(source, marker, limit)`` for which a closing marker was looked for in vain.
    """

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names
        self.fences: list[Fence] = []
        self.quoted = False
        self.inside_from = 0
        self.unclosed: set[tuple[str, str, int]] = set()


def environment(state: StateCore | StateBlock | StateInline) -> Environment:
    """Return the environment that a rule is running in.

    Raises:
        TypeError: The rule runs outside of ``markdown.render``.
    """
    if not isinstance(state.env, Environment):
        raise TypeError("Discord's rules need the environment that render() makes")
    return state.env
