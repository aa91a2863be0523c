"""Which preference counts where several were chosen: the nearest one, from the person up to Quoth's operator."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from bot.conversation import Place
from storage.preferences import Preferences, PreferencesStore

Rule: TypeAlias = Literal["this ask", "you", "this channel", "this server", "Quoth's operator"]


@dataclass(frozen=True, slots=True)
class Ruling:
    """All that was chosen for one place, the nearest first; the operator's rung leaves nothing open."""

    rungs: tuple[tuple[Rule, Preferences], ...]

    def first(self, name: str) -> tuple[Any, Rule]:
        """Return the value of a field of Preferences that counts, and who chose it."""
        return next((value, rule) for rule, rung in self.rungs if (value := getattr(rung, name)) is not None)

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
        store = self._store
        channels = [place.channel] if place.parent is None else [place.channel, place.parent]
        you: list[tuple[Rule, Preferences]] = [("you", await store.of("user", place.user))]
        here: list[tuple[Rule, Preferences]] = [("this channel", await store.of("channel", each)) for each in channels]
        if place.guild is not None:
            here.append(("this server", await store.of("guild", place.guild)))
        return Ruling((*you, *here, ("Quoth's operator", self._default)))
