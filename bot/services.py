"""What the doors use, made once from the database and Poe's client."""

from dataclasses import dataclass

import aiosqlite

from bot.asks import Asks
from bot.ladder import Ladder
from bot.limits import Gate
from bot.models import Models
from bot.poe.catalogue import Catalogue
from bot.poe.client import PoeClient
from storage.allowed import AllowedStore
from storage.asks import AsksStore
from storage.departures import DeparturesStore
from storage.limits import Limits, LimitsStore
from storage.preferences import Preferences, PreferencesStore
from storage.uses import UsesStore


@dataclass(frozen=True, slots=True)
class Services:
    """All of them; each knows those it needs."""

    asks: Asks
    ladder: Ladder
    models: Models
    gate: Gate
    preferences: PreferencesStore
    allowed: AllowedStore
    limits: LimitsStore
    uses: UsesStore
    departures: DeparturesStore


def services(
    connection: aiosqlite.Connection, poe: PoeClient, catalogue: Catalogue, choices: Preferences, limits: Limits
) -> Services:
    """Make them; ``choices`` and ``limits`` are the operator's, which count where nobody else said anything."""
    preferences, allowed = PreferencesStore(connection), AllowedStore(connection)
    limited, uses = LimitsStore(connection), UsesStore(connection)
    ladder = Ladder(preferences, choices)
    models = Models(catalogue, ladder, allowed, uses)
    gate = Gate(limited, uses, limits)
    asks = Asks(poe, ladder, models, gate, AsksStore(connection))
    departures = DeparturesStore(connection, preferences, allowed, limited, uses)
    return Services(asks, ladder, models, gate, preferences, allowed, limited, uses, departures)
