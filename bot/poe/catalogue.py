"""Which models there are: ids, handles, retired or not, and which name a person probably meant."""

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
_NEAR = 70.0  # of 100: how alike a name is that is offered for one that there isn't
_ALIKE = 65.0  # how alike it is where somebody is still typing
_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Model:
    """What a person picks.

    ``name`` is what is shown and stored: the contract's id where there is one, else the handle. ``maker`` is empty for
    handles that the operator, or a server's admins, added.
    """

    handle: str
    id: str = ""
    maker: str = ""
    retired: bool = False

    @property
    def name(self) -> str:
        """The name that is shown and stored."""
        return self.id or self.handle

    @property
    def label(self) -> str:
        """The name with what a person should know about it, at most 100 characters (Discord's limit for a choice)."""
        return (t("{model} (retired by Poe)", model=self.name) if self.retired else self.name)[:_LONGEST]


class Catalogue:
    """All models that are offered: the shipped list and the operator's own handles, which come first."""

    as_of: str = str(_DATA["as_of"])

    def __init__(self, extra: Iterable[str] = ()) -> None:
        own: dict[str, Model] = {}
        for handle in extra:
            own.setdefault(_plain(handle), Model(handle))
        shipped = [Model(m["handle"], m.get("id", ""), m["maker"], m.get("retired", False)) for m in _DATA["model"]]
        offered = (*own.values(), *(m for m in shipped if _plain(m.name) not in own))
        self._hold(offered, (*own.values(), *shipped))

    def _hold(self, models: Sequence[Model], named: Iterable[Model]) -> None:
        self.models: tuple[Model, ...] = tuple(models)
        self._by_name: dict[str, Model] = {}
        for model in named:
            for name in (model.id, model.handle):
                if name:
                    self._by_name.setdefault(_plain(name), model)
        # What searches look at: each model's names without hyphens and the like, as people type them.
        self._keys = [(_bare(name), model) for model in self.models for name in {model.id, model.handle} if name]
        self._bare_keys = [key for key, _ in self._keys]

    def only(self, names: Iterable[str], *, and_all: bool = False) -> Self:
        """Return a catalogue of these names, which may be handles that this one lacks, and all of this one's or not."""
        chosen = dict.fromkeys(self._by_name.get(_plain(name)) or Model(name) for name in names)
        rest = [model for model in self.models if model not in chosen] if and_all else []
        made = object.__new__(type(self))
        made._hold((*chosen, *rest), (*chosen, *(self._by_name.values() if and_all else ())))
        return made

    def find(self, name: str) -> Model:
        """Find a model by its id or handle, in whatever case.

        Raises:
            UnknownModel: there is none; the error names the near ones.
        """
        model = self._by_name.get(_plain(name))
        if model is None:
            raise UnknownModel(name, self.near(name))
        return model

    def near(self, name: str, most: int = 3) -> list[str]:
        """Names like this one, best first."""
        return list(dict.fromkeys(model.name for model in self._alike(_bare(name), fuzz.ratio, _NEAR, 2 * most)))[:most]

    def search(self, typed: str, first: Iterable[Model] = (), most: int = 25) -> list[Model]:
        """Models for what was typed so far, best first: the name itself, beginnings, parts, near misses.

        Of each of these kinds those in ``first`` come before others. Retired ones come last, unless it is their own
        name that was typed. The most that Discord shows is 25 (discord.md section 2).
        """
        wanted, words = _bare(typed), [_bare(word) for word in typed.split()]
        if typed.strip() and not wanted:
            return []  # nothing but signs
        exact: list[Model] = []
        begins: list[Model] = []
        holds: list[Model] = []
        for key, model in self._keys:
            if key.startswith(wanted):
                (exact if key == wanted else begins).append(model)
            elif wanted in key or (len(words) > 1 and all(word in key for word in words)):
                holds.append(model)
        unsure = wanted and not exact and len(begins) + len(holds) < most
        alike = self._alike(wanted, fuzz.WRatio, _ALIKE, most) if unsure else []
        preferred = [model for model in dict.fromkeys(first) if model in {*exact, *begins, *holds}]
        ranked = dict.fromkeys([*exact, *preferred, *begins, *holds, *alike])
        return sorted(ranked, key=lambda model: model.retired and model not in exact)[:most]

    def _alike(self, wanted: str, scorer: Any, least: float, most: int) -> list[Model]:
        found = process.extract(wanted[:_LONGEST], self._bare_keys, scorer=scorer, score_cutoff=least, limit=most)
        return [self._keys[place][1] for _, _, place in found]


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "-")


def _bare(name: str) -> str:
    """A name as it is typed in haste: without hyphens, dots, slashes and spaces."""
    return _SIGNS.sub("", name).casefold()
