"""Which models are offered in a place, which one answers there, and which one a person probably means."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.conversation import Rule
from bot.errors import ModelNotAllowed, UnknownModel
from bot.poe.catalogue import Catalogue, Model
from bot.policy.preferences import LayeredPreferences
from storage.allowed_models import AllowedModels, AllowedModelsStore
from storage.usage import UsageStore

log = logging.getLogger(__name__)

_CATALOGUES = 256  # servers' catalogues that are kept in memory


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model that one rule chose: ``name`` is empty if it chose none, ``model`` is None if it is not offered."""

    rule: Rule
    name: str
    model: Model | None


class Models:
    """Knows which models are offered where.

    Args:
        catalogue: everything that Quoth offers.
        allowed: what servers' admins made of it.
        usage: what people asked lately.
    """

    def __init__(self, catalogue: Catalogue, allowed: AllowedModelsStore, usage: UsageStore) -> None:
        self.catalogue = catalogue
        self._allowed = allowed
        self._usage = usage
        # Cached by what is allowed, not by guild, so that an entry is never outdated.
        self._catalogue_of = lru_cache(_CATALOGUES)(self._make_catalogue)

    def _make_catalogue(self, allowed: AllowedModels) -> Catalogue:
        if allowed == AllowedModels():
            return self.catalogue
        return self.catalogue.only(allowed.names, and_all=allowed.all_offered)

    async def offered(self, guild: int | None) -> Catalogue:
        """Return what is offered in a guild, or outside of any."""
        return self._catalogue_of(await self._allowed.of(guild)) if guild is not None else self.catalogue

    def known(self, name: str) -> Model | None:
        """Return the model of this name, if it is in Quoth's own catalogue."""
        try:
            return self.catalogue.find(name)
        except UnknownModel:
            return None

    def find(self, offered: Catalogue, name: str) -> Model:
        """Find a model among those that are offered somewhere.

        Raises:
            UnknownModel: there is none of this name.
            ModelNotAllowed: Quoth has it, but it is not offered there.
        """
        try:
            return offered.find(name)
        except UnknownModel:
            model = self.catalogue.find(name) if offered is not self.catalogue else None
            if model is None:
                raise
            raise ModelNotAllowed(model.name, [near.name for near in offered.search("", most=3)]) from None

    async def choices(self, layers: LayeredPreferences) -> Sequence[ModelChoice]:
        """Return what each rule chose, the nearest first; the first one with a model is in effect.

        If none of the chosen models is offered in a server, the first of those that are comes last.
        """
        return _choices(await self.offered(layers.place.guild), layers)

    async def resolve(self, layers: LayeredPreferences, name: str | None = None) -> tuple[Model, Rule]:
        """Return which model answers and which rule chose it: the ask itself by ``name``, or the nearest other.

        Raises:
            UnknownModel: ``name`` is no model.
            ModelNotAllowed: ``name`` is not offered there.
        """
        offered = await self.offered(layers.place.guild)
        if name:
            return self.find(offered, name), "this ask"
        choices = _choices(offered, layers)
        for choice in choices:
            if choice.model:
                return choice.model, choice.rule
            if choice.name:
                log.info("Skipping a preferred model that is not available here (rule: %s).", choice.rule)
        raise UnknownModel(choices[-1].name)

    async def search(self, layers: LayeredPreferences, typed: str) -> list[Model]:
        """Return models for what was typed: the one in effect, those that the person used last, then similar ones."""
        offered = await self.offered(layers.place.guild)
        first = [choice.model for choice in _choices(offered, layers) if choice.model][:1]
        for name in await self._usage.recent(layers.place.user):
            try:
                first.append(offered.find(name))
            except UnknownModel:
                continue
        return offered.search(typed, first)


def _choices(offered: Catalogue, layers: LayeredPreferences) -> Sequence[ModelChoice]:
    named: list[tuple[Rule, str]] = [(layer.rule, layer.chosen.model or "") for layer in layers.layers]
    named.append(("Quoth's operator", layers.default.model))
    found: list[ModelChoice] = []
    for rule, name in named:
        try:
            model = offered.find(name) if name else None
        except UnknownModel:
            model = None
        found.append(ModelChoice(rule, name, model))
    if not any(choice.model for choice in found) and offered.models:
        found.append(ModelChoice("this server", offered.models[0].name, offered.models[0]))
    return found
