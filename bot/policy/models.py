"""Which models are offered in a place, which one answers there, and which one a person probably means."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.conversation import Place, Rule
from bot.errors import ModelNotAllowed, NotAdmitted, NotAllowed, UnknownModel
from bot.i18n.translate import later
from bot.poe.catalogue import Catalogue, Model
from bot.poe.handles import is_handle
from bot.policy.preferences import LayeredPreferences
from storage.allowed_models import AllowedModels, AllowedModelsStore
from storage.usage import UsageStore

log = logging.getLogger(__name__)

_CATALOGUES = 256  # servers' catalogues that are kept in memory
_NO_HANDLE = later(
    "“{name}” can't be a model on Poe: names consist of letters, digits, `.`, `_` and `-`, and the names of Poe's own "
    "pages are taken."
)
_NONE_LEFT = later(
    "None of the models enabled in this server can be used. An admin can choose others with `/model allow`."
)
_NOT_YOUR_ROLES = later("Only members with certain roles can ask in this server.")
NOTHING = AllowedModels(all_offered=False)
"""What is allowed to people who may not ask at all."""


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

    def use(self, catalogue: Catalogue) -> None:
        """Offer the models of another catalogue from now on."""
        self.catalogue = catalogue
        self._catalogue_of.cache_clear()

    def _make_catalogue(self, allowed: AllowedModels) -> Catalogue:
        if allowed == AllowedModels():
            return self.catalogue
        if ignored := self._ignored(allowed):
            # Older versions of Quoth, or other settings, allowed them.
            log.warning(
                "Ignoring models in a server's list, because FOREIGN_MODELS is off or they are no Poe handles: %s.",
                ", ".join(map(repr, ignored)),
            )
        usable = [name for name in allowed.names if name not in ignored]
        return self.catalogue.only(usable, and_all=allowed.all_offered)

    def _ignored(self, allowed: AllowedModels) -> list[str]:
        foreign = [name for name in allowed.names if self.known(name) is None]
        return [name for name in foreign if not (self.catalogue.foreign and is_handle(name))]

    async def ignored(self, guild: int | None) -> Sequence[str]:
        """Return the names in a guild's list that can't be used any more."""
        return self._ignored(await self._allowed.of(guild)) if guild is not None else ()

    async def allowed(self, place: Place) -> AllowedModels:
        """Return what is allowed to a person in a place: by their roles together, else what the server allows."""
        if place.guild is None:
            return AllowedModels()
        lists = await self._allowed.of_roles(place.guild)
        own = [lists[role] for role in place.roles if role in lists]
        if not own:
            return await self._allowed.of(place.guild)
        names = dict.fromkeys(name for each in own for name in each.names)
        return AllowedModels(any(each.all_offered for each in own), tuple(names))

    async def check(self, place: Place) -> None:
        """Check that a person's roles let them ask in a place.

        Raises:
            NotAdmitted: nothing is allowed to them.
        """
        if await self.allowed(place) == NOTHING:
            raise NotAdmitted(sentence=_NOT_YOUR_ROLES)

    async def offered(self, place: Place) -> Catalogue:
        """Return what is offered to a person in a place."""
        return self._catalogue_of(await self.allowed(place))

    def known(self, name: str) -> Model | None:
        """Return the model of this name, if it is in Quoth's own catalogue."""
        try:
            return self.catalogue.find(name)
        except UnknownModel:
            return None

    def allowable(self, name: str, *, meant: bool = False) -> Model:
        """Find a model that a server's admins may allow: one of Quoth's own, or if the operator lets them, any handle.

        Args:
            name: what an admin typed.
            meant: whether it is the handle of a model that Quoth doesn't know, even if a known one has a similar name.

        Raises:
            UnknownModel: Quoth has none of this name, and the operator doesn't let admins add it or it may be a slip.
            NotAllowed: no model can have this name.
        """
        try:
            return self.catalogue.find(name)
        except UnknownModel as error:
            if not self.catalogue.foreign:
                raise
            handle = "-".join(name.split())
            if not is_handle(handle):
                raise NotAllowed(sentence=_NO_HANDLE, name=name[:80]) from None
            if error.near and not meant:
                raise
            return Model(handle)

    def find(self, offered: Catalogue, name: str) -> Model:
        """Find a model among those that are offered somewhere.

        Raises:
            UnknownModel: there is none of this name.
            ModelNotAllowed: Quoth has it, but it is not offered there.
        """
        try:
            return offered.find(name)
        except UnknownModel:
            model = self.known(name) if offered is not self.catalogue else None
            if model is None:
                raise
            raise ModelNotAllowed(model.name, [near.name for near in offered.search("", most=3)]) from None

    async def choices(self, layers: LayeredPreferences) -> Sequence[ModelChoice]:
        """Return what each rule chose, the nearest first; the first one with a model is in effect.

        If none of the chosen models is offered in a server, the first of those that are comes last.
        """
        return _choices(await self.offered(layers.place), layers)

    async def resolve(self, layers: LayeredPreferences, name: str | None = None) -> tuple[Model, Rule]:
        """Return which model answers and which rule chose it: the ask itself by ``name``, or the nearest other.

        Raises:
            UnknownModel: ``name`` is no model.
            ModelNotAllowed: ``name`` is not offered there.
            NotAllowed: nothing is offered there.
            NotAdmitted: nothing is allowed to the person.
        """
        allowed = await self.allowed(layers.place)
        if allowed == NOTHING:
            raise NotAdmitted(sentence=_NOT_YOUR_ROLES)
        offered = self._catalogue_of(allowed)
        if name:
            return self.find(offered, name), "this ask"
        choices = _choices(offered, layers)
        for choice in choices:
            if choice.model:
                return choice.model, choice.rule
            if choice.name:
                log.info("Skipping a preferred model that is not available here (rule: %s).", choice.rule)
        raise NotAllowed(sentence=_NONE_LEFT)

    async def search(self, layers: LayeredPreferences, typed: str) -> list[Model]:
        """Return models for what was typed: those that the person used last, then similar ones.

        Before anything is typed, the one in effect comes first; it need not be typed.
        """
        offered = await self.offered(layers.place)
        in_effect = [choice.model for choice in _choices(offered, layers) if choice.model]
        first = [] if typed.strip() else in_effect[:1]
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
        found.append(ModelChoice(rule, model.name if model else name, model))
    if not any(choice.model for choice in found) and offered.models:
        found.append(ModelChoice("this server", offered.models[0].name, offered.models[0]))
    return found
