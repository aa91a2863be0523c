"""What the doors use, made once from the database and Poe's client."""

from dataclasses import dataclass

import aiosqlite

from bot.asks import Asks
from bot.poe.catalogue import Catalogue
from bot.poe.client import PoeAccess
from bot.policy.limits import Gate
from bot.policy.models import Models
from bot.policy.preferences import Ladder
from storage.limits import Limits
from storage.preferences import Preferences
from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Services:
    """All of them; each knows those it needs."""

    poe: PoeAccess
    stores: Stores
    ladder: Ladder
    models: Models
    gate: Gate
    asks: Asks


def services(
    connection: aiosqlite.Connection,
    poe: PoeAccess,
    catalogue: Catalogue,
    choices: Preferences,
    limits: Limits,
    days: int = 30,
) -> Services:
    """Make them; ``choices`` and ``limits`` are the operator's, and so is for how many days what was asked is kept."""
    stores = Stores.over(connection, days)
    ladder = Ladder(stores.preferences, choices)
    models = Models(catalogue, ladder, stores.allowed, stores.uses)
    gate = Gate(stores.limits, stores.uses, limits)
    return Services(poe, stores, ladder, models, gate, Asks(poe, ladder, models, gate, stores))
