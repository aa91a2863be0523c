"""Everything that asks leave behind, one store a table."""

from collections.abc import Collection
from dataclasses import dataclass

import aiosqlite

from storage.asks import AskRow, AsksStore
from storage.maintenance import MaintenanceStore
from storage.opt_outs import OptOutsStore
from storage.pages import PagesStore
from storage.people import PeopleStore
from storage.readings import ReadingsStore
from storage.watermarks import WatermarksStore

DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores, and what history asks of them (``bot.dialogue.Memory``)."""

    asks: AsksStore
    pages_of: PagesStore
    readings: ReadingsStore
    opt_outs: OptOutsStore
    watermarks: WatermarksStore
    people: PeopleStore
    maintenance: MaintenanceStore

    @classmethod
    def over(cls, connection: aiosqlite.Connection, days: int = 30) -> "Stores":
        """Open all of them on one database, in which an ask is kept for so many days."""
        return cls(
            AsksStore(connection, days * DAY),
            PagesStore(connection),
            ReadingsStore(connection),
            OptOutsStore(connection),
            WatermarksStore(connection),
            PeopleStore(connection),
            MaintenanceStore(connection),
        )

    async def forgotten(self, channels: Collection[int]) -> int:
        """See ``bot.dialogue.Memory``."""
        return await self.watermarks.newest(channels)

    async def unread(self, people: Collection[int]) -> set[int]:
        """See ``bot.dialogue.Memory``."""
        return await self.opt_outs.among(people)

    async def asked(self, messages: Collection[int]) -> dict[int, AskRow]:
        """See ``bot.dialogue.Memory``."""
        return await self.asks.of_messages(messages)

    async def pages(self, ask: int) -> list[int]:
        """See ``bot.dialogue.Memory``."""
        return await self.pages_of.of(ask)

    async def late(self, channel: int, moment: int) -> list[int]:
        """See ``bot.dialogue.Memory``."""
        return await self.pages_of.late(channel, moment)

    async def delete_old(self) -> int:
        """Delete what is older than it is kept, really; returns how many asks that were."""
        deleted = await self.asks.delete_old()
        if deleted:
            await self.people.clear_log()
        return deleted
