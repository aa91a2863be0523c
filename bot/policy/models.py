"""Which models are offered in a place, which one answers there, and which a person probably means."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.conversation import Place
from bot.errors import ModelNotAllowed, UnknownModel
from bot.poe.catalogue import Catalogue, Model
from bot.policy.preferences import Ladder, Rule
from storage.allowed_models import Allowed, AllowedStore
from storage.usage import UsesStore

log = logging.getLogger(__name__)

_LISTS = 256  # servers' own lists that are kept made


@dataclass(frozen=True, slots=True)
class Rung:
    """What one rule says of the model; ``name`` is empty where it says nothing, ``model`` None where it can't be."""

    rule: Rule
    name: str
    model: Model | None


class Models:
    """Knows what is offered where.

    Args:
        catalogue: all that Quoth offers.
        ladder: what was chosen.
        allowed: what servers made of the catalogue.
        uses: what people asked lately.
    """

    def __init__(self, catalogue: Catalogue, ladder: Ladder, allowed: AllowedStore, uses: UsesStore) -> None:
        self.catalogue = catalogue
        self._ladder = ladder
        self._allowed = allowed
        self._uses = uses
        # By what is allowed and not by guild: so it can never be outdated.
        self._list = lru_cache(_LISTS)(self._listed)

    def _listed(self, allowed: Allowed) -> Catalogue:
        if allowed == Allowed():
            return self.catalogue
        return self.catalogue.only(allowed.names, and_all=allowed.all_offered)

    async def offered(self, guild: int | None) -> Catalogue:
        """Return what is offered in a guild, or outside of any."""
        return self._list(await self._allowed.of(guild)) if guild is not None else self.catalogue

    def known(self, name: str) -> Model | None:
        """Return the model of this name, if Quoth knows one, whether it is offered somewhere or not."""
        try:
            return self.catalogue.find(name)
        except UnknownModel:
            return None

    async def find(self, guild: int | None, name: str) -> Model:
        """Find a model that is offered in a guild.

        Raises:
            UnknownModel: there is none of this name.
            ModelNotAllowed: Quoth offers it, but not there.
        """
        offered = await self.offered(guild)
        try:
            return offered.find(name)
        except UnknownModel:
            model = self.catalogue.find(name) if offered is not self.catalogue else None
            if model is None:
                raise
            raise ModelNotAllowed(model.name, [near.name for near in offered.search("", most=3)]) from None

    async def rungs(self, place: Place) -> Sequence[Rung]:
        """Return what each rule says there, the one that counts first; the first with a model is the one that wins.

        Where nothing else is left because a server narrowed its list, the first of that list answers.
        """
        offered = await self.offered(place.guild)
        found: list[Rung] = []
        for rule, chosen in (await self._ladder.at(place)).rungs:
            name: str = chosen.model or ""
            try:
                model = offered.find(name) if name else None
            except UnknownModel:
                model = None
            found.append(Rung(rule, name, model))
        if not any(rung.model for rung in found) and offered.models:
            found.append(Rung("this server", offered.models[0].name, offered.models[0]))
        return found

    async def resolve(self, place: Place, name: str | None = None) -> tuple[Model, Rule]:
        """Find which model answers and which rule chose it: the ask's own, or the nearest of the place's preferences.

        Raises:
            UnknownModel: the ask names a model that there isn't.
            ModelNotAllowed: it names one that is not offered there.
        """
        if name:
            return await self.find(place.guild, name), "this ask"
        rungs = await self.rungs(place)
        for rung in rungs:
            if rung.model:
                return rung.model, rung.rule
            if rung.name:
                log.info("A model that was chosen by %s is not offered there.", rung.rule)
        raise UnknownModel(rungs[-1].name)

    async def search(self, place: Place, typed: str) -> list[Model]:
        """Models for what somebody has typed so far: what counts there, what they used last, then what is like it."""
        offered = await self.offered(place.guild)
        known = [rung.model for rung in await self.rungs(place) if rung.model][:1]
        for name in await self._uses.recent(place.user):
            try:
                known.append(offered.find(name))
            except UnknownModel:
                continue
        return offered.search(typed, known)
