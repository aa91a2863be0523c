"""The models that can be asked, and which of them a person means by a name."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from rapidfuzz import fuzz, process

from bot.errors import UnknownModel
from bot.i18n.translate import t

_DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "models.toml").read_text(encoding="utf-8"))
CONTRACT_MODELS: Mapping[str, str] = MappingProxyType({m["id"]: m["handle"] for m in _DATA["model"] if "id" in m})
"""The ten models of the provider's contract: id → Poe handle (provider.md)."""
CONTRACT_DEFAULT = "gpt-3.5-turbo"
_LONGEST = 100  # characters of a name: Discord's limit for a choice
_NEAR = 70.0  # of 100: similarity of a name that is suggested instead of an unknown one
_ALIKE = 65.0  # of 100: similarity of a name that is suggested while somebody is typing
_PUNCTUATION = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    ``handle`` is its name in Poe's addresses, ``id`` the contract's name for it, if it has one. ``maker`` is empty for
    handles that the operator or a server's admins added.
    """

    handle: str
    id: str = ""
    maker: str = ""
    retired: bool = False

    @property
    def name(self) -> str:
        """The name that is shown and stored: the id if there is one, else the handle."""
        return self.id or self.handle

    @property
    def label(self) -> str:
        """The name, and whether the model is retired; at most 100 characters (Discord's limit for a choice)."""
        return (t("{model} (retired by Poe)", model=self.name) if self.retired else self.name)[:_LONGEST]


class Catalogue:
    """All models that are offered: the operator's own handles (``extra``), then the shipped list."""

    as_of: str = str(_DATA["as_of"])

    def __init__(self, extra: Iterable[str] = ()) -> None:
        own: dict[str, Model] = {}
        for handle in extra:
            own.setdefault(_plain(handle), Model(handle))
        shipped = [Model(m["handle"], m.get("id", ""), m["maker"], m.get("retired", False)) for m in _DATA["model"]]
        offered = (*own.values(), *(m for m in shipped if _plain(m.name) not in own))
        self._index(offered, (*own.values(), *shipped))

    def _index(self, models: Sequence[Model], named: Iterable[Model]) -> None:
        self.models: tuple[Model, ...] = tuple(models)
        self._by_name: dict[str, Model] = {}
        for model in named:
            for name in (model.id, model.handle):
                if name:
                    self._by_name.setdefault(_plain(name), model)
        # Searches compare names without hyphens and the like, as people type them.
        self._keys = [(_bare(name), model) for model in self.models for name in {model.id, model.handle} if name]
        self._bare_keys = [key for key, _ in self._keys]

    def only(self, names: Iterable[str], *, and_all: bool = False) -> Self:
        """Return a catalogue of these names, known or not; with ``and_all``, the other models of this one follow."""
        chosen = dict.fromkeys(self._by_name.get(_plain(name)) or Model(name) for name in names)
        rest = [model for model in self.models if model not in chosen] if and_all else []
        made = object.__new__(type(self))
        made._index((*chosen, *rest), (*chosen, *(self._by_name.values() if and_all else ())))
        return made

    def find(self, name: str) -> Model:
        """Find a model by its id or handle, ignoring case.

        Raises:
            UnknownModel: there is none. The error suggests similar names.
        """
        model = self._by_name.get(_plain(name))
        if model is None:
            raise UnknownModel(name, self.near(name))
        return model

    def near(self, name: str, most: int = 3) -> list[str]:
        """Return similar names, best first."""
        return list(dict.fromkeys(model.name for model in self._alike(_bare(name), fuzz.ratio, _NEAR, 2 * most)))[:most]

    def search(self, typed: str, first: Iterable[Model] = (), most: int = 25) -> list[Model]:
        """Return models for what was typed so far, best first: the exact name, beginnings, parts, similar names.

        Models in ``first`` come right after the exact name. Retired models come last, unless their exact name was
        typed. Discord shows at most 25 (discord.md section 2).
        """
        wanted, words = _bare(typed), [_bare(word) for word in typed.split()]
        if typed.strip() and not wanted:
            return []  # only punctuation
        exact: list[Model] = []
        begins: list[Model] = []
        contains: list[Model] = []
        for key, model in self._keys:
            if key.startswith(wanted):
                (exact if key == wanted else begins).append(model)
            elif wanted in key or (len(words) > 1 and all(word in key for word in words)):
                contains.append(model)
        unsure = wanted and not exact and len(begins) + len(contains) < most
        alike = self._alike(wanted, fuzz.WRatio, _ALIKE, most) if unsure else []
        preferred = [model for model in dict.fromkeys(first) if model in {*exact, *begins, *contains}]
        ranked = dict.fromkeys([*exact, *preferred, *begins, *contains, *alike])
        return sorted(ranked, key=lambda model: model.retired and model not in exact)[:most]

    def _alike(self, wanted: str, scorer: Any, least: float, most: int) -> list[Model]:
        found = process.extract(wanted[:_LONGEST], self._bare_keys, scorer=scorer, score_cutoff=least, limit=most)
        return [self._keys[place][1] for _, _, place in found]


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "-")


def _bare(name: str) -> str:
    """Return a name without punctuation and spaces, in lower case."""
    return _PUNCTUATION.sub("", name).casefold()
