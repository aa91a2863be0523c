"""All stores over one database, and the questions that history asks them."""

from collections.abc import Collection
from dataclasses import dataclass

import aiosqlite

from storage.allowed_models import AllowedModelsStore
from storage.asks import AskRow, AsksStore
from storage.clock import ClockStore
from storage.deletions import DeletionsStore
from storage.departed_guilds import DepartedGuildsStore
from storage.last_seen import LastSeenStore
from storage.limits import LimitsStore
from storage.live_models import LiveModelsStore
from storage.maintenance import MaintenanceStore
from storage.opt_outs import OptOutsStore
from storage.personal_data import PersonalDataStore
from storage.preferences import PreferencesStore
from storage.prompt_sources import PromptSourcesStore
from storage.reply_messages import ReplyMessagesStore
from storage.usage import UsageStore
from storage.watermarks import WatermarksStore

DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores, and an implementation of ``bot.context.turns.HistoryStore``. ``kept`` is the retention in seconds."""

    kept: float
    asks: AsksStore
    reply_messages: ReplyMessagesStore
    prompt_sources: PromptSourcesStore
    opt_outs: OptOutsStore
    watermarks: WatermarksStore
    maintenance: MaintenanceStore
    preferences: PreferencesStore
    allowed_models: AllowedModelsStore
    limits: LimitsStore
    usage: UsageStore
    departed_guilds: DepartedGuildsStore
    deletions: DeletionsStore
    personal_data: PersonalDataStore
    clock: ClockStore
    last_seen: LastSeenStore
    live_models: LiveModelsStore

    @classmethod
    def over(cls, connection: aiosqlite.Connection, days: int = 30) -> "Stores":
        """Make all stores over one database, which keeps asks and what depends on them for ``days``."""
        preferences, allowed_models = PreferencesStore(connection), AllowedModelsStore(connection)
        limits, usage = LimitsStore(connection), UsageStore(connection)
        deletions = DeletionsStore(connection)
        return cls(
            days * DAY,
            AsksStore(connection, days * DAY),
            ReplyMessagesStore(connection),
            PromptSourcesStore(connection),
            OptOutsStore(connection),
            WatermarksStore(connection),
            MaintenanceStore(connection),
            preferences,
            allowed_models,
            limits,
            usage,
            DepartedGuildsStore(connection, preferences, allowed_models, limits, usage),
            deletions,
            PersonalDataStore(connection, preferences, usage, deletions),
            ClockStore(connection),
            LastSeenStore(connection),
            LiveModelsStore(connection),
        )

    @property
    def days(self) -> int:
        """The retention in days."""
        return round(self.kept / DAY)

    async def forgotten(self, channels: Collection[int]) -> int:
        """See ``bot.context.turns.HistoryStore``."""
        return await self.watermarks.newest(channels)

    async def unread(self, people: Collection[int]) -> set[int]:
        """See ``bot.context.turns.HistoryStore``."""
        return await self.opt_outs.among(people)

    async def asked(self, messages: Collection[int]) -> dict[int, AskRow]:
        """See ``bot.context.turns.HistoryStore``."""
        return await self.asks.of_messages(messages)

    async def pages(self, ask: int) -> list[int]:
        """See ``bot.context.turns.HistoryStore``."""
        return await self.reply_messages.of(ask)

    async def late(self, channel: int, moment: int) -> list[int]:
        """See ``bot.context.turns.HistoryStore``."""
        return await self.reply_messages.late(channel, moment)

    async def delete_old(self) -> int:
        """Delete everything that is surely older than the retention; returns how many asks that were."""
        before = await self.clock.trusted() - self.kept
        deleted = await self.asks.delete_old(before)
        await self.usage.delete_old(before)
        await self.departed_guilds.delete_old(before)
        await self.deletions.delete_old(before)
        await self.personal_data.clear_log()
        return deleted
