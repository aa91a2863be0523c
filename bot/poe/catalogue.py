"""The models that can be asked, and which of them a person means by a name."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from bot.errors import UnknownModel
from bot.i18n.translate import t
from bot.poe.handles import MOST_CHARACTERS

_DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "models.toml").read_text(encoding="utf-8"))
CONTRACT_MODELS: Mapping[str, str] = MappingProxyType({m["id"]: m["handle"] for m in _DATA["model"] if "id" in m})
"""The ten models of the provider's contract: id → Poe handle (provider.md)."""
CONTRACT_DEFAULT = "gpt-3.5-turbo"
_DEFAULTS: Sequence[str] = _DATA["defaults"]
MODALITIES = ("text", "image", "file", "audio", "video")
"""What goes into a model and comes out of it, in Poe's words."""
_SHIPPED = frozenset(m["handle"].casefold() for m in _DATA["model"])
_NEAR = 70.0  # of 100: similarity of a name that is suggested instead of an unknown one
_ALIKE = 65.0  # of 100: similarity of a name that is suggested while somebody is typing
_PUNCTUATION = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W_]+")
_VERSION = re.compile(r"\d+(?:\.\d+)*")


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, in US dollars: a million tokens that it reads, that it writes, and one question.

    None where it is not known, or not charged.
    """

    read: float | None = None
    written: float | None = None
    request: float | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    ``handle`` is its name in Poe's addresses, and the one that is shown and stored. ``id`` is the contract's name for
    it, if it has one, under which it is found too. ``maker`` is empty for handles that the operator or a server's
    admins added. ``takes`` and ``gives`` are of `MODALITIES`; they are hints, in which Poe's list errs at times, and
    empty where nothing is known. ``retired_on`` is the day on which a retired model was missing first.
    """

    handle: str
    id: str = ""
    maker: str = ""
    retired: bool = False
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    price: Price | None = None
    retired_on: date | None = None

    @property
    def name(self) -> str:
        """The name that is shown and stored, whichever people typed."""
        return self.handle

    @property
    def family(self) -> str:
        """What all versions of a model have in common: the letters before the version, such as ``claudeopus``."""
        return _bare(_VERSION.split(self.handle, maxsplit=1)[0])

    @property
    def kind(self) -> str:
        """What models of one family have in common that are alike: the letters after the version, such as ``mini``."""
        return _bare("".join(_VERSION.split(self.handle, maxsplit=1)[1:]))

    @property
    def version(self) -> tuple[int, ...]:
        """The version, such as (4, 8); greater ones are newer. Empty if the handle has none."""
        found = _VERSION.search(self.handle)
        return tuple(map(int, found[0].split("."))) if found else ()

    @property
    def label(self) -> str:
        """The name, and whether the model is retired; at most 100 characters (Discord's limit for a choice)."""
        return (t("{model} (retired by Poe)", model=self.name) if self.retired else self.name)[:MOST_CHARACTERS]


class Catalogue:
    """All models that are offered: the operator's own handles, then the others, newer models of a family first.

    The others are those of the shipped list and of Poe's own. Poe's own list is right about what it says, but it is not
    complete: a model that is not on it may be served.

    Args:
        extra: the operator's own handles.
        foreign: whether admins may add handles that are not in the catalogue to their server's list.
        live: the models on Poe's own list, and the retired ones that were on it; empty where it was never fetched.
        as_of: the day on which that list was fetched.
    """

    def __init__(
        self,
        extra: Iterable[str] = (),
        *,
        foreign: bool = False,
        live: Sequence[Model] = (),
        as_of: date | None = None,
    ) -> None:
        self.foreign = foreign
        self.as_of: str = as_of.isoformat() if as_of else str(_DATA["as_of"])
        listed = {_plain(model.handle): model for model in live}
        shipped = [
            Model(m["handle"], m.get("id", ""), m["maker"], m.get("retired", False), tuple(m.get("takes", ())))
            for m in _DATA["model"]
        ]
        known = [_merged(model, listed.pop(_plain(model.handle), None)) for model in shipped]
        known += listed.values()
        own: dict[str, Model] = {}
        for handle in extra:
            own.setdefault(_plain(handle), Model(handle))
        offered = (*own.values(), *(m for m in _newest_first(known) if _plain(m.name) not in own))
        self._served = {_plain(model.handle) for model in live if not model.retired}
        self._index(offered, (*own.values(), *known))

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
        self._beginnings = [
            (beginning, beginning == _bare(name), model)
            for model in self.models
            for name in {model.id, model.handle}
            for beginning in accumulate(word.casefold() for word in _WORD.findall(name))
        ]

    def only(self, names: Iterable[str], *, and_all: bool = False) -> Self:
        """Return a catalogue of these names, known or not; with ``and_all``, the other models of this one follow."""
        chosen = dict.fromkeys(self._by_name.get(_plain(name)) or Model(name) for name in names)
        rest = [model for model in self.models if model not in chosen] if and_all else []
        made = object.__new__(type(self))
        made.foreign, made.as_of, made._served = self.foreign, self.as_of, self._served
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

    def default(self, name: str = "") -> Model:
        """Return the model of a name or, without a name, one that Poe serves; in place of a retired one its successor.

        Raises:
            UnknownModel: there is none of this name.
        """
        if not name:
            return self._served_default()
        model = self.find(name)
        return self.successor(model) if model.retired else model

    def successor(self, model: Model) -> Model:
        """Return the model that takes the place of a retired one: the newest of its family that is like it."""
        alike = [m for m in self.models if (m.family, m.kind) == (model.family, model.kind) and self._is_served(m)]
        return max(alike, key=lambda each: each.version, default=None) or self._served_default()

    def _served_default(self) -> Model:
        preferred = [model for name in _DEFAULTS if (model := self._by_name.get(_plain(name))) is not None]
        writing = [model for model in self.models if model.gives in ((), ("text",))]
        for model in (*preferred, *writing, *self.models):
            if self._is_served(model):
                return model
        return preferred[0]

    def _is_served(self, model: Model) -> bool:
        return not model.retired and (not self._served or _plain(model.handle) in self._served)

    def near(self, name: str, most: int = 3) -> list[str]:
        """Return similar names, best first. Of models whose name only begins similarly, one of each family."""
        from rapidfuzz import fuzz, process  # as in _alike

        beginnings = [beginning for beginning, _, _ in self._beginnings]
        wanted = _bare(name)[:MOST_CHARACTERS]
        found: list[tuple[bool, float, bool, int]] = []
        for _, score, place in process.extract(wanted, beginnings, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=None):
            _, whole, model = self._beginnings[place]
            found.append((model.retired and not whole, -score, not whole, place))
        near: dict[str, None] = {}
        families: set[str] = set()
        for *_, place in sorted(found):
            _, whole, model = self._beginnings[place]
            if whole or model.family not in families:
                near[model.name] = None
                families.add(model.family)
        return list(near)[:most]

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
        alike = [*map(self.find, self.near(typed)), *self._alike(wanted, most)] if unsure else []
        preferred = [model for model in dict.fromkeys(first) if model in {*exact, *begins, *contains}]
        ranked = dict.fromkeys([*exact, *preferred, *begins, *contains, *alike])
        return sorted(ranked, key=lambda model: model.retired and model not in exact)[:most]

    def _alike(self, wanted: str, most: int) -> list[Model]:
        # It takes 2 MB that an idle bot can spare, and 8 ms, once.
        from rapidfuzz import fuzz, process

        wanted = wanted[:MOST_CHARACTERS]
        found = process.extract(wanted, self._bare_keys, scorer=fuzz.WRatio, score_cutoff=_ALIKE, limit=most)
        return [self._keys[place][1] for _, _, place in found]


def is_shipped(handle: str) -> bool:
    """Whether a handle is in the shipped list, in any case."""
    return handle.casefold() in _SHIPPED


def _merged(shipped: Model, live: Model | None) -> Model:
    """Return a model of the shipped list as Poe's own list has it, under the shipped names."""
    if live is None:
        return shipped
    return replace(live, handle=shipped.handle, id=shipped.id, maker=shipped.maker, takes=live.takes or shipped.takes)


def _newest_first(models: Sequence[Model]) -> Sequence[Model]:
    """Return the families in the order of their first models, each with its newer models first; retired ones last."""
    places: dict[str, int] = {}
    for model in models:
        places.setdefault(model.family, len(places))
    newest = sorted(models, key=lambda model: model.version, reverse=True)
    return sorted(newest, key=lambda model: (model.retired, places[model.family]))


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "-")


def _bare(name: str) -> str:
    """Return a name without punctuation and spaces, in lower case."""
    return _PUNCTUATION.sub("", name).casefold()
