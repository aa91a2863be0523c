"""Which models there are: ids, handles, retired or not, and which name a person probably meant."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.errors import UnknownModel

_DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "models.toml").read_text(encoding="utf-8"))
CONTRACT_MODELS: Mapping[str, str] = MappingProxyType({m["id"]: m["handle"] for m in _DATA["model"] if "id" in m})
"""The ten models of the provider's contract: id → Poe handle (provider.md)."""
CONTRACT_DEFAULT = "gpt-3.5-turbo"


@dataclass(frozen=True, slots=True)
class Model:
    """What a person picks.

    ``name`` is what is shown and stored: the contract's id where there is one, else the handle. ``maker`` is empty for
    handles that the operator added.
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
        return f"{self.name} (retired by Poe)"[:100] if self.retired else self.name[:100]


class Catalogue:
    """All models that are offered: the shipped list and the operator's own handles, which come first."""

    as_of: str = str(_DATA["as_of"])

    def __init__(self, extra: Iterable[str] = ()) -> None:
        own: dict[str, Model] = {}
        for handle in extra:
            own.setdefault(_plain(handle), Model(handle))
        shipped = [Model(m["handle"], m.get("id", ""), m["maker"], m.get("retired", False)) for m in _DATA["model"]]
        self.models: tuple[Model, ...] = (*own.values(), *(m for m in shipped if _plain(m.name) not in own))
        self._by_name: dict[str, Model] = {}
        for model in (*own.values(), *shipped):
            for name in (model.id, model.handle):
                if name:
                    self._by_name.setdefault(_plain(name), model)

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
        close = difflib.get_close_matches(_plain(name)[:100], self._by_name, n=most, cutoff=0.5)
        return list(dict.fromkeys(self._by_name[key].name for key in close))

    def search(self, typed: str, most: int = 25) -> list[Model]:
        """Models for what was typed so far, best first: the name itself, beginnings, parts, near misses.

        Retired ones come last, unless it is their own name that was typed. The most that Discord shows is 25
        (discord.md section 2).
        """
        wanted = _plain(typed)
        starts = [m for m in self.models if any(_plain(n).startswith(wanted) for n in (m.name, m.handle))]
        within = [m for m in self.models if any(wanted in _plain(n) for n in (m.name, m.handle))]
        close = [self._by_name[k] for k in difflib.get_close_matches(wanted[:100], self._by_name, n=5, cutoff=0.6)]
        ranked = list(dict.fromkeys([*starts, *within, *close]))
        exact = self._by_name.get(wanted)
        return sorted(ranked, key=lambda model: (model is not exact, model.retired))[:most]


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "-")
