"""Which names can be a model's handle: the path of its page on Poe.

The browser opens that page logged in as the operator, so a name must not lead anywhere else.
"""

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Final

MOST_CHARACTERS: Final = 100
"""Characters of a handle: Discord's limit for a choice (discord.md section 2)."""

# The characters seen in handles (poe.md section 2); letters and digits may be of any script.
_HANDLE = re.compile(r"[\w-]([\w.-]*[\w-])?")
_PUNCTUATION = re.compile(r"[\W_]+")


def is_handle(name: str) -> bool:
    """Whether a name can be a handle: letters, digits, ``.``, ``_`` and ``-``, and none of Poe's own pages."""
    possible = len(name) <= MOST_CHARACTERS and _HANDLE.fullmatch(name) and unicodedata.is_normalized("NFKC", name)
    return bool(possible) and _bare(name) not in _BARE_PAGES


def _bare(name: str) -> str:
    """Return what all spellings have in common that a server may take for the same path."""
    return _PUNCTUATION.sub("", name.casefold())


_PAGES: list[str] = tomllib.loads((Path(__file__).parent / "models.toml").read_text(encoding="utf-8"))["pages"]
_BARE_PAGES: Final = {"", *map(_bare, _PAGES)}
