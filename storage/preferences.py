"""What admins chose for their servers."""

from dataclasses import dataclass

import aiosqlite


@dataclass(frozen=True, slots=True)
class GuildPreferences:
    """One guild's row; ``default_model`` is a model's name, None where nobody chose one."""

    guild_id: int
    default_model: str | None = None


class PreferencesStore:
    """The table ``guild_preferences``."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def guild(self, guild_id: int) -> GuildPreferences:
        """Read a guild's preferences; a guild without a row has none."""
        sql = "SELECT default_model FROM guild_preferences WHERE guild_id = ?"
        async with self._connection.execute(sql, (guild_id,)) as cursor:
            row = await cursor.fetchone()
        return GuildPreferences(guild_id, str(row[0]) if row else None)

    async def set_default_model(self, guild_id: int, model: str) -> None:
        """Choose the model that a guild uses where an ask names none."""
        await self._connection.execute(
            "INSERT INTO guild_preferences (guild_id, default_model) VALUES (?, ?)"
            " ON CONFLICT (guild_id) DO UPDATE SET default_model = excluded.default_model",
            (guild_id, model),
        )
