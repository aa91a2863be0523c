"""What was chosen for a server, a channel or a person."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeAlias

import aiosqlite

Scope: TypeAlias = Literal["guild", "channel", "user"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """One row; None where nothing was chosen.

    ``model`` is a model's name; ``history`` how many of a channel's latest messages go along, 0 for none; ``thinking``
    what becomes of a model's thoughts (kept, folded, hidden); ``private`` whether only the asker sees an answer;
    ``every_message`` whether every message in a channel is answered; ``finish_ping`` whether the asker is told when a
    long answer is done; ``language`` a language that Quoth speaks.
    """

    model: str | None = None
    history: int | None = None
    thinking: str | None = None
    private: bool | None = None
    every_message: bool | None = None
    finish_ping: bool | None = None
    language: str | None = None


_COLUMNS = tuple(field.name for field in fields(Preferences))
_SWITCHES = {"private", "every_message", "finish_ping"}


class PreferencesStore:
    """The table ``preferences``: one row for each guild, channel or user for which something was chosen."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def of(self, scope: Scope, id_: int) -> Preferences:
        """Read what was chosen there; where nothing was, all is None."""
        sql = f"SELECT {', '.join(_COLUMNS)} FROM preferences WHERE scope = ? AND id = ?"  # noqa: S608 - our own names
        async with self._connection.execute(sql, (scope, id_)) as cursor:
            row = await cursor.fetchone()
        if row is None:
            return Preferences()
        values: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
        for name in _SWITCHES:
            values[name] = None if values[name] is None else bool(values[name])
        return Preferences(**values)

    async def change(self, scope: Scope, id_: int, guild_id: int | None, chosen: Preferences) -> None:
        """Choose what is not None in ``chosen``; all else there stays.

        Args:
            scope: whose choice it is.
            id_: the guild's, channel's or user's id.
            guild_id: the guild to which a guild's or channel's row belongs; None for a person's.
            chosen: the new values.
        """
        new = {name: value for name, value in asdict(chosen).items() if value is not None}
        await self._write(scope, id_, guild_id, new)

    async def reset(self, scope: Scope, id_: int, *names: str) -> None:
        """Take choices back, by the names of their fields."""
        await self._write(scope, id_, None, {name: None for name in names if name in _COLUMNS})

    async def _write(self, scope: Scope, id_: int, guild_id: int | None, values: dict[str, object]) -> None:
        if not values:
            return
        names = ["scope", "id", "guild_id", *values]
        updates = ", ".join(f"{name} = excluded.{name}" for name in values)
        await self._connection.execute(
            f"INSERT INTO preferences ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - our own names
            f" ON CONFLICT (scope, id) DO UPDATE SET {updates}",
            (scope, id_, guild_id, *values.values()),
        )
