"""Which preference counts where several were chosen: the nearest one, from the person up to Quoth's operator."""

import asyncio
import logging
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias

from bot.conversation import Place
from bot.i18n.translate import t
from storage.preferences import Preferences, PreferencesStore, Scope

log = logging.getLogger(__name__)

_HURRY = 1.0  # seconds: Discord waits 3 for the first answer to a command

Rule: TypeAlias = Literal["this ask", "you", "this channel", "this server", "Quoth's operator"]


def said(rule: Rule) -> str:
    """Name who chose."""
    return {
        "this ask": t("this question"),
        "you": t("you"),
        "this channel": t("this channel"),
        "this server": t("this server"),
        "Quoth's operator": t("Quoth's operator"),
    }[rule]


@dataclass(frozen=True, slots=True)
class Ruling:
    """All that was chosen for one place, the nearest first; the operator's rung leaves nothing open."""

    rungs: tuple[tuple[Rule, Preferences], ...]

    def first(self, name: str) -> tuple[Any, Rule]:
        """Return the value of a field of Preferences that counts, and who chose it."""
        return next((value, rule) for rule, rung in self.rungs if (value := getattr(rung, name)) is not None)

    def after(self, rule: Rule) -> "Ruling":
        """What counts where this rule says nothing, and no nearer one does."""
        last = max((number for number, (each, _) in enumerate(self.rungs) if each == rule), default=-1)
        return Ruling(self.rungs[last + 1 :])

    @property
    def history(self) -> int:
        """How many messages are read. Where a channel's or server's admins switched history off, it is off."""
        limits = [rung.history for rule, rung in self.rungs if rule in ("this channel", "this server")]
        return 0 if 0 in limits else self.first("history")[0]

    @property
    def every_message(self) -> bool:
        """Whether every message here gets an answer: for the channel or the server to say, not for one person."""
        chosen = [rung.every_message for rule, rung in self.rungs if rule != "you" and rung.every_message is not None]
        return chosen[0]


class Ladder:
    """Looks all rungs up.

    Args:
        store: what people chose.
        default: the operator's own choices; none of them is None.
    """

    def __init__(self, store: PreferencesStore, default: Preferences) -> None:
        self._store = store
        self._default = default

    async def at(self, place: Place) -> Ruling:
        """Return what counts for a person in a place; a thread follows its channel where it has no own choice."""
        rules: list[Rule] = ["you", "this channel"]
        keys: list[tuple[Scope, int]] = [("user", place.user), ("channel", place.channel)]
        if place.parent is not None:
            rules.append("this channel")
            keys.append(("channel", place.parent))
        if place.guild is not None:
            rules.append("this server")
            keys.append(("guild", place.guild))
        rows = [await self._store.of(*key) for key in keys]
        return Ruling((*zip(rules, rows, strict=True), ("Quoth's operator", self._default)))

    async def manners(self, place: Place) -> Preferences:
        """Return all that counts, for how an answer is shown. Never fails, and soon.

        Where it can't be read, the operator's choices count; only whether an answer is private is then taken to be so.
        """
        try:
            async with asyncio.timeout(_HURRY):
                ruling = await self.at(place)
        except Exception as error:  # noqa: BLE001 - whatever the database has: the ask itself will tell
            log.warning("What was chosen could not be read: %s", type(error).__name__)
            return replace(self._default, private=True)
        return Preferences(**{field.name: ruling.first(field.name)[0] for field in fields(Preferences)})

    async def language(self, place: Place, own: str | None, here: str | None = None) -> str:
        """Return in which language a person is answered. Never fails, and soon.

        Args:
            place: who is answered where.
            own: the language of that person's Discord, where that is known and Quoth speaks it.
            here: the same of the server.
        """
        chosen: dict[Rule, str] = {}
        try:
            async with asyncio.timeout(_HURRY):
                for rule, rung in (await self.at(place)).rungs:
                    if rung.language:
                        chosen.setdefault(rule, rung.language)
        except Exception as error:  # noqa: BLE001 - see manners
            log.warning("The language that was chosen could not be read: %s", type(error).__name__)
        nearest = (chosen.get("you"), own, chosen.get("this channel"), chosen.get("this server"), here)
        return next((language for language in nearest if language), self._default.language or "en")
