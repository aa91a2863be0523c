"""Every table's store, made over one database, and what history asks of them."""

import time
from collections.abc import Collection
from dataclasses import dataclass

import aiosqlite

from storage.allowed_models import AllowedStore
from storage.asks import AskRow, AsksStore
from storage.departed_guilds import DeparturesStore
from storage.limits import LimitsStore
from storage.maintenance import MaintenanceStore
from storage.opt_outs import OptOutsStore
from storage.personal_data import PeopleStore
from storage.preferences import PreferencesStore
from storage.prompt_sources import ReadingsStore
from storage.reply_messages import PagesStore
from storage.usage import UsesStore
from storage.watermarks import WatermarksStore

DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores; also what history asks of them (``bot.context.turns.Memory``). ``kept`` is in seconds."""

    kept: float
    asks: AsksStore
    pages_of: PagesStore
    readings: ReadingsStore
    opt_outs: OptOutsStore
    watermarks: WatermarksStore
    maintenance: MaintenanceStore
    preferences: PreferencesStore
    allowed: AllowedStore
    limits: LimitsStore
    uses: UsesStore
    departures: DeparturesStore
    people: PeopleStore

    @classmethod
    def over(cls, connection: aiosqlite.Connection, days: int = 30) -> "Stores":
        """Open all of them on one database, in which asks and what follows from them are kept for so many days."""
        preferences, allowed = PreferencesStore(connection), AllowedStore(connection)
        limits, uses = LimitsStore(connection), UsesStore(connection)
        return cls(
            days * DAY,
            AsksStore(connection, days * DAY),
            PagesStore(connection),
            ReadingsStore(connection),
            OptOutsStore(connection),
            WatermarksStore(connection),
            MaintenanceStore(connection),
            preferences,
            allowed,
            limits,
            uses,
            DeparturesStore(connection, preferences, allowed, limits, uses),
            PeopleStore(connection, preferences, uses),
        )

    async def forgotten(self, channels: Collection[int]) -> int:
        """See ``bot.context.turns.Memory``."""
        return await self.watermarks.newest(channels)

    async def unread(self, people: Collection[int]) -> set[int]:
        """See ``bot.context.turns.Memory``."""
        return await self.opt_outs.among(people)

    async def asked(self, messages: Collection[int]) -> dict[int, AskRow]:
        """See ``bot.context.turns.Memory``."""
        return await self.asks.of_messages(messages)

    async def pages(self, ask: int) -> list[int]:
        """See ``bot.context.turns.Memory``."""
        return await self.pages_of.of(ask)

    async def late(self, channel: int, moment: int) -> list[int]:
        """See ``bot.context.turns.Memory``."""
        return await self.pages_of.late(channel, moment)

    async def delete_old(self) -> int:
        """Delete what is older than it is kept, really; returns how many asks that were."""
        deleted, before = await self.asks.delete_old(), time.time() - self.kept
        await self.uses.delete_old(before)
        await self.departures.delete_old(before)
        if deleted:
            await self.people.clear_log()
        return deleted
