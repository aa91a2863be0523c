"""Which preference is in effect where several were chosen: the nearest one, from the person up to Quoth's operator."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.conversation import Files, Place, ResolvedPreferences, Rule, Thinking
from bot.i18n.translate import t
from storage.preferences import Preferences, PreferencesStore, Scope

log = logging.getLogger(__name__)

_HIDING: tuple[Files, ...] = ("shown", "spoilers", "links")  # each hides more than the one before
_T = TypeVar("_T")


def rule_name(rule: Rule) -> str:
    """Return what a rule is called in the language of the reader."""
    return {
        "this ask": t("this question"),
        "you": t("your preference"),
        "this channel": t("this channel's preference"),
        "this server": t("this server's preference"),
        "Quoth's operator": t("the bot's default"),
    }[rule]


@dataclass(frozen=True, slots=True)
class Layer:
    """What one rule chose; None where it chose nothing."""

    rule: Rule
    chosen: Preferences


@dataclass(frozen=True, slots=True)
class LayeredPreferences:
    """Everything that was chosen for one person in one place, the nearest first, and the operator's defaults."""

    place: Place
    layers: tuple[Layer, ...]
    default: ResolvedPreferences

    def above(self, rule: Rule) -> "LayeredPreferences":
        """Return the layers that decide where this rule, and every nearer one, chose nothing."""
        last = max((number for number, layer in enumerate(self.layers) if layer.rule == rule), default=-1)
        return replace(self, layers=self.layers[last + 1 :])

    def resolve(self) -> ResolvedPreferences:
        """Return the preferences in effect."""
        chosen = [layer.chosen for layer in self.layers]
        # A person can't switch history on where admins switched it off, nor decide for others.
        admins = [layer.chosen for layer in self.layers if layer.rule != "you"]
        history_off = any(row.history == 0 for row in admins)
        return ResolvedPreferences(
            model=_first((row.model for row in chosen), self.default.model),
            history=0 if history_off else _first((row.history for row in chosen), self.default.history),
            thinking=_first((_thinking(row.thinking) for row in chosen), self.default.thinking),
            private=_first((row.private for row in chosen), self.default.private),
            every_message=_first((row.every_message for row in admins), self.default.every_message),
            finish_ping=_first((row.finish_ping for row in chosen), self.default.finish_ping),
            language=self._language(),
            read_webhooks=_first((row.read_webhooks for row in admins), self.default.read_webhooks),
            files=self._files(),
            suggestions=_first((row.suggestions for row in chosen), self.default.suggestions),
            threads=_first((row.threads for row in admins), self.default.threads),
            asking=_first((row.asking for row in admins), self.default.asking),
            instructions=_first((row.instructions for row in chosen), self.default.instructions),
            continue_chat=_first((row.continue_chat for row in chosen), self.default.continue_chat),
        )

    @property
    def instructions_rule(self) -> Rule | None:
        """Whose standing instructions are in effect; None where there are none."""
        return next((layer.rule for layer in self.layers if layer.chosen.instructions), None)

    def _files(self) -> Files:
        """Return how files are shown: the admins' choice, or the person's where that hides more."""
        own = [_hiding(layer.chosen.files) for layer in self.layers if layer.rule == "you"]
        admins = [_hiding(layer.chosen.files) for layer in self.layers if layer.rule != "you"]
        default = _HIDING.index(self.default.files)
        return _HIDING[max(_first(admins, default), _first(own, default))]

    def _language(self) -> str:
        """Return the language in effect: a person's Discord decides before their channel or server does."""
        own = [layer.chosen.language for layer in self.layers if layer.rule == "you"]
        admins = [layer.chosen.language for layer in self.layers if layer.rule != "you"]
        return _first([*own, self.place.own_language, *admins, self.place.guild_language], self.default.language)


class PreferenceResolver:
    """Looks up the preferences of a person in a place.

    Args:
        store: what people chose.
        default: what is in effect where nobody chose: the operator's settings.
    """

    def __init__(self, store: PreferencesStore, default: ResolvedPreferences) -> None:
        self._store = store
        self.default = default
        """What is in effect where nobody chose."""

    async def layers(self, place: Place) -> LayeredPreferences:
        """Look up everything that was chosen for a person in a place."""
        rows = [Layer(rule, await self._store.of(scope, id_)) for rule, scope, id_ in _keys(place)]
        return LayeredPreferences(place, tuple(rows), self.default)

    async def resolve(self, place: Place) -> ResolvedPreferences:
        """Look up the preferences in effect for a person in a place."""
        return (await self.layers(place)).resolve()

    def peek(self, place: Place) -> ResolvedPreferences:
        """Return the preferences in effect, from memory: it waits for nothing and never fails.

        While the table is not in memory the operator's settings are in effect, except that answers are private, so that
        nobody's question is shown to others against their choice.
        """
        rows: list[Layer] = []
        for rule, scope, id_ in _keys(place):
            row = self._store.peek(scope, id_)
            if row is None:
                log.warning("Preferences are not in memory: answers are private until they have been read.")
                return replace(LayeredPreferences(place, (), self.default).resolve(), private=True)
            rows.append(Layer(rule, row))
        return LayeredPreferences(place, tuple(rows), self.default).resolve()


def _keys(place: Place) -> list[tuple[Rule, Scope, int]]:
    """Return which rows apply, the nearest first; a thread follows its channel where it has no choice of its own."""
    keys: list[tuple[Rule, Scope, int]] = [("you", "user", place.user), ("this channel", "channel", place.channel)]
    if place.parent is not None:
        keys.append(("this channel", "channel", place.parent))
    if place.guild is not None:
        keys.append(("this server", "guild", place.guild))
    return keys


def _first(values: Iterable[_T | None], default: _T) -> _T:
    return next((value for value in values if value is not None), default)


def _hiding(stored: str | None) -> int | None:
    return next((place for place, files in enumerate(_HIDING) if files == stored), None)


def _thinking(stored: str | None) -> Thinking | None:
    if stored is None:
        return None
    return "kept" if stored == "kept" else "hidden" if stored == "hidden" else "folded"
